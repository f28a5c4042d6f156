// For wherever the wasm is not fetched beside the program: who calls says where it is, or hands it over. Nothing
// happens while this is loaded, so it needs no top-level await.

import { LeadlineError } from "./leadline.js";
import { start } from "./start.js";

/** Starts the engine from an address, an answer, bytes or a compiled module. */
export async function init(source) {
  if (source === undefined || source === null) {
    const message = "init needs the wasm: its address, its bytes, or a compiled WebAssembly.Module.";
    throw new LeadlineError(message, { code: "invalid_option" });
  }
  try {
    await start(source);
  } catch (cause) {
    throw new LeadlineError(`The engine could not be started: ${cause.message}`, { code: "not_started", cause });
  }
}

export { Leadline, LeadlineError } from "./leadline.js";
