// What was shown as saved outlives a killed tab, a network that is gone and a storage that is full.

import { address, assert, expect, readyForOffline, test, URL_OF_PAGE } from "./harness.mjs";
import {
  LONG, activated, agree, begin, button, calls, clock, funnel, generate, runToEnd, saveMark, saved, status, stopped, tab,
} from "./workflow.mjs";

/** Ends the tab at once, in the middle of whatever it does: it cannot say goodbye. */
async function kill(context, page) {
  const session = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  // A command that kills the one who should answer it has no answer.
  session.send("Page.crash").catch(() => {});
  await crashed;
}

const title = (page) => page.getByLabel("Workflow title");
async function rename(page, text) {
  await title(page).fill(text);
  await title(page).press("Tab");
}

test("a tab killed while somebody types loses nothing that was shown as saved", async ({ context, page, open, newPage }) => {
  const path = await begin(page, open);
  await rename(page, "Spring campaign");
  await saved(page);
  // In the field, before it is left: what is typed is saved all the same.
  await title(page).press("End");
  await title(page).pressSequentially(" for the north");
  await expect.poll(() => saveMark(page)).toMatch(/^Saving/);
  await saved(page);
  await title(page).pressSequentially(" and for nobody");
  await kill(context, page);

  const second = await newPage();
  await open(path, second);
  await expect(title(second)).toHaveValue(/^Spring campaign for the north/);
  await saved(second);
  assert.equal(await second.getByRole("button", { name: "Activate" }).isEnabled(), true);
  // The work goes on where it was.
  await rename(second, "Summer campaign");
  await saved(second);
  await second.reload();
  await expect(title(second)).toHaveValue("Summer campaign");
});

test("a tab killed in the middle of a run goes on where it was", async ({ context, page, open, newPage }) => {
  const path = await activated(page, open, 100);
  await button(page, "Play").click();
  await expect.poll(async () => (await calls(page)).total, { timeout: LONG }).toBeGreaterThan(10);
  const shown = { at: await clock(page), calls: (await calls(page)).total };
  // The run's progress is stored twice a second.
  await expect.poll(() => clock(page)).toBeGreaterThan(shown.at + 2 * 3_600_000);
  await kill(context, page);

  const second = await newPage();
  await open(`${path}/simulate`, second);
  await expect(status(second)).toHaveText("Active");
  await stopped(second);
  assert.ok((await clock(second)) >= shown.at, "the run is where it was shown");
  assert.ok((await calls(second)).total >= shown.calls);
  await runToEnd(second);
  const survived = await funnel(second);
  await button(second, "Reset").click();
  await agree(second, "Reset");
  await expect(status(second)).toHaveText("Draft");
  await button(second, "Activate").click();
  await expect(status(second)).toHaveText("Active");
  await runToEnd(second);
  assert.deepEqual(await funnel(second), survived, "the same result as a run that nobody killed");
});

test("without network the page reloads, works and saves", async ({ context, page, open }) => {
  const path = await begin(page, open);
  await saved(page);
  await readyForOffline(page);
  await context.setOffline(true);
  await page.reload();
  await page.getByRole("status").getByText("Offline – everything works").waitFor();
  await expect.poll(() => saveMark(page)).toMatch(/^Offline\. Saved/);
  await rename(page, "Made on a train");
  await saved(page);
  await tab(page, "Leads");
  await generate(page, 40);
  await tab(page, "Simulate");
  await button(page, "Activate").click();
  await expect(status(page)).toHaveText("Active");
  await runToEnd(page);
  const came = await funnel(page);
  await saved(page);
  await page.goto(address(`${path}/simulate`));
  await expect(status(page)).toHaveText("Completed");
  await page.getByRole("heading", { name: "Made on a train" }).waitFor();
  await expect.poll(() => funnel(page)).toEqual(came);
});

test("a full storage is said, nothing is lost, and saving goes on once there is room", async ({ context, page, open }) => {
  await begin(page, open);
  await saved(page);
  const session = await context.newCDPSession(page);
  const origin = new URL(URL_OF_PAGE).origin;
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  // The browser asks for the room that is left only now and then: edits go on until it does.
  let edits = 0;
  const edit = async () => {
    edits += 1;
    await rename(page, `Written without room, ${edits}`);
    await expect.poll(() => saveMark(page)).not.toMatch(/^Saving/);
    return saveMark(page);
  };
  await expect.poll(edit, { timeout: 2 * LONG, intervals: [0] }).toMatch(/^Storage full: .*kept in memory/);
  const refused = page.getByRole("alert").filter({ hasText: /^Not saved: / });
  await refused.waitFor();
  // Leaving the page of the app is not leaving the tab: the work is still there.
  await tab(page, "Leads");
  await tab(page, "Design");
  await expect(title(page)).toHaveValue(`Written without room, ${edits}`);
  assert.match(await edit(), /^Storage full/);
  await refused.waitFor();

  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await saved(page);
  await refused.waitFor({ state: "hidden" });
  await page.reload();
  await expect(title(page)).toHaveValue(`Written without room, ${edits}`);
});
