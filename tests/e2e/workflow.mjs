// What several tests do around the canvas: a library, a workflow from a template, leads, the clock,
// and what the simulation page shows of a run.

import { assert, expect } from "./harness.mjs";

/** Long work on a slow machine: reading 100,000 rows, running a thousand leads to the end. */
export const LONG = 60_000;

export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const dialog = (page, name) => page.getByRole("dialog", { name });
export const region = (page, name) => page.getByRole("region", { name, exact: true });
/** A message at the rim of the page. */
export const toast = (page, text) => page.locator(".toast", { hasText: text });

/** Adds the one agent and the one number that templates are filled in with. */
export async function makeLibrary(page, open) {
  await open("/agents", page);
  await button(page, "New agent").click();
  await dialog(page, "New agent").getByLabel("Name").fill("sales-agent");
  await button(page, "Save agent").click();
  await button(page, "Edit sales-agent").waitFor();
  await button(page, "New number").click();
  await dialog(page, "New number").getByLabel("Phone number").fill("+14155550100");
  await button(page, "Save number").click();
  await button(page, "Edit +14155550100").waitFor();
}

/** Opens the designer with a new workflow from a template; answers its address. */
export async function fromTemplate(page, title = "Lead nurture") {
  await page.getByRole("link", { name: "Workflows", exact: true }).first().click();
  await button(page, "Templates").click();
  await dialog(page, "Templates").getByRole("button", { name: title }).click();
  await page.waitForURL(/\/workflows\/wfl_[^/]+$/);
  await page.getByLabel("Workflow title").waitFor();
  return new URL(page.url()).pathname;
}

/** A workflow that could be activated, open in the designer; answers its address. */
export async function begin(page, open, title) {
  await makeLibrary(page, open);
  return fromTemplate(page, title);
}

/** Goes to another page of the workflow that is open: Design, Simulate, Leads, Calls, History. */
export async function tab(page, name) {
  const link = page.getByRole("navigation", { name: "Pages of this workflow" });
  await link.getByRole("link", { name, exact: true }).click();
}

/** Generates leads, on the page Leads or Simulate. */
export async function generate(page, count) {
  await button(page, "Generate leads").first().click();
  const form = dialog(page, "Generate leads");
  await form.getByLabel("How many").fill(`${count}`);
  await form.getByRole("button", { name: "Generate", exact: true }).click();
  await form.waitFor({ state: "hidden", timeout: LONG });
}

/** A workflow with leads, activated, on the page Simulate. */
export async function activated(page, open, count) {
  const path = await begin(page, open);
  await tab(page, "Simulate");
  await generate(page, count);
  await button(page, "Activate").click();
  await expect(status(page)).toHaveText("Active");
  return path;
}

/** The workflow's status as its badge says it. */
export const status = (page) => page.locator(".workflow-name .badge");

/** The save mark's words. */
export const saveMark = (page) => page.locator(".save-mark .status-mark").innerText();
export const saved = (page) => expect.poll(() => saveMark(page), { timeout: LONG }).toMatch(/^(Offline\. )?Saved/);

/** The simulated instant as milliseconds; only differences mean something. */
export async function clock(page) {
  const text = await page.getByLabel("Simulated time", { exact: true }).locator("strong").innerText();
  const ms = Date.parse(`${text.replace(/^\w+ /, "").replace(",", "")} UTC`);
  assert.ok(Number.isFinite(ms), `no instant: ${text}`);
  return ms;
}

/** Waits until the clock stands. */
export const stopped = (page) => expect(clockState(page)).toHaveText("Clock stopped", { timeout: LONG });
export const clockState = (page) => page.locator(".clock-state");

const whole = (text) => Number(text.replace(/\D/g, ""));

/** Calls in progress, the limit, the queue, calls so far: as the panel shows them at one instant. */
export async function calls(page) {
  const [words, queue, total] = await region(page, "Calls").evaluate((panel) => [
    panel.querySelector("p").innerText,
    ...[...panel.querySelectorAll("dd")].map((element) => element.innerText),
  ]);
  const [live, limit] = words.split(" of ").map(whole);
  return { live, limit, queued: whole(queue), total: whole(total) };
}

/** The funnel as lines of "step entered left here drop-off". */
export const funnel = (page) =>
  region(page, "Funnel").evaluate((panel) =>
    [...panel.querySelectorAll("tbody tr")].map((row) => row.innerText.replace(/\s+/g, " ").trim()),
  );

/** Leads by status, in words. */
export const leadWords = (page) => region(page, "Leads by status").innerText();

/** Runs the workflow that is shown to its end. */
export async function runToEnd(page) {
  await button(page, "Run to end").click();
  await expect(status(page)).toHaveText("Completed", { timeout: LONG });
  await stopped(page);
  // The panels follow the run a few times a second: they are settled once nobody is under way.
  await expect.poll(() => leadWords(page)).not.toMatch(/active|pending/);
}

/** Says yes in the dialog that asks. */
export const agree = (page, verb) =>
  page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();

/** A CSV of so many leads, all good: phone_number, first_name, company. */
export function csv(count, { delimiter = ",", newline = "\n", change = {} } = {}) {
  const lines = [`phone_number${delimiter}first_name${delimiter}company`];
  for (let n = 0; n < count; n += 1) {
    const row = n + 2;
    const phone = change[row] ?? `+4915${100_000_000 + n}`;
    lines.push([phone, `Ann ${n}`, `"Smith${delimiter} Jones & ""Co"" ${n}"`].join(delimiter));
  }
  return lines.join(newline) + newline;
}

/** Chooses a file in the dialog that is open. */
export const choose = (page, name, text) =>
  page.getByLabel("Choose a file").setInputFiles({
    name,
    mimeType: name.endsWith(".json") ? "application/json" : "text/csv",
    buffer: Buffer.isBuffer(text) ? text : Buffer.from(text),
  });
