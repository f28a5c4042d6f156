// Scenario files: saved from a workflow, run in the page, and told what is wrong with them.

import { readFile } from "node:fs/promises";

import { assert, test } from "./harness.mjs";

const scenario = (expected) => ({
  title: "One call",
  start: "2026-03-02T09:00:00Z",
  workflows: {
    main: {
      title: "One call",
      entry: "call",
      nodes: [
        ["call", "VOICE_CALL", { simulation: { outcomes: { busy: 1 } } }],
        ["end", "DROPPED"],
        ["never", "CONVERTED"],
      ],
      edges: [
        ["call", "DNP", "end"],
        ["call", "COMPLETED", "never"],
      ],
    },
  },
  leads: { main: [{ phone_number: "+15550100001" }] },
  steps: [{ apply: { input: "act", action: "activate" } }, { after: "1h", expect: expected }],
});

const run = (page, name, text) =>
  page
    .locator("input[type=file]")
    .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });

test("a scenario runs in the page, and says what is not as expected", async ({ page, open }) => {
  await open("/scenarios");
  await run(page, "good.json", JSON.stringify(scenario({ status: "completed", calls: 1 })));
  const good = page.getByRole("article", { name: "good.json: Passed" });
  await good.waitFor();
  assert.match(await good.innerText(), /2 of 3 nodes were reached. Not reached: main\/never\./);
  await run(page, "bad.json", JSON.stringify(scenario({ leads: { completed: 1 } })));
  const bad = page.getByRole("article", { name: /^bad\.json: Failed/ });
  await bad.waitFor();
  assert.match(await bad.innerText(), /step 2: leads completed should be/);
  await run(page, "rubbish.json", "{");
  await page.getByRole("alert").filter({ hasText: "“rubbish.json” was not run" }).waitFor();
});

test("a workflow is saved as a scenario that passes", async ({ page, open }) => {
  await open("/");
  await page.getByRole("button", { name: "Watch a sample run" }).first().click();
  await page.getByRole("toolbar", { name: "Clock" }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as scenario" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.scenario\.json$/);
  const text = await readFile(await download.path(), "utf8");
  await page.getByRole("link", { name: "Scenarios", exact: true }).click();
  await run(page, "saved.json", text);
  await page.getByRole("article", { name: "saved.json: Passed" }).waitFor();
});
