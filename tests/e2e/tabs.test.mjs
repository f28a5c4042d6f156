// Two tabs of one user: one runs the engine, both show the same, live; either can go.

import { assert, expect, test } from "./harness.mjs";
import {
  LONG, activated, agree, begin, button, calls, choose, clock, clockState, csv, funnel, leadWords, runToEnd, saved, status, stopped, tab,
} from "./workflow.mjs";

const follows = (page) => page.getByText("Following another tab").waitFor();
const seed = (page) => page.locator(".s-seed").innerText();
const title = (page) => page.getByLabel("Workflow title");

test("two tabs show the same run, and the other goes on when one is killed", async ({ context, page, open, newPage }) => {
  const path = await activated(page, open, 100);
  const other = await newPage();
  await open(`${path}/simulate`, other);
  await follows(other);
  await expect(status(other)).toHaveText("Active");
  await button(page, "Play").click();
  for (const one of [page, other]) {
    await expect.poll(async () => (await calls(one)).total, { timeout: LONG }).toBeGreaterThan(20);
    await expect(clockState(one)).toHaveText(/^Playing/);
  }
  // The follower's buttons work as the leader's do.
  await button(other, "Stop clock").first().click();
  for (const one of [page, other]) await stopped(one);
  await expect.poll(() => clock(other)).toBe(await clock(page));
  const both = await funnel(page);
  await expect.poll(() => funnel(other)).toEqual(both);
  assert.equal(await leadWords(other), await leadWords(page));

  const session = await context.newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  session.send("Page.crash").catch(() => {});
  await crashed;
  await other.getByText("Following another tab").waitFor({ state: "hidden", timeout: LONG });
  assert.deepEqual(await funnel(other), both, "nothing is lost by the change");
  await runToEnd(other);
  await saved(other);

  const third = await newPage();
  await open(`${path}/simulate`, third);
  await follows(third);
  await expect.poll(() => seed(third)).toBe(await seed(other));
  const before = await seed(other);
  await button(third, "Reset with new seed").click();
  await agree(third, "Reset");
  await expect.poll(() => seed(other)).not.toBe(before);
  assert.equal(await seed(third), await seed(other));
});

test("an edit in one tab appears in the other, and in both after a reload", async ({ page, open, newPage }) => {
  const path = await begin(page, open);
  const other = await newPage();
  await open(path, other);
  await follows(other);
  await title(page).fill("Named in the first");
  await title(page).press("Tab");
  await expect(title(other)).toHaveValue("Named in the first");
  await title(other).fill("Named in the second");
  await title(other).press("Tab");
  await expect(title(page)).toHaveValue("Named in the second");
  for (const one of [page, other]) await saved(one);

  // A list is read where it was chosen and enrolled where the engine runs.
  await tab(page, "Leads");
  await page.getByRole("heading", { name: "No leads yet" }).waitFor();
  await tab(other, "Leads");
  await button(other, "Upload leads").click();
  await choose(other, "sixty.csv", csv(60));
  await button(other, "Enrol 60 leads").click();
  for (const one of [page, other]) await one.getByText("1–50 of 60").waitFor();
  await tab(other, "Design");

  // The leader leaves in the middle of a change of the follower's: it is carried out all the same.
  await title(other).fill("Named while the first left");
  await Promise.all([title(other).press("Tab"), page.close()]);
  await expect(other.getByText("Following another tab")).toBeHidden({ timeout: LONG });
  await saved(other);
  await other.reload();
  await expect(title(other)).toHaveValue("Named while the first left");

  // A third tab: what is created in one is in the list of the other.
  const third = await newPage();
  await open("/", third);
  await third.getByRole("link", { name: "Named while the first left", exact: true }).waitFor();
  await tab(other, "Leads");
  await button(third, "Duplicate Named while the first left").click();
  await third.getByRole("link", { name: "Named while the first left (Copy)", exact: true }).waitFor();
  await other.getByRole("link", { name: "Workflows", exact: true }).first().click();
  await other.getByRole("link", { name: "Named while the first left (Copy)", exact: true }).waitFor();
});
