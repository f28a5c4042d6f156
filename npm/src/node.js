// For Node: the wasm is read from disk. Its path is put together in pieces, since what bundles programs for
// servers puts the address of a copy in place of `new URL(…, import.meta.url)`, which cannot be read.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSync } from "./start.js";

startSync(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "engine_bg.wasm")));

export { Leadline, LeadlineError } from "./leadline.js";
