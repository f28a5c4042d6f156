// Runs LN-1 in wasm under Node: `node ln1.mjs GLUE LEADS SEED`, GLUE being what wasm-bindgen made for
// Node. Prints one JSON object, as the native program does.

import { pathToFileURL } from "node:url";

const [glue, leads, seed] = process.argv.slice(2);
const { Bench } = await import(pathToFileURL(glue));

// The engine of JavaScript compiles what runs often a second time, better; that is not timed.
new Bench(10_000, Number(seed)).run();

const bench = new Bench(Number(leads), Number(seed));
const start = performance.now();
bench.run();
const seconds = (performance.now() - start) / 1000;
const report = JSON.parse(bench.report());
console.log(
  JSON.stringify({
    ...report,
    ns_per_event: Math.round((seconds * 1e9) / Math.max(1, report.events)),
    bytes_per_lead: Math.round(bench.bytes() / Math.max(1, report.leads)),
    seconds: Math.round(seconds * 1000) / 1000,
  }),
);
