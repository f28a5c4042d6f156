// The designer on a phone: taps connect, a long press opens the menu, nothing is wider than the
// screen, and what is tapped is large enough.

import { PHONE, assert, expect, test } from "./harness.mjs";
import { canvas, handle, leads, node, popup, settled, tools } from "./designer.mjs";

test.use(PHONE);

const overflow = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Controls that can be seen and are smaller than 24 by 24. */
const tooSmall = (page) =>
  page.evaluate(() => {
    const list = [...document.querySelectorAll("button, a[href], input, select, textarea, summary")];
    const seen = list.filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".visually-hidden"));
    return seen
      .map((e) => [e, e.getBoundingClientRect()])
      .filter(([e, r]) => r.width > 1 && r.height > 1 && !(e.type === "checkbox" && e.closest("label")))
      .filter(([, r]) => r.width < 23.5 || r.height < 23.5)
      .map(([e, r]) => `${e.ariaLabel ?? e.textContent} ${r.width}x${r.height}`);
  });

async function blank(page, open) {
  await open("/");
  await page.getByRole("button", { name: "Blank workflow" }).tap();
  await page.getByText("An empty workflow").waitFor();
}

const add = (page, type) => page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: type }).tap();

/** Rests a finger on the middle of what is found until the menu opens. */
async function longPress(page, locator) {
  const box = await locator.boundingBox();
  const at = { x: box.x + box.width / 2, y: box.y + 14 };
  const client = await page.context().newCDPSession(page);
  await client.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at] });
  await popup(page, "Menu").waitFor();
  await client.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

test("a workflow is drawn on a phone", async ({ page, open }) => {
  await blank(page, open);
  await add(page, "Voice call");
  await node(page, "Voice call").waitFor();
  await add(page, "Dropped");
  await node(page, "Dropped").waitFor();

  // Tap the output, tap the target.
  await settled(page);
  await handle(page, "DNP", "Voice call").tap();
  await page.getByText("Connecting DNP of Voice call: choose a target.").waitFor({ state: "attached" });
  await node(page, "Dropped").tap();
  await leads(page, "DNP", "Voice call", "Dropped");

  // Tap the output, tap the empty canvas: the palette offers a node, connected.
  await settled(page);
  await handle(page, "FAILED", "Voice call").tap();
  const box = await canvas(page).boundingBox();
  await page.touchscreen.tap(box.x + 24, box.y + box.height - 24);
  await popup(page, "Add a node").getByRole("option", { name: /^Delay/ }).tap();
  await leads(page, "FAILED", "Voice call", "Delay");

  // A long press opens the menu, where everything else is.
  await settled(page);
  await longPress(page, node(page, "Delay"));
  await popup(page, "Menu").getByRole("menuitem", { name: "Delete", exact: true }).tap();
  await node(page, "Delay").waitFor({ state: "detached" });
  await tools(page).getByRole("button", { name: "Undo" }).tap();
  await node(page, "Delay").waitFor();

  await settled(page);
  await longPress(page, node(page, "Delay"));
  await popup(page, "Menu").getByRole("menuitem", { name: "Settings" }).tap();
  await page.getByRole("complementary", { name: "Settings" }).getByLabel("Wait", { exact: true }).waitFor();
  assert.ok((await overflow(page)) <= 0);
  assert.deepEqual(await tooSmall(page), []);
  await page.getByRole("button", { name: "Close panel" }).tap();

  // On-screen delete.
  await settled(page);
  await node(page, "Dropped").tap();
  await tools(page).getByRole("button", { name: "Delete" }).tap();
  await node(page, "Dropped").waitFor({ state: "detached" });
  assert.deepEqual(await tooSmall(page), []);
});

test("two fingers pan and zoom", async ({ page, open }) => {
  await blank(page, open);
  await add(page, "Voice call");
  await settled(page);
  const zoom = page.getByRole("group", { name: "Zoom" });
  await zoom.getByText("100 %").waitFor();
  const box = await canvas(page).boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const client = await page.context().newCDPSession(page);
  const fingers = (apart) => [{ x: x - apart, y, id: 0 }, { x: x + apart, y, id: 1 }];
  const send = (type, touchPoints) => client.send("Input.dispatchTouchEvent", { type, touchPoints });
  await send("touchStart", fingers(40).slice(0, 1));
  await send("touchStart", fingers(40));
  for (const apart of [50, 60, 70, 80]) await send("touchMove", fingers(apart));
  await send("touchEnd", []);
  await expect(zoom).toContainText("200 %");
});

test("a template can be read on a phone, and no page is wider than the screen", async ({ page, open }) => {
  await open("/");
  assert.ok((await overflow(page)) <= 0);
  await page.getByRole("button", { name: "Start from a template" }).tap();
  await page.getByRole("button", { name: /^Lead nurture/ }).tap();
  await node(page, "Voice call First call").waitFor();
  const percent = await page.getByRole("group", { name: "Zoom" }).getByRole("button", { name: "100 %" }).innerText();
  assert.ok(parseInt(percent, 10) >= 60, `it opens at ${percent}`);
  assert.ok((await overflow(page)) <= 0);
  assert.deepEqual(await tooSmall(page), []);
  await tools(page).getByRole("button", { name: /^Problems/ }).tap();
  await page.getByRole("complementary", { name: "Problems" }).waitFor();
  assert.ok((await overflow(page)) <= 0);
  assert.deepEqual(await tooSmall(page), []);
  await page.getByRole("link", { name: "Simulate", exact: true }).tap();
  await page.getByRole("toolbar", { name: "Clock" }).waitFor();
  assert.ok((await overflow(page)) <= 0);
});

test("agents, runs and the inbox fit a phone", async ({ page, open }) => {
  const fits = async () => {
    assert.ok((await overflow(page)) <= 0, `${page.url()} is wider than the screen`);
    assert.deepEqual(await tooSmall(page), [], page.url());
  };
  await open("/agents");
  await page.getByRole("button", { name: "Add the lead-router example" }).tap();
  for (const step of [/classify/, /approval/]) {
    await page.locator(".step-toggle", { hasText: step }).first().tap();
  }
  await page.getByLabel("Message").waitFor();
  await fits();
  await page.getByRole("button", { name: "Start a run" }).tap();
  await page.getByRole("textbox", { name: "Task" }).fill("Route this lead to the right team");
  await page.getByRole("button", { name: "Start run" }).tap();
  const answer = page.getByRole("button", { name: "approve", exact: true });
  await answer.waitFor();
  await fits();
  for (const [name, seen] of [[/^Inbox/, answer], ["Runs", page.getByRole("link", { name: /^Run of/ })], ["Agents", page.getByRole("button", { name: "Edit lead-router" })]]) {
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).tap();
    await seen.waitFor();
    await fits();
  }
});
