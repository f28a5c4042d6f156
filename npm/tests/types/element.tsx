// The element in JSX.

import "@leadline/engine/playground";
import { init, Leadline, type WasmSource } from "@leadline/engine/init";

declare global {
  namespace JSX {
    interface Element {
      drawn: boolean;
    }
  }
}

export const shown = <leadline-playground tour="pause" seed={7} theme="dark" id="pause" />;
// @ts-expect-error: there is no such attribute
export const odd = <leadline-playground tuor="pause" />;

export async function begin(source: WasmSource) {
  await init(source);
  // @ts-expect-error: it needs the wasm
  await init();
  return new Leadline();
}
