// For bundlers that leave other files behind, and for classic scripts: everything in one file.

import module from "./engine_bg.wasm";
import { startSync } from "./start.js";

startSync(module);

export { Leadline, LeadlineError } from "./leadline.js";
