// What the mouse and the keys do to a graph: moving, selecting, splicing, healing, reconnecting,
// copying, undoing; and what is refused.

import { assert, expect, test } from "./harness.mjs";
import {
  DESK, blankWorkflow, canvas, drag, edge, edgeOf, exported, graphOf, handle, head, importWorkflow, leads, middle,
  moveNode, node, nodeOf, popup, saved, settings, settled, spot, tools, unconnected,
} from "./designer.mjs";

test.use(DESK);

/** Call to A to B to the end, and a delay of its own below. */
const CHAIN = {
  title: "Chain",
  nodes: [
    nodeOf("Call", "VOICE_CALL", 0, 0, {}, true),
    nodeOf("A", "TIME", 320, 45, { delay: { value: 1, unit: "hours" } }),
    nodeOf("B", "TIME", 640, 45, { delay: { value: 2, unit: "hours" } }),
    nodeOf("End", "CONVERTED", 960, 45),
    nodeOf("Lone", "TIME", 320, 320, { delay: { value: 3, unit: "hours" } }),
  ],
  edges: [
    edgeOf("e1", "Call", "COMPLETED", "A"),
    edgeOf("e2", "A", null, "B"),
    edgeOf("e3", "B", null, "End"),
  ],
};

const undoLabel = (page) => tools(page).getByRole("button", { name: "Undo" }).getAttribute("title");
const positions = async (page) =>
  Object.fromEntries((await exported(page)).workflow.nodes.map((n) => [n.label, [n.position_x, n.position_y]]));
/** The nodes that are selected; edges between them are too. */
const selected = (page) =>
  canvas(page)
    .getByRole("group")
    .evaluateAll((nodes) => nodes.filter((n) => n.dataset.selected === "true").map((n) => n.ariaLabel.split(",")[0]).sort());

test("a node dropped on an edge is put into it, and Ctrl+Delete heals the gap", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await settled(page);
  // The middle of the node comes to the middle of the edge.
  const [from, to] = [await middle(node(page, "Delay Lone")), await middle(edge(page, "Next", "A", "B"))];
  await drag(page, from, to);
  await leads(page, "Next", "A", "Delay Lone");
  await leads(page, "Next", "Lone", "Delay B");
  assert.equal(await undoLabel(page), "Undo: Insert Lone");

  await page.keyboard.press("Control+Delete");
  await leads(page, "Next", "A", "Delay B");
  await node(page, "Delay Lone").waitFor({ state: "detached" });

  // Both were one step each.
  await page.keyboard.press("Control+z");
  await leads(page, "Next", "A", "Delay Lone");
  await page.keyboard.press("Control+z");
  await leads(page, "Next", "A", "Delay B");
  await unconnected(page, "Next", "Lone");

  // Plain Delete leaves the gap.
  const b = await head(node(page, "Delay B"));
  await page.mouse.click(b.x, b.y);
  await page.keyboard.press("Delete");
  await unconnected(page, "Next", "A");
});

test("a box selects, arrow keys move it, and a drag moves it as one step", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await settled(page);
  const [a, b] = [await canvasBox(page, "Delay A"), await canvasBox(page, "Delay B")];
  await drag(page, { x: a.x - 12, y: b.y + b.height + 12 }, { x: b.x + b.width + 12, y: a.y - 12 });
  await expect.poll(() => selected(page)).toEqual(["Delay A", "Delay B"]);
  await settings(page).getByRole("heading", { name: "3 selected" }).waitFor();
  const before = await positions(page);
  for (const key of ["ArrowDown", "ArrowDown", "Shift+ArrowRight"]) await page.keyboard.press(key);
  const nudged = await positions(page);
  assert.deepEqual(nudged, { ...before, A: [360, 65], B: [680, 65] });
  assert.equal(await undoLabel(page), "Undo: Move 2 nodes");
  await page.keyboard.press("Control+z");
  assert.deepEqual(await positions(page), before);

  await settled(page);
  const start = await head(node(page, "Delay A"));
  await drag(page, start, { x: start.x, y: start.y + 90 });
  const dragged = await positions(page);
  assert.equal(dragged.A[1] - before.A[1], dragged.B[1] - before.B[1], "they moved together");
  assert.ok(dragged.A[1] > before.A[1], `${dragged.A}`);
  await page.keyboard.press("Control+z");
  assert.deepEqual(await positions(page), before);

  // Ctrl+click takes one away and adds it again.
  await settled(page);
  const point = await head(node(page, "Delay B"));
  await page.keyboard.down("Control");
  await page.mouse.click(point.x, point.y);
  await page.keyboard.up("Control");
  await expect.poll(() => selected(page)).toEqual(["Delay A"]);
  await page.keyboard.press("Control+a");
  await expect.poll(() => selected(page)).toHaveLength(5);
});

