// How many messages cross between page and worker for one edit: counted where they cross, so that the
// numbers depend on no machine.

import { assert, expect, test } from "./harness.mjs";
import {
  DESK, drag, edgeOf, head, importWorkflow, node, nodeOf, popup, saved, settled, spot,
} from "./designer.mjs";

const GRAPH = {
  title: "Counted",
  nodes: [
    nodeOf("A", "TIME", 0, 0, { delay: { value: 1, unit: "hours" } }, true),
    nodeOf("End", "CONVERTED", 320, 0),
    nodeOf("Lone", "TIME", 160, 260, { delay: { value: 3, unit: "hours" } }),
  ],
  edges: [edgeOf("e1", "A", null, "End")],
};

/** Notes every message to and from a worker, as its JSON text, in `window.messages`. */
const listen = (page) =>
  page.addInitScript(() => {
    window.messages = [];
    const note = (way, data) => window.messages.push([way, JSON.parse(Array.isArray(data) ? data[0] : data)]);
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (...message) {
      note("up", message[0]);
      return postMessage.apply(this, message);
    };
    window.Worker = new Proxy(Worker, {
      construct(target, parameters) {
        const worker = new target(...parameters);
        worker.addEventListener("message", (event) => note("down", event.data));
        return worker;
      },
    });
  });

const messages = (page) => page.evaluate(() => window.messages);
const forget = (page) => page.evaluate(() => void (window.messages.length = 0));
/** What a message is, such as "up edit" or "down save". */
const kind = ([way, message]) => {
  const body = message.request ?? message.notice ?? "answer";
  return `${way} ${typeof body === "string" ? body : Object.keys(body)[0]}`;
};
const isEdit = (one) => kind(one) === "up edit";
const isViewNote = ([way, message]) => way === "up" && Boolean(message.request?.put_note?.key.startsWith("view:"));
const isSaved = (one) => Boolean(one?.[0] === "down" && one[1].notice?.save?.saved);

/** The messages, once they are what was waited for. */
async function heard(page, fits) {
  let all;
  const arrived = async () => fits((all = await messages(page)));
  await expect.poll(arrived).toBe(true);
  return all;
}

/**
 * Waits until nothing is on its way: the view moves and is kept, once it rests, by a message of its own,
 * which is the last there is to come.
 */
async function quiet(page, zoom) {
  await settled(page);
  await forget(page);
  await page.getByRole("group", { name: "Zoom" }).getByRole("button", { name: zoom, exact: true }).click();
  await heard(page, (all) => all.some(isViewNote) && isSaved(all.at(-1)));
  await saved(page);
  await settled(page);
  await forget(page);
}

/** What crosses until an edit is saved. */
const untilSaved = (page) => heard(page, (all) => all.some(isEdit) && isSaved(all.at(-1)));

test("a dragged node and an added one are one message up and two down", { context: DESK }, async ({ page, open }) => {
  await listen(page);
  await importWorkflow(page, open, GRAPH);
  await saved(page);
  const start = await head(node(page, "Delay Lone"));
  await page.mouse.click(start.x, start.y);
  await quiet(page, "Zoom out");

  const before = await head(node(page, "Delay Lone"));
  await drag(page, before, { x: before.x + 60, y: before.y + 40 });
  const moved = await untilSaved(page);
  assert.deepEqual(moved.map(kind), ["up edit", "down answer", "down save"]);
  const { changes, notes } = moved[0][1].request.edit;
  assert.equal(changes.length, 1, "one change of one node");
  assert.equal(notes.length, 1, "with its step of undo");

  await quiet(page, "Zoom in");
  const place = await spot(page, 0.25, 0.8);
  await page.mouse.dblclick(place.x, place.y);
  await popup(page, "Add a node").getByRole("option", { name: /^Dropped/ }).click();
  await node(page, "Dropped").waitFor();
  const added = await untilSaved(page);
  // Where the view had to follow it is kept by a message of its own.
  const ofView = new Set(added.filter(isViewNote).map(([, message]) => message.id));
  const ofEdit = added.filter(([, message]) => !ofView.has(message.id ?? message.response?.id));
  const told = ofEdit.map(kind).filter((one) => one !== "down save" || ofView.size === 0);
  assert.deepEqual(told, ofView.size === 0 ? ["up edit", "down answer", "down save"] : ["up edit", "down answer"]);
});

test("the other tab is told an edit once, and reads nothing again", { context: DESK }, async ({ page, open, newPage }) => {
  await importWorkflow(page, open, GRAPH);
  await saved(page);
  const other = await newPage();
  await listen(other);
  await other.goto(page.url());
  await node(other, "Delay Lone").waitFor();
  await settled(other);
  await quiet(other, "Zoom out");
  const start = await head(node(page, "Delay Lone"));
  await drag(page, start, { x: start.x + 60, y: start.y + 40 });
  const isTold = (one) => kind(one) === "down edited";
  const all = await heard(other, (all) => all.some(isTold) && isSaved(all.at(-1)));
  // The first tab may have moved its view when the node was selected, which is saved too.
  const told = all.map(kind).filter((one) => one !== "down save");
  assert.deepEqual(told, ["down edited", "down workflow"]);
});
