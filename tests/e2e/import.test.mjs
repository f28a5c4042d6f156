// Files from outside: what cannot be read is refused in words and changes nothing; what was exported
// comes back.

import { readFile } from "node:fs/promises";

import { address, assert, expect, test } from "./harness.mjs";
import {
  LONG, activated, agree, begin, button, choose, dialog, funnel, runToEnd, saved, status, stopped, tab, toast,
} from "./workflow.mjs";

const titles = (page) => page.locator(".workflow-link").allInnerTexts();

/** The text of the file that a click hands over. */
async function exported(page, press) {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

const workflow = (title, version = 1) => ({
  leadline: version,
  workflow: {
    title,
    nodes: [{ id: "nod_a", node_type: "CONVERTED", label: "End", config: {}, position_x: 0, position_y: 0 }],
    edges: [],
  },
});

/** A condition on the score, with more beside its rule. */
const condition = (operator, more = {}) => ({
  title: "Scored",
  nodes: [
    {
      id: "nod_a",
      node_type: "CONDITIONAL",
      label: "Score",
      config: { branches: [{ label: "high", all: [{ field: "lead.score", operator, value: 50 }], ...more }] },
    },
  ],
});

test("what Leadline does not know of a file is named, and the rest imported", async ({ page, open }) => {
  await open("/");
  await button(page, "Import").click();
  const file = { ...condition("greater_than"), colour: "red" };
  file.nodes[0].config.hint = "x";
  await choose(page, "more.json", JSON.stringify(file));
  await toast(page, "“Scored” was imported without what Leadline does not know: “colour”, “config.hint” of the node “Score”.")
    .waitFor({ timeout: LONG });
  await page.waitForURL(/\/workflows\/wfl_[^/]+$/, { timeout: LONG });
});

test("a file that is no workflow is refused in words and changes nothing", async ({ page, open }) => {
  await begin(page, open);
  await page.goto(address("/"));
  await expect.poll(() => titles(page)).toEqual(["Lead nurture"]);
  await button(page, "Import").click();
  const form = dialog(page, "Import a workflow");
  const noise = Buffer.from(Array.from({ length: 4_096 }, (_, n) => (n * 7_919 + (n >> 3)) % 256));
  const huge = JSON.stringify(workflow("Huge")).replace('"End"', `"${"x".repeat(12_000_000)}"`);
  for (const [name, text, says] of [
    ["broken.json", '{"leadline": 1, "workflow": {', /This is not a JSON file: .*Nothing was changed\./],
    ["noise.json", noise, /This is not a JSON file: .*Nothing was changed\./],
    ["empty.json", "", /The file is empty\. Nothing was changed\./],
    ["package.json", JSON.stringify({ title: "pkg", version: "1.0.0" }), /no list of nodes\. Nothing was changed\./],
    ["loop.scenario.json", JSON.stringify({ title: "Loop", workflows: {}, steps: [] }), /This is a scenario, not a workflow\./],
    ["future.json", JSON.stringify(workflow("Future", 99)), /written by a newer Leadline \(version 99,.*nothing was changed\./],
    ["deep.json", "[".repeat(100_000), /nests deeper.*Nothing was changed\./],
    ["list.csv", "phone_number\n+14155550101\n", /This is not a JSON file/],
    ["huge.json", huge, /The label of the node nod_a has 12000000 characters, 200 are possible/],
    ["rule.json", JSON.stringify(condition("gte")), /Rule 1 of the branch “high” of the node “Score” compares by “gte”/],
    ["lost.json", JSON.stringify(condition("equals", { otherwise_if: 3 })), /“Score” hold .*otherwise_if/],
  ]) {
    await choose(page, name, text);
    await form.getByRole("alert").getByText(says).waitFor({ timeout: LONG });
    await form.getByText("Nothing was imported").waitFor();
  }
  await button(page, "Close").click();
  assert.deepEqual(await titles(page), ["Lead nurture"]);
  await page.reload();
  await expect.poll(() => titles(page)).toEqual(["Lead nurture"]);
});

test("an exported workflow comes back the same", async ({ page, open }) => {
  await begin(page, open, "Conditional follow-up");
  await page.goto(address("/"));
  const first = await exported(page, () => button(page, "Export Conditional follow-up").click());
  assert.match(first.name, /\.json$/);
  await button(page, "Import").click();
  await choose(page, first.name, first.text);
  await page.waitForURL(/\/workflows\/wfl_[^/]+$/, { timeout: LONG });
  await toast(page, "“Conditional follow-up” was imported.").waitFor();
  const second = await exported(page, () => button(page, "Export JSON").click());

  // Ids are made anew; in the order in which they stand in the file all else is the same.
  const plain = (text) => {
    const file = JSON.parse(text);
    const ids = [...file.workflow.nodes, ...file.workflow.edges].map((one) => one.id);
    return ids.reduce((json, id, n) => json.replaceAll(id, `#${n}`), JSON.stringify(file.workflow));
  };
  assert.equal(plain(second.text), plain(first.text));
});

test("a backup brings everything back, a bad one changes nothing", async ({ page, open }) => {
  const path = await activated(page, open, 50);
  await runToEnd(page);
  const came = await funnel(page);
  await saved(page);
  const settings = () => page.getByRole("link", { name: "Settings", exact: true }).first().click();
  await settings();
  await button(page, "Show digest").click();
  const digest = await page.locator("code").innerText();
  const backup = await exported(page, () => button(page, "Export a backup").click());
  assert.match(backup.name, /^leadline-backup-\d{4}-\d\d-\d\d\.json$/);

  for (const [name, text] of [
    ["half.json", backup.text.slice(0, backup.text.length / 2)],
    ["changed.json", backup.text.replaceAll("Lead nurture", "Lead torture")],
    ["other.json", JSON.stringify(workflow("No backup"))],
  ]) {
    await choose(page, name, text);
    await agree(page, "Replace everything");
    await page.getByRole("alert").getByText("Nothing was changed").first().waitFor({ timeout: LONG });
  }
  await button(page, "Clear everything…").click();
  const clear = dialog(page, "Clear everything?");
  await clear.getByRole("textbox").fill("delete everything");
  await clear.getByRole("button", { name: "Clear everything" }).click();
  await toast(page, "Everything was deleted.").waitFor();
  await page.goto(address("/"));
  await page.getByRole("heading", { name: "Design a calling workflow, then watch it run" }).waitFor();

  await settings();
  await choose(page, backup.name, backup.text);
  await agree(page, "Replace everything");
  await toast(page, "The backup was restored.").waitFor({ timeout: LONG });
  await button(page, "Show digest").click();
  await expect(page.locator("code")).toHaveText(digest);
  for (const shown of ["at once", "after a reload"]) {
    if (shown === "at once") await page.goto(address(`${path}/simulate`));
    else await page.reload();
    await expect(status(page)).toHaveText("Completed");
    await stopped(page);
    await expect.poll(() => funnel(page)).toEqual(came);
  }
  await tab(page, "Leads");
  await page.getByRole("link", { name: /^\+1555/ }).first().waitFor();
});
