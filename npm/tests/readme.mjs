// The code of the package's README.

import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The blocks of a language. */
export const blocks = (language) =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter((found) => found[1] === language).map((found) => found[2]);

/** What a block says that it prints: the comments behind its `console.log`. */
export const printed = (block) => [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((found) => found[1]);
