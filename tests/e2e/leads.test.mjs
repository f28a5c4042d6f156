// Lists of leads as people have them, uploaded, looked at, corrected and enrolled; then one lead:
// its path and why it is where it is.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { assert, expect, test } from "./harness.mjs";
import {
  LONG, activated, begin, button, choose, csv, dialog, region, runToEnd, stopped, tab, toast,
} from "./workflow.mjs";

const facts = (page) =>
  dialog(page, "Upload leads").locator("dl.facts").evaluate((list) =>
    Object.fromEntries(
      [...list.children].map((fact) => [fact.querySelector("dt").innerText, fact.querySelector("dd").innerText]),
    ),
  );

async function upload(page, name, text) {
  await button(page, "Upload leads").click();
  await choose(page, name, text);
}

/** A large file, by its path: handing over its bytes would be long work of the page, the test's own. */
async function withFile(text, use) {
  const folder = await mkdtemp(join(tmpdir(), "leadline-"));
  try {
    await writeFile(join(folder, "leads.csv"), text);
    await use(join(folder, "leads.csv"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const pager = (page) => page.locator(".pager");

test("a list of 1,000 with three bad rows is corrected and enrolled", async ({ page, open }) => {
  await begin(page, open);
  await tab(page, "Leads");
  const bad = { 11: "0151 2345678", 502: "12", 1001: "nobody knows" };
  await upload(page, "spring leads.csv", `\ufeff${csv(1_000, { change: bad })}`);

  const rows = region(page, "Bad rows");
  await rows.getByRole("heading", { name: "3 bad rows" }).waitFor();
  assert.deepEqual(await rows.locator("tbody th").allInnerTexts(), ["11", "502", "1,001"]);
  assert.deepEqual(await rows.locator("thead th").allInnerTexts(), [
    "Row", "What is wrong", "phone_number", "first_name", "company", "Leave out",
  ]);
  for (const reason of await rows.locator(".bad-reason").allInnerTexts()) {
    assert.match(reason, /\w{4,}/, "each row says what is wrong with it");
  }
  assert.deepEqual(await facts(page), { Rows: "1,000", Good: "997", "Repeated, skipped": "0", "Bad rows": "3" });
  await page.getByText("First rows").click();
  const sample = region(page, "First rows of the list");
  // The mark before the first column's name and the commas in quotes belong to nobody's data.
  assert.deepEqual(await sample.locator("thead th").allInnerTexts(), ["Row", "phone_number", "first_name", "company"]);
  assert.equal(await sample.locator("tbody tr").first().locator("td").last().innerText(), 'Smith, Jones & "Co" 0');

  const enrol = dialog(page, "Upload leads").getByRole("button", { name: /^Enrol/ });
  assert.ok(await enrol.isDisabled(), "nothing is enrolled while a row is bad");
  await page.getByText("Correct the 3 bad rows or leave them out first.").waitFor();
  await page.getByLabel("phone_number, row 11", { exact: true }).fill("+49 151 2345678");
  await page.getByLabel("phone_number, row 502", { exact: true }).fill("still wrong");
  await button(page, "Check corrections").click();
  await rows.getByRole("heading", { name: "2 bad rows" }).waitFor();
  await page.getByLabel("phone_number, row 502", { exact: true }).fill("+4915200000502");
  await page.getByLabel("phone_number, row 1001", { exact: true }).fill("+4915200001001");
  await page.keyboard.press("Enter");
  await rows.waitFor({ state: "hidden" });
  await button(page, "Enrol 1,000 leads").click();
  await toast(page, "1,000 leads were enrolled.").waitFor({ timeout: LONG });
  await expect(pager(page)).toContainText("of 1,000");

  await page.getByLabel("Search leads").fill("+491512345678");
  const found = page.getByRole("row", { name: "+491512345678" });
  await found.waitFor();
  assert.match(await found.innerText(), /Smith, Jones & "Co" 9/);
});

test("a list is read in any delimiter, line end and encoding", async ({ page, open }) => {
  await begin(page, open);
  await tab(page, "Leads");
  const german = csv(3, { delimiter: ";", newline: "\r\n" });
  const files = [
    ["excel.csv", `\ufeff${german}`, "CSV, semicolons, UTF-8"],
    ["unicode.txt", Buffer.from(`\ufeff${german}`, "utf16le"), "CSV, semicolons, UTF-16 LE"],
    ["tabs.tsv", csv(3, { delimiter: "\t", newline: "\r\n" }), "CSV, tabs, UTF-8"],
  ];
  for (const [name, text, read] of files) {
    await upload(page, name, text);
    await dialog(page, "Upload leads").getByText(`· ${read}`).waitFor();
    await button(page, "Enrol 3 leads").waitFor();
    const cell = region(page, "First rows of the list").locator("tbody td").last();
    const delimiter = name === "tabs.tsv" ? "\t" : ";";
    assert.equal(await cell.evaluate((element) => element.textContent), `Smith${delimiter} Jones & "Co" 2`);
    await button(page, "Close").click();
  }
  for (const [name, text, says] of [
    ["picture.csv", Buffer.from("\x89PNG\r\n", "latin1"), "This is a picture, not a list of leads."],
    ["empty.csv", "", "The file is empty."],
    ["names.csv", "name,age\nAnn,3\n", "No column is named phone_number."],
  ]) {
    await upload(page, name, text);
    await dialog(page, "Upload leads").getByRole("alert").getByText(says).waitFor();
    await button(page, "Close").click();
  }
  await page.getByRole("heading", { name: "No leads yet" }).waitFor();
});

/** Keeps count of what the engine hands to the page, and of what the bar shows. */
function watchReading() {
  window.seen = { bar: [], messages: 0, largest: 0 };
  const { seen } = window;
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        seen.messages += 1;
        seen.largest = Math.max(seen.largest, JSON.stringify(data).length);
      });
    }
  };
  new MutationObserver(() => {
    const share = document.querySelector("progress[aria-label='Reading the list']")?.value;
    if (share > 0 && share < 100 && share !== seen.bar.at(-1)) seen.bar.push(share);
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

test("100,000 rows are read with a progress bar while the page stays responsive", async ({ page, open }) => {
  await page.addInitScript(watchReading);
  await begin(page, open);
  await tab(page, "Leads");
  await button(page, "Upload leads").click();
  const before = await page.evaluate(() => window.seen);
  await withFile(csv(100_000), async (path) => {
    await page.getByLabel("Choose a file").setInputFiles(path);
    await button(page, "Enrol 100,000 leads").waitFor({ timeout: LONG });
  });
  await button(page, "Enrol 100,000 leads").click();
  await toast(page, "100,000 leads were enrolled.").waitFor({ timeout: LONG });
  await expect(pager(page)).toContainText("of 100,000");
  // The page stays responsive because the rows never come to it: it hears how far reading is, and gets what it
  // shows of the list, which does not grow with the list.
  const { bar, messages, largest } = await page.evaluate(() => window.seen);
  assert.ok(bar.length >= 3, `the bar showed ${bar}`);
  assert.ok(messages - before.messages < 100, `${messages - before.messages} messages came to the page`);
  assert.ok(largest < 50_000, `a message of ${largest} characters came to the page`);
});

test("reading a list can be cancelled and another one read", async ({ page, open }) => {
  await begin(page, open);
  await tab(page, "Leads");
  await button(page, "Upload leads").click();
  await withFile(csv(400_000), async (path) => {
    await page.getByLabel("Choose a file").setInputFiles(path);
    await page.getByRole("progressbar", { name: "Reading the list" }).waitFor();
    await button(page, "Cancel").click();
    await choose(page, "short.csv", csv(2));
    await button(page, "Enrol 2 leads").click();
    await toast(page, "2 leads were enrolled.").waitFor();
  });
});

test("a lead shows its path, its calls and why it is where it is", async ({ page, open }) => {
  await activated(page, open, 60);
  // All sixty are called once, ten at a time; who did not answer waits two days.
  await button(page, "Run to…").click();
  await button(page, "Run").click();
  await stopped(page);
  await tab(page, "Leads");
  await page.getByLabel("Node", { exact: true }).selectOption("Wait 2 days");
  await page.getByRole("button", { name: /^Why is \+\d+ here\?$/ }).first().click();
  const why = page.getByRole("dialog", { name: /^Why is \+\d+ here\?$/ });
  await why.getByText(/^Waiting until \d+ \w+ \d{4}, \d\d:\d\d\.$/).waitFor();

  await why.getByRole("link", { name: "See its whole path" }).click();
  await page.getByRole("region", { name: "Why is this lead here?" }).getByText(/^Waiting until/).waitFor();
  const path = page.getByRole("region", { name: "Path" });
  const steps = path.getByRole("listitem");
  assert.deepEqual(await steps.getByRole("heading").allInnerTexts(), ["First call", "Tried three times?", "Wait 2 days"]);
  const call = steps.first();
  const words = await call.innerText();
  for (const part of [/DNP/, /Entered/, /Left/, /Edge taken\s+DNP to Tried three times\?/, /Why\s+\S+/]) {
    assert.match(words, part);
  }
  await call.getByText("attempt 1").click();
  await call.getByText("Analysis").waitFor();
  assert.match(await steps.nth(1).innerText(), /Edge taken\s+try again to Wait 2 days/);
  assert.match(await steps.last().innerText(), /Planned to leave/);

  // Live: the run goes on in this page's clock, and the lead moves on.
  await tab(page, "Simulate");
  await runToEnd(page);
  await tab(page, "Leads");
  await page.getByLabel("Status", { exact: true }).selectOption("Converted");
  await page.getByRole("link", { name: /^\+1555/ }).first().click();
  await page.getByText("It reached the end of its path as converted (Converted).").waitFor();
  await page.getByRole("region", { name: "Path" }).getByText("interested to Converted").waitFor();
});
