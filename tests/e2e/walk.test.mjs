// The main job as a new user does it: a sample run, a lead and why it is where it is, a reload, no
// network.

import { assert, expect, readyForOffline, test } from "./harness.mjs";

async function sampleRun(page, open) {
  await open("/");
  await page.getByRole("button", { name: "Watch a sample run" }).first().click();
  await page.waitForURL(/\/workflows\/wfl_[^/]+\/simulate$/);
  await page.getByRole("toolbar", { name: "Clock" }).waitFor();
}

test("a sample run plays to the end and every lead says why it is where it is", async ({ page, open }) => {
  await sampleRun(page, open);
  await page.getByRole("button", { name: "Run to end" }).click();
  await page.getByRole("main").getByText("Completed", { exact: true }).first().waitFor({ timeout: 60_000 });
  await page.getByRole("link", { name: "Leads", exact: true }).click();
  await page.getByRole("link", { name: /^\+1555/ }).first().click();
  await page.getByText(/It reached the end of its path/).first().waitFor();
});

test("what a run came to is there after a reload, and without network", async ({ context, page, open }) => {
  await sampleRun(page, open);
  await page.getByRole("button", { name: "Run to end" }).click();
  await page.getByRole("main").getByText("Completed", { exact: true }).first().waitFor({ timeout: 60_000 });
  await expect(page.locator(".save-mark")).toContainText("Saved in this browser");
  const address = page.url();
  await readyForOffline(page);
  await context.setOffline(true);
  await page.goto(address);
  await page.getByRole("main").getByText("Completed", { exact: true }).first().waitFor();
  assert.match(await page.title(), /Leadline/);
});
