// Leaving while something is not saved: it is sent first, and the browser asks; nobody else is asked.

import { assert, expect, test, URL_OF_PAGE } from "./harness.mjs";
import { blankWorkflow, canvas, node, popup, saved, settings } from "./designer.mjs";
import { LONG, activated, begin, button, saveMark, status, tab, toast } from "./workflow.mjs";

/** Reloads as a user does, which is not waited for: they may be asked. */
const reload = (page) => page.evaluate(() => setTimeout(() => location.reload()));
const addDelay = (page) =>
  page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: "Delay" }).click();

/** Leaves no room for this site, and waits until that is noticed. */
async function fill(context, page) {
  const session = await context.newCDPSession(page);
  const origin = new URL(URL_OF_PAGE).origin;
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  // The browser asks for the room that is left only now and then: edits go on until it does.
  let edits = 0;
  const edit = async () => {
    edits += 1;
    const title = page.getByLabel("Workflow title");
    await title.fill(`Written without room, ${edits}`);
    await title.press("Tab");
    await expect.poll(() => saveMark(page)).not.toMatch(/^Saving/);
    return saveMark(page);
  };
  await expect.poll(edit, { timeout: 2 * LONG, intervals: [0] }).toMatch(/^Storage full: /);
}

test("who reloads right after an edit is asked, and loses nothing either way", async ({ page, open, newPage }) => {
  await blankWorkflow(page, open, "Hasty");
  await saved(page);
  const other = await newPage();
  await open(new URL(page.url()).pathname, other);
  await other.getByText("An empty workflow").waitFor();

  const asked = page.waitForEvent("dialog");
  await addDelay(page);
  await reload(page);
  const question = await asked;
  assert.equal(question.type(), "beforeunload");
  // While they are asked the edit is stored, and told to other tabs.
  await node(other, "Delay").waitFor();
  await question.accept();
  await node(page, "Delay").waitFor();
  await saved(page);

  // Who stays goes on; what stands in a field that was not left is not forgotten.
  const again = page.waitForEvent("dialog");
  await addDelay(page);
  await reload(page);
  await (await again).dismiss();
  await saved(page);
  await expect(canvas(page).getByRole("group")).toHaveCount(2);

  // Once all is saved nobody is asked.
  page.on("dialog", () => assert.fail("asked though everything is saved"));
  await page.reload();
  await expect(canvas(page).getByRole("group")).toHaveCount(2);
});

test("with a full storage nobody loses work without being asked, and what took place is said", async ({ context, page, open }) => {
  await activated(page, open, 20);
  await tab(page, "Design");
  await button(page, "Pause").click();
  await expect(status(page)).toHaveText("Paused");
  await saved(page);
  await fill(context, page);

  await button(page, "Resume").click();
  await toast(page, /The workflow is active\. This was done, but is not saved\. .*storage is full/).waitFor();
  await expect(status(page)).toHaveText("Active");
  await expect(popup(page, "Not possible yet")).toBeHidden();

  const asked = page.waitForEvent("dialog");
  await reload(page);
  const question = await asked;
  assert.equal(question.type(), "beforeunload");
  await question.dismiss();
  await expect(status(page)).toHaveText("Active");
  await expect(page.getByLabel("Workflow title")).toHaveValue(/^Written without room/);
});

test("what is typed in a field is saved when the page is left from there", async ({ page, open }) => {
  await begin(page, open, "Conditional follow-up");
  await saved(page);
  const condition = canvas(page).getByRole("group", { name: /^Condition/ }).first();
  await condition.focus();
  await page.keyboard.press("Enter");
  const value = settings(page).getByLabel("Value of rule 1").and(page.locator("input")).first();
  await value.fill("4711");
  const asked = page.waitForEvent("dialog");
  await reload(page);
  await (await asked).dismiss();
  await expect(value).toHaveValue("4711");
  await saved(page);
  await page.reload();
  await condition.focus();
  await page.keyboard.press("Enter");
  await expect(value).toHaveValue("4711");
});