const canvasBox = (page, name) => node(page, name).boundingBox();

test("Escape takes back the gesture, then the selection, then the panel", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await settled(page);
  const before = await positions(page);
  const start = await head(node(page, "Delay Lone"));
  await drag(page, start, { x: start.x + 120, y: start.y + 60 }, { release: false });
  await page.keyboard.press("Escape");
  await page.mouse.up();
  assert.deepEqual(await positions(page), before, "the drag was taken back");
  const heading = (name) => settings(page).getByRole("heading", { name, exact: true });
  await heading("Delay").waitFor();
  await page.keyboard.press("Escape");
  await heading("Workflow settings").waitFor();
  await page.keyboard.press("Escape");
  await settings(page).waitFor({ state: "detached" });
});

test("the end of an edge is dragged elsewhere, and a miss reverts", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await settled(page);
  // A grip lies a little before the target.
  const grip = async () => {
    const box = await canvasBox(page, "Delay A");
    const zoom = box.width / 200;
    return { x: box.x - 24 * zoom, y: box.y + 30 * zoom };
  };
  await drag(page, await grip(), await head(node(page, "Converted End")));
  await leads(page, "COMPLETED", "Call", "Converted End");
  await page.keyboard.press("Control+z");
  await leads(page, "COMPLETED", "Call", "Delay A");
  await settled(page);
  await drag(page, await grip(), await spot(page, 0.8, 0.9));
  await page.getByText("The edge stays as it was.").waitFor({ state: "attached" });
  await leads(page, "COMPLETED", "Call", "Delay A");
});

test("what is not possible is refused, with the reason", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await settled(page);
  await drag(page, await middle(handle(page, "Next", "Lone")), await head(node(page, "Delay Lone")));
  await page.getByText("A delay that leads to itself would hold leads forever.").first().waitFor();
  await unconnected(page, "Next", "Lone");
});

test("double click opens: the palette on the canvas, the settings of a node, the outcome of an edge", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await settled(page);
  await tools(page).getByRole("button", { name: "Settings", exact: true }).click();
  await settings(page).waitFor({ state: "detached" });
  await settled(page);
  const lone = await head(node(page, "Delay Lone"));
  await page.mouse.dblclick(lone.x, lone.y);
  await settings(page).getByRole("heading", { name: "Delay" }).waitFor();
  await settled(page);
  await edge(page, "COMPLETED", "Call", "A").dblclick();
  const field = popup(page, "Rename").getByLabel("Outcome");
  assert.equal(await field.inputValue(), "COMPLETED");
  await field.fill("FAILED");
  await field.press("Enter");
  await leads(page, "FAILED", "Call", "Delay A");
  const place = await spot(page, 0.7, 0.85);
  await page.mouse.dblclick(place.x, place.y);
  await popup(page, "Add a node").getByRole("option", { name: /^Dropped/ }).click();
  await node(page, "Dropped").waitFor();
});

test("tidy is one step of undo", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  const before = await positions(page);
  await page.keyboard.press("Shift+Alt+T");
  await expect.poll(() => undoLabel(page)).toBe("Undo: Tidy the layout");
  const after = await positions(page);
  assert.notDeepEqual(after, before);
  await page.keyboard.press("Control+z");
  assert.deepEqual(await positions(page), before);
  assert.equal(await undoLabel(page), "Undo");
});

