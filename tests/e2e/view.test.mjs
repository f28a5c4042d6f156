// Pan, zoom and the minimap; what is drawn keeps its place in the world.

import { assert, expect, test } from "./harness.mjs";
import {
  DESK, blankWorkflow, canvas, drag, edgeOf, head, importWorkflow, node, nodeOf, saved, settled, spot, tools,
} from "./designer.mjs";

test.use(DESK);

const zoom = (page, name) => page.getByRole("group", { name: "Zoom" }).getByRole("button", { name, exact: true });
/** The button that says how large all is drawn, and goes back to its name. */
const percent = (page) => zoom(page, "100 %");

async function oneCall(page, open) {
  await blankWorkflow(page, open);
  await page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: "Voice call" }).click();
  await node(page, "Voice call").waitFor();
  await settled(page);
}

/** How far the node moved on the screen. */
async function moved(page, from) {
  const to = await head(node(page, "Voice call"));
  return { x: Math.round(to.x - from.x), y: Math.round(to.y - from.y) };
}

const movedBy = (page, from, by) => expect.poll(() => moved(page, from)).toEqual(by);

test("wheel, space and the middle button pan", async ({ page, open }) => {
  await oneCall(page, open);
  let from = await head(node(page, "Voice call"));
  const place = await spot(page, 0.2, 0.2);
  await page.mouse.move(place.x, place.y);
  await page.mouse.wheel(30, 50);
  await movedBy(page, from, { x: -30, y: -50 });
  await page.keyboard.down("Shift");
  await page.mouse.wheel(0, 40);
  await page.keyboard.up("Shift");
  await movedBy(page, from, { x: -70, y: -50 });

  from = await head(node(page, "Voice call"));
  await page.keyboard.down("Space");
  await drag(page, place, { x: place.x + 60, y: place.y + 20 });
  await page.keyboard.up("Space");
  await movedBy(page, from, { x: 60, y: 20 });
  from = await head(node(page, "Voice call"));
  await page.mouse.move(place.x, place.y);
  await page.mouse.down({ button: "middle" });
  await page.mouse.move(place.x - 25, place.y + 35, { steps: 3 });
  await page.mouse.up({ button: "middle" });
  await movedBy(page, from, { x: -25, y: 35 });
});

test("Ctrl and the wheel zoom at the pointer, buttons and the minimap do what they say", async ({ page, open }) => {
  await oneCall(page, open);
  const at = await head(node(page, "Voice call"));
  await page.mouse.move(at.x, at.y);
  await page.keyboard.down("Control");
  for (let n = 0; n < 3; n++) await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  await expect(percent(page)).not.toHaveText("100 %");
  await settled(page);
  const zoomed = await head(node(page, "Voice call"));
  // The head was taken 12 pixels below the top: that much of the world is now larger.
  assert.ok(Math.abs(zoomed.x - at.x) < 12 && Math.abs(zoomed.y - at.y) < 40, JSON.stringify([at, zoomed]));

  await percent(page).click();
  await expect(percent(page)).toHaveText("100 %");
  await zoom(page, "Zoom in").click();
  await expect(percent(page)).toHaveText("125 %");
  await zoom(page, "Zoom out").click();
  await expect(percent(page)).toHaveText("100 %");
  for (let n = 0; n < 12; n++) await zoom(page, "Zoom out").click();
  await expect(percent(page)).toHaveText("20 %");
  await zoom(page, "Fit").click();
  await expect(percent(page)).toHaveText("100 %");

  // A click at the rim of the minimap looks there: the node leaves the middle.
  await settled(page);
  const before = await head(node(page, "Voice call"));
  const map = await page.getByRole("img", { name: "Minimap of the workflow" }).boundingBox();
  await page.mouse.click(map.x + map.width / 2 - 20, map.y + map.height / 2);
  await expect.poll(async () => (await moved(page, before)).x).toBeGreaterThan(40);
});

test("the wheel over the zoom buttons zooms the canvas, not the page", async ({ page, open }) => {
  await oneCall(page, open);
  await page.evaluate(() => {
    window.left = 0;
    window.addEventListener("wheel", (event) => (window.left += event.defaultPrevented ? 0 : 1));
  });
  const box = await zoom(page, "Zoom in").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -100);
  await page.keyboard.up("Control");
  await expect(percent(page)).not.toHaveText("100 %");
  assert.equal(await page.evaluate(() => window.left), 0, "nothing is left to the browser");
});

test("all of a wide workflow is shown, and undo of Tidy brings it back into view", async ({ page, open }) => {
  const id = (n) => `n${n}`;
  const nodes = Array.from({ length: 60 }, (_, n) =>
    nodeOf(id(n), "TIME", (n % 8) * 260, Math.floor(n / 8) * 220, {}, n === 0));
  const edges = nodes.slice(1).map((_, n) => edgeOf(`e${n}`, id(n), null, id(n + 1)));
  await importWorkflow(page, open, { title: "Chain", nodes, edges });
  await settled(page);
  // What is out of sight has no element in the layer.
  const inView = () => canvas(page).getByRole("group").count();
  await page.keyboard.press("Shift+Alt+t");
  await zoom(page, "Fit").click();
  const small = Number.parseInt(await percent(page).innerText(), 10);
  assert.ok(small < 20, `${small} %`);
  await settled(page);
  await expect.poll(inView).toBe(60);
  await page.keyboard.press("Control+z");
  await settled(page);
  await expect.poll(inView).toBe(60);
  await saved(page);
  await page.reload();
  await expect.poll(inView).toBe(60);
});

test("the view is where it was after a reload", async ({ page, open }) => {
  await oneCall(page, open);
  await page.keyboard.press("+");
  await expect(percent(page)).toHaveText("125 %");
  await tools(page).getByRole("button", { name: "Find" }).waitFor();
  await saved(page);
  await settled(page);
  const kept = await head(node(page, "Voice call"));
  await page.reload();
  await node(page, "Voice call").waitFor();
  await expect(percent(page)).toHaveText("125 %");
  await movedBy(page, kept, { x: 0, y: 0 });
  await expect(canvas(page)).toBeVisible();
});
