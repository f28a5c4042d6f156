// Keys as people of other scripts press them: shortcuts on their layouts, and texts that are composed.

import { assert, expect, test } from "./harness.mjs";
import { blankWorkflow, canvas, hasFocus, node, popup, saved, tools } from "./designer.mjs";

const CTRL = 2;

/** Presses a key as a layout has it: what it types, and which key it is. */
async function pressOn(session, key, code, letter, modifiers = 0) {
  const event = { key, code, windowsVirtualKeyCode: letter.charCodeAt(0), modifiers };
  await session.send("Input.dispatchKeyEvent", { ...event, type: "rawKeyDown" });
  await session.send("Input.dispatchKeyEvent", { ...event, type: "keyUp" });
}

const addDelay = (page) =>
  page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: "Delay" }).click();
const nodes = (page) => canvas(page).getByRole("group");

for (const [layout, undo, all, add] of [
  ["Cyrillic", "я", "ф", "т"],
  ["Greek", "ζ", "α", "ν"],
  ["Hebrew", "ז", "ש", "מ"],
]) {
  test(`shortcuts work on a ${layout} layout, and touch no other field`, async ({ context, page, open }) => {
    await blankWorkflow(page, open, "My title");
    await addDelay(page);
    await node(page, "Delay").waitFor();
    const session = await context.newCDPSession(page);
    await pressOn(session, undo, "KeyZ", "Z", CTRL);
    await expect(nodes(page)).toHaveCount(0);
    await expect(page.getByLabel("Workflow title")).toHaveValue("My title");
    await pressOn(session, add, "KeyN", "N");
    await popup(page, "Add a node").waitFor();
    await page.keyboard.press("Escape");
    await addDelay(page);
    await addDelay(page);
    await pressOn(session, all, "KeyA", "A", CTRL);
    await page.keyboard.press("Delete");
    await expect(nodes(page)).toHaveCount(0);
  });
}

test("T goes to the simulation and the clock's keys work on a Cyrillic layout", async ({ context, page, open }) => {
  await blankWorkflow(page, open);
  await saved(page);
  const session = await context.newCDPSession(page);
  await pressOn(session, "е", "KeyT", "T");
  await page.waitForURL(/\/simulate$/);
  await page.getByRole("toolbar", { name: "Clock" }).waitFor();
  await pressOn(session, "е", "KeyT", "T");
  await page.waitForURL(/\/workflows\/wfl_[^/]+$/);
  await tools(page).waitFor();
});

/** The Enter that ends a composition, as browsers tell it: by a flag, or by its code alone. */
const endComposition = (page) =>
  page.evaluate(() => {
    const tell = (more) => {
      const event = { key: "Enter", code: "Enter", bubbles: true, cancelable: true, ...more };
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", event));
    };
    tell({ isComposing: true, keyCode: 229 });
    tell({ keyCode: 229 });
  });

test("the Enter that ends a composition is no command", async ({ context, page, open }) => {
  await blankWorkflow(page, open, "Composed");
  await addDelay(page);
  await node(page, "Delay").waitFor();
  const session = await context.newCDPSession(page);
  const compose = (text) =>
    session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });

  await page.keyboard.press("F2");
  await hasFocus(page, "Name");
  await page.keyboard.press("Control+a");
  await compose("にほ");
  await endComposition(page);
  await popup(page, "Rename").waitFor();
  await session.send("Input.insertText", { text: "日本" });
  await page.keyboard.press("Enter");
  await popup(page, "Rename").waitFor({ state: "detached" });
  await node(page, "Delay 日本").waitFor();

  await page.keyboard.press("n");
  await hasFocus(page, "Filter node types");
  await compose("ほ");
  await endComposition(page);
  await popup(page, "Add a node").waitFor();
  // Once nothing is composed any more, keys are commands again.
  await session.send("Input.insertText", { text: "ほ" });
  await page.keyboard.press("Escape");
  await popup(page, "Add a node").waitFor({ state: "detached" });
  await expect(nodes(page)).toHaveCount(1);

  await page.keyboard.press("Control+f");
  await hasFocus(page, "Find");
  await compose("日");
  await endComposition(page);
  await popup(page, "Find").waitFor();
  await session.send("Input.insertText", { text: "日" });
  await page.keyboard.press("Escape");
  await popup(page, "Find").waitFor({ state: "detached" });

  const title = page.getByLabel("Workflow title");
  await title.focus();
  await compose("にほ");
  await endComposition(page);
  assert.equal(await title.evaluate((field) => field === document.activeElement), true);
});
