// Files that several tests read.

import { readFileSync, readdirSync } from "node:fs";

const requests = new URL("../../crates/api/tests/requests/", import.meta.url);

/** The recorded requests: names and contents of the files. */
export const recorded = readdirSync(requests)
  .filter((name) => name.endsWith(".jsonl"))
  .sort()
  .map((name) => [name, readFileSync(new URL(name, requests), "utf8")]);

/** What the recorded requests are sent to. */
export const ORGANIZATIONS = { organizations: { a: 1, b: 2 } };