test("twenty edits are undone, and redone after a reload", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await saved(page);
  const first = graphOf(await exported(page));
  const step = () => undoLabel(page);
  const edits = [];
  const add = (type) => async () => {
    await page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: type }).click();
  };
  const name = (old, label) => async () => {
    const point = await head(node(page, old));
    await page.mouse.click(point.x, point.y);
    await page.keyboard.press("F2");
    await popup(page, "Rename").getByLabel("Name").fill(label);
    await page.keyboard.press("Enter");
  };
  const drop = (output, from, to) => async () => {
    await drag(page, await middle(handle(page, output, from)), await head(node(page, to)));
  };
  const key = (keys) => async () => page.keyboard.press(keys);
  edits.push(
    add("Dropped"), drop("DNP", "Call", "Dropped"), drop("FAILED", "Call", "Dropped"), name("Dropped", "Gone"),
    add("Condition"), name("Condition", "Which?"), drop("otherwise", "Which?", "Dropped Gone"),
    add("Application action"), drop("SUCCESS", "Application action", "Converted End"), key("Delete"),
    name("Delay A", "First wait"), key("ArrowUp"), name("Delay B", "Second wait"), key("Shift+ArrowDown"),
    key("Control+d"), key("Delete"), key("Shift+Alt+T"), name("Delay Lone", "Alone"), key("Control+Delete"),
    drop("DNP", "Call", "Delay First wait"),
  );
  assert.equal(edits.length, 20);
  let last = first;
  for (const [number, edit] of edits.entries()) {
    await settled(page);
    await edit();
    const before = last;
    await expect.poll(async () => (last = graphOf(await exported(page)))).not.toEqual(before);
    assert.match(await step(), /^Undo: /, `edit ${number + 1}`);
  }
  for (let n = 0; n < 20; n++) await page.keyboard.press("Control+z");
  await expect.poll(step).toBe("Undo");
  assert.deepEqual(graphOf(await exported(page)), first);

  await saved(page);
  await page.reload();
  await node(page, "Delay Lone").waitFor();
  await expect(tools(page).getByRole("button", { name: "Redo" })).toBeEnabled();
  assert.deepEqual(graphOf(await exported(page)), first);
  for (let n = 0; n < 20; n++) await page.keyboard.press(n % 2 ? "Control+y" : "Control+Shift+z");
  await expect(tools(page).getByRole("button", { name: "Redo" })).toBeDisabled();
  assert.deepEqual(graphOf(await exported(page)), last);

  // And back once more, after another reload.
  await saved(page);
  await page.reload();
  await node(page, "Delay First wait").waitFor();
  await expect.poll(step).toMatch(/^Undo: /);
  await page.keyboard.press("Control+z");
  await leads(page, "DNP", "Call", "Dropped Gone");
});

test.describe(() => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });

  test("half a graph is copied into another workflow, through the system clipboard", async ({ page, open, newPage }) => {
    await importWorkflow(page, open, CHAIN);
    await settled(page);
    for (const [name, keys] of [["Delay A", []], ["Delay B", ["Shift"]], ["Converted End", ["Control"]]]) {
      const point = await head(node(page, name));
      for (const key of keys) await page.keyboard.down(key);
      await page.mouse.click(point.x, point.y);
      for (const key of keys) await page.keyboard.up(key);
    }
    await expect.poll(() => selected(page)).toHaveLength(3);
    await page.keyboard.press("Control+c");
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toMatch(/leadline_clip/);
    assert.equal(JSON.parse(await copied()).nodes.length, 3);

    // Into another workflow, in another tab, where the pointer is.
    const other = await newPage();
    await blankWorkflow(other, (path) => open(path, other), "Other");
    const at = await spot(other, 0.5, 0.5);
    await other.mouse.move(at.x, at.y);
    await other.keyboard.press("Control+v");
    await leads(other, "Next", "A", "Delay B");
    await leads(other, "Next", "B", "Converted End");
    await settled(other);
    const middleOfB = await middle(node(other, "Delay B"));
    assert.ok(Math.hypot(middleOfB.x - at.x, middleOfB.y - at.y) < 60, "it lands at the pointer");
    await other.keyboard.press("Control+v");
    await expect(canvas(other).getByRole("group")).toHaveCount(6);
    const copy = graphOf(await exported(other));
    const source = graphOf(await exported(page));
    assert.equal(new Set(copy.nodes.map((n) => n.id)).size, 6);
    assert.ok(copy.nodes.every((n) => source.nodes.every((s) => s.id !== n.id)), "ids are new");
    assert.equal(copy.edges.length, 4);

    // Cut takes it away there and is one step; a text that is no graph is refused.
    await other.keyboard.press("Control+x");
    await expect(canvas(other).getByRole("group")).toHaveCount(3);
    await other.keyboard.press("Control+z");
    await expect(canvas(other).getByRole("group")).toHaveCount(6);
    await other.evaluate(() => navigator.clipboard.writeText("a text"));
    await other.keyboard.press("Control+v");
    await other.getByText("The clipboard holds no nodes of a workflow.").first().waitFor();
  });
});

test("an edit of a workflow that is over says why it cannot be made", async ({ page, open }) => {
  await importWorkflow(page, open, CHAIN);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel workflow" }).click();
  await expect(page.locator(".workflow-name .badge")).toHaveText("Cancelled");
  await settled(page);
  const point = await head(node(page, "Delay Lone"));
  await page.mouse.click(point.x, point.y);
  await page.keyboard.press("Delete");
  await page.getByText("This workflow is cancelled, so it cannot be changed any more.").first().waitFor();
  await node(page, "Delay Lone").waitFor();
});
