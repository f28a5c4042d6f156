// The same core: recorded requests, in Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Leadline } from "@leadline/engine";
import { ORGANIZATIONS, recorded } from "./files.mjs";
import { compare, differences, raw } from "./recorded.mjs";

test("raw parts of a line are its parts", () => {
  const line = '{"a":1.50,"b":{"c":[1,"}\\"]"],"d":{}},"e":"x, \\"y\\"","f":null,"g":[]}';
  const parts = raw(line);
  assert.deepEqual([...parts.keys()], ["a", "b", "e", "f", "g"]);
  assert.equal(parts.get("a"), "1.50");
  assert.equal(parts.get("b"), '{"c":[1,"}\\"]"],"d":{}}');
  assert.equal(parts.get("e"), '"x, \\"y\\""');
  assert.equal(parts.get("g"), "[]");
});

for (const [name, text] of recorded) {
  test(`${name} is answered as recorded, byte for byte`, async () => {
    const leadline = new Leadline(ORGANIZATIONS);
    const sent = await compare((...request) => leadline.fetch(...request), name, text);
    leadline.close();
    assert.ok(sent > 10, `only ${sent} requests`);
  });
}

test("a difference is found", async () => {
  const leadline = new Leadline({ organizations: { a: 3, b: 2 } });
  const [name, text] = recorded.find(([name]) => name === "workflows.jsonl");
  const { wrong } = await differences((...request) => leadline.fetch(...request), name, text);
  assert.ok(wrong.length > 0);
});
