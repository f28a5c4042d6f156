// What the menu copies, where the browser refuses its clipboard; where copies lie; and how much work a
// long list of names makes.

import { assert, expect, test } from "./harness.mjs";
import {
  DESK, blankWorkflow, canvas, exported, importWorkflow, node, nodeOf, popup, rename, saved, settings,
} from "./designer.mjs";

const nodes = (page) => canvas(page).getByRole("group");
const addDelay = (page) =>
  page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: "Delay" }).click();
const fromMenu = async (page, on, name) => {
  await on.click({ button: "right" });
  await popup(page, "Menu").getByRole("menuitem", { name, exact: true }).click();
};

/** Keeps everything that the page's live regions say from now on. */
const listen = (page) =>
  page.evaluate(() => {
    window.said = [];
    const note = () => {
      for (const region of document.querySelectorAll("p[role=status]")) window.said.push(region.textContent);
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
const said = (page) => page.evaluate(() => window.said);

test("each paste lies beside the last", async ({ page, open }) => {
  await blankWorkflow(page, open);
  await addDelay(page);
  await node(page, "Delay").waitFor();
  await canvas(page).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  for (let n = 0; n < 3; n++) await page.keyboard.press("Control+v");
  await expect(nodes(page)).toHaveCount(4);
  await saved(page);
  const { workflow } = await exported(page);
  const places = new Set(workflow.nodes.map((one) => `${one.position_x},${one.position_y}`));
  assert.equal(places.size, 4, [...places].join(" "));
});

test("nothing is called copied where the clipboard is refused, and nothing is lost", async ({ page, open }) => {
  await page.addInitScript(() => {
    const refuse = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
    Clipboard.prototype.writeText = refuse;
    Clipboard.prototype.readText = refuse;
    Document.prototype.execCommand = () => false;
  });
  await blankWorkflow(page, open);
  await addDelay(page);
  await node(page, "Delay").waitFor();
  await listen(page);
  await fromMenu(page, node(page, "Delay"), "Cut");
  await page.getByText("for this page only").first().waitFor();
  for (const text of await said(page)) {
    if (/Copied/.test(text)) assert.match(text, /for this page only/);
  }
  await expect(nodes(page)).toHaveCount(0);
  const box = await canvas(page).boundingBox();
  await page.mouse.click(box.x + 60, box.y + 60, { button: "right" });
  await popup(page, "Menu").getByRole("menuitem", { name: "Paste", exact: true }).click();
  await expect(nodes(page)).toHaveCount(1);
});

test.describe(() => {
  test.use(DESK);

  test("letters of a name do not lay out the list of all names anew", async ({ page, open }) => {
    const rule = { field: "visits.n1", operator: "greater_than", value: 1 };
    const branches = [{ label: "high", all: [rule] }];
    const delays = Array.from({ length: 300 }, (_, n) => nodeOf(`n${n}`, "TIME", 400 + (n % 20) * 260, Math.floor(n / 20) * 220));
    const condition = nodeOf("cond", "CONDITIONAL", 0, 0, { branches }, true);
    await importWorkflow(page, open, { title: "Names", nodes: [condition, ...delays], edges: [] });
    const drawn = node(page, "Condition cond");
    await drawn.focus();
    await page.keyboard.press("Enter");
    const field = settings(page).getByLabel("Field of rule 1");
    await expect(field.locator("option")).not.toHaveCount(0);
    await field.evaluate((select) => {
      window.layouts = 0;
      new MutationObserver(() => (window.layouts += 1)).observe(select, { subtree: true, childList: true, characterData: true });
    });
    const letters = "a name of many letters";
    await settings(page).getByLabel("Name", { exact: true }).pressSequentially(letters);
    const layouts = await page.evaluate(() => window.layouts);
    assert.ok(layouts <= letters.length / 2, `${layouts} for ${letters.length} letters`);
    // Whoever leaves the field finds the list as it is by then.
    await rename(page, "Renamed");
    await field.focus();
    await expect(field.locator("option", { hasText: "Visits of Renamed" })).toHaveCount(1);
  });
});
