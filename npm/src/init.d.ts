export * from "./index.js";

/** Where the engine's wasm comes from: `@leadline/engine/engine_bg.wasm`, fetched, read or compiled by yourself. */
export type WasmSource = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/**
 * Starts the engine; the first `Leadline` can be made afterwards. Called again it waits for the same engine.
 *
 * @throws {LeadlineError} `invalid_option` without a source, `not_started` when it cannot be fetched or is none
 */
export declare function init(source: WasmSource | Promise<WasmSource>): Promise<void>;
