// For browsers: the wasm is a file of its own, fetched while the page's other modules load.
// Bundlers that know `new URL(…, import.meta.url)` take it along.

import { start } from "./start.js";

await start(new URL("./engine_bg.wasm", import.meta.url));

export { Leadline, LeadlineError } from "./leadline.js";
