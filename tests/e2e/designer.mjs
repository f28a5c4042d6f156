// The designer as a user finds it: its parts by their accessible names, and the gestures on its
// canvas.

import { readFile } from "node:fs/promises";

import { assert, expect } from "./harness.mjs";

/** Room for the canvas beside palette and panel. */
export const DESK = { viewport: { width: 1800, height: 1000 } };

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A name that begins with this text: counts and marks may follow. */
const named = (text) => new RegExp(`^${escaped(text)}(,|$)`);

export const canvas = (page) => page.getByRole("region", { name: "Workflow canvas" });
export const panel = (page, name) => page.getByRole("complementary", { name });
export const settings = (page) => panel(page, "Settings");
export const tools = (page) => page.getByRole("toolbar", { name: "Tools" });
export const popup = (page, name) => page.getByRole("dialog", { name });

/** A node by type and label, such as "Voice call First call". */
export const node = (page, name) => canvas(page).getByRole("group", { name: named(name) });

/** An output of a node, such as `handle(page, "DNP", "First call")`. */
export const handle = (page, output, of) =>
  canvas(page).getByRole("button", { name: named(`${output} of ${of}`) });

/** A connection, such as `edge(page, "DNP", "First call", "Delay")`. */
export const edge = (page, output, from, to) =>
  canvas(page).getByRole("button", { name: named(`${output}, from ${from} to ${to}`) });

/** Waits until an output leads to a node, by type and label. */
export const leads = (page, output, of, to) =>
  canvas(page).getByRole("button", { name: `${output} of ${of}, leads to ${to}`, exact: true }).waitFor();

/** Waits until an output leads nowhere. */
export const unconnected = (page, output, of) =>
  canvas(page).getByRole("button", { name: `${output} of ${of}, not connected`, exact: true }).waitFor();

/** A blank workflow in the designer. */
export async function blankWorkflow(page, open, title) {
  await open("/");
  await page.getByRole("button", { name: "New workflow" }).click();
  await page.getByText("An empty workflow").waitFor();
  if (title) {
    const field = page.getByLabel("Workflow title");
    await field.fill(title);
    await field.press("Enter");
  }
}

/** A workflow from JSON, in the designer. */
export async function importWorkflow(page, open, definition) {
  await open("/");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  const dialog = popup(page, "Import a workflow");
  await dialog.getByLabel("Or paste JSON").fill(JSON.stringify(definition));
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await canvas(page).getByRole("group").first().waitFor();
}

/** A node of a definition; positions in pixels. */
export const nodeOf = (id, node_type, position_x, position_y, config = {}, is_entry = false) => ({
  id,
  node_type,
  label: id,
  position_x,
  position_y,
  config,
  is_entry,
});

export const edgeOf = (id, from_node_id, label, to_node_id) => ({ id, from_node_id, label, to_node_id });

/** Waits until the layer over the canvas is in line with the picture: what is dragged is found by its elements. */
export async function settled(page) {
  // What was done last is laid out in one frame and drawn in the next; by then the layer has said if it
  // is behind.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await expect(page.locator(".c-layer")).toHaveAttribute("data-current", "true");
}

/** The middle of what a locator finds, on the page. */
export async function middle(locator) {
  const box = await locator.boundingBox();
  assert.ok(box, `${locator} is not in view`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Where a node is taken: its head, clear of handles and labels. */
export async function head(locator) {
  const box = await locator.boundingBox();
  assert.ok(box, `${locator} is not in view`);
  return { x: box.x + box.width * 0.6, y: box.y + 12 };
}

/** A point of the canvas by its share of width and height. */
export async function spot(page, across, down) {
  const box = await canvas(page).boundingBox();
  return { x: box.x + box.width * across, y: box.y + box.height * down };
}

/** Drags with the mouse from point to point. */
export async function drag(page, from, to, { release = true } = {}) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  if (release) await page.mouse.up();
}

/** Drags an output to a node. */
export async function connect(page, output, of, to) {
  await settled(page);
  await drag(page, await middle(handle(page, output, of)), await head(node(page, to)));
  await leads(page, output, of, to);
}

/** Drags an output to an empty place and takes a type from the palette that opens there. */
export async function connectToNew(page, output, of, type, place) {
  await settled(page);
  await drag(page, await middle(handle(page, output, of)), place);
  const palette = popup(page, "Add a node");
  await palette.getByRole("option", { name: new RegExp(`^${escaped(type)}`) }).click();
  await palette.waitFor({ state: "detached" });
  await node(page, type).waitFor();
}

/** Drags a node by its head so that its head comes to a point. */
export async function moveNode(page, name, to) {
  await settled(page);
  await drag(page, await head(node(page, name)), to);
}

/** Names the node whose settings are open. */
export async function rename(page, name) {
  await settings(page).getByLabel("Name", { exact: true }).fill(name);
}

/** The words of a select's choice. */
export const chosen = (select) => select.evaluate((element) => element.selectedOptions[0]?.text ?? "");

/** The workflow as the Export button hands it out. */
export async function exported(page) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    tools(page).getByRole("button", { name: "Export JSON" }).click(),
  ]);
  return JSON.parse(await readFile(await download.path(), "utf8"));
}

/** The graph of an exported workflow; the order of nodes means nothing. */
export function graphOf({ workflow }) {
  const nodes = [...workflow.nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { title: workflow.title, settings: workflow.settings, nodes, edges: workflow.edges };
}

/** Waits until the page says that everything is saved. */
export const saved = (page) =>
  expect(page.locator(".save-mark")).toContainText("Saved in this browser");

/** What a keyboard user hears of what has the focus. */
export const focused = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    const labels = [...(element.labels ?? [])].map((label) => label.innerText.trim());
    return element.getAttribute("aria-label") ?? (labels.join(" ") || element.innerText?.trim() || element.tagName);
  });

/** Waits until what has this name has the focus. */
export const hasFocus = (page, name) =>
  expect.poll(() => focused(page)).toEqual(name instanceof RegExp ? expect.stringMatching(name) : name);

/** Presses Tab, or Shift+Tab, until the focus is on what bears this name. */
export async function tabTo(page, name, { back = false, most = 120 } = {}) {
  const passed = [];
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
    const now = await focused(page);
    if (name.test(now)) return;
    passed.push(now.slice(0, 40));
  }
  assert.fail(`${name} did not get the focus; it went over ${passed.join(" | ")}`);
}

/** Walks through the choices of the select that has the focus by arrow keys. */
export async function choose(page, words) {
  const now = () => page.evaluate(() => document.activeElement.selectedOptions?.[0]?.text ?? "");
  await page.keyboard.press("Home");
  for (let presses = 0; presses < 60 && (await now()) !== words; presses++) {
    await page.keyboard.press("ArrowDown");
  }
  assert.equal(await now(), words);
}
