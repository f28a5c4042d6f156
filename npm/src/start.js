// Starts the engine, once: from a file beside this one, or from what `init` is given.

import load, { initSync } from "./engine.js";

let ready = false;
let starting;

/** Whether there is an engine. */
export const isReady = () => ready;

/** Starts it from the bytes or the compiled module. */
export function startSync(module) {
  initSync({ module });
  ready = true;
}

/** Starts it from an address too; whoever asks meanwhile or later gets the same engine. */
export function start(source) {
  starting ??= load({ module_or_path: source }).then(
    () => void (ready = true),
    (cause) => {
      // What failed may be tried again.
      starting = undefined;
      throw cause;
    },
  );
  return starting;
}
