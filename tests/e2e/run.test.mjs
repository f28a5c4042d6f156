// The clock and what a run shows: play, pause, resume, step, run to a date and to the end, reset.

import { assert, expect, test } from "./harness.mjs";
import {
  LONG, activated, agree, button, calls, clock, clockState, dialog, funnel, leadWords, runToEnd, status, stopped,
} from "./workflow.mjs";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test("a run plays under its limit, pauses, resumes and completes", async ({ page, open }) => {
  await activated(page, open, 200);
  // Every number the panel ever shows is looked at, not only those a poll happens to meet.
  await page.evaluate(() => {
    const panel = document.querySelector("section[aria-label=Calls]");
    window.over = 0;
    window.queues = [];
    window.live = [];
    new MutationObserver(() => {
      const [live, limit] = panel.querySelector("p").innerText.match(/\d+/g).map(Number);
      if (live > limit) window.over += 1;
      window.live.push(live);
      window.queues.push(Number(panel.querySelector("dd").innerText));
    }).observe(panel, { subtree: true, childList: true, characterData: true });
  });
  const began = await clock(page);
  await button(page, "Play").click();
  await expect.poll(async () => (await calls(page)).total, (total) => total > 20, LONG);
  await expect.poll(() => leadWords(page), /active/);
  await button(page, "Pause").click();
  await expect.poll(() => status(page), "Paused");
  await expect.poll(async () => (await calls(page)).live, 0);
  const paused = { calls: (await calls(page)).total, funnel: await funnel(page), at: await clock(page) };
  await expect.poll(() => clock(page), (now) => now > paused.at + 2 * HOUR);
  assert.deepEqual(await funnel(page), paused.funnel, "nobody moves on");
  assert.equal((await calls(page)).total, paused.calls, "no call starts");
  await button(page, "Resume").click();
  await expect.poll(async () => (await calls(page)).total, (total) => total > paused.calls);
  await runToEnd(page);
  assert.ok((await clock(page)) > began + 2 * DAY, "who did not answer waited two days");
  assert.match(await leadWords(page), /200 leads[\s\S]*converted[\s\S]*dropped/);
  const { over, live, queues } = await page.evaluate(() => ({ over, live, queues }));
  assert.equal(over, 0, "never more calls than lines");
  assert.ok(live.some((n) => n > 0), "calls in progress were shown");
  assert.ok(queues.some((n) => n > 0), "the queue was shown");
});

test("calls that are live when the workflow is paused end, and nobody moves on", async ({ page, open }) => {
  await activated(page, open, 30);
  const step = button(page, "Next event");
  await step.click();
  await expect.poll(() => calls(page), ({ live, queued }) => live === 10 && queued === 20);
  const [entry] = await funnel(page);
  assert.match(entry, /^First call 30 0 30 –$/);
  await button(page, "Pause").click();
  await expect.poll(() => status(page), "Paused");
  assert.equal((await calls(page)).live, 10, "a pause cuts no call");
  // Stepping by events lets the ten calls end.
  const ended = async () => {
    await step.click();
    return (await calls(page)).live;
  };
  await expect.poll(ended, 0);
  assert.equal((await calls(page)).queued, 20);
  assert.match((await funnel(page))[0], /^First call 30 0 30 –$/);
  await button(page, "Resume").click();
  await expect.poll(() => status(page), "Active");
  await step.click();
  await expect.poll(() => calls(page), ({ live, queued }) => live === 10 && queued === 10);
  assert.match((await funnel(page))[0], /^First call 30 10 20 /);
});

test("a timer that comes late, as in a hidden tab, brings no older picture back", async ({ page, open }) => {
  // All that is meant for the next moments comes seconds later.
  await page.addInitScript(() => {
    const { setTimeout } = window;
    window.lastDue = 0;
    window.setTimeout = (act, ms, ...rest) => {
      if (!(ms > 20 && ms <= 250)) return setTimeout(act, ms, ...rest);
      window.lastDue = performance.now() + ms + 5_000;
      return setTimeout(act, ms + 5_000, ...rest);
    };
  });
  await activated(page, open, 40);
  const step = button(page, "Next event");
  await step.click();
  await expect.poll(async () => (await calls(page)).live, 10);
  // Two pictures at once: the second waits for its timer. Those after it come at a slow pace.
  const twice = async () => {
    await page.keyboard.press(".");
    await page.keyboard.press(".");
    return page.evaluate(() => window.lastDue > performance.now());
  };
  await expect.poll(twice, true);
  const { total } = await calls(page);
  const now = () => page.evaluate(() => performance.now());
  do {
    const [before, began] = [await clock(page), await now()];
    await step.click();
    await expect.poll(() => clock(page), (at) => at > before);
    await expect.poll(now, (ms) => ms > began + 250);
  } while ((await calls(page)).total < total + 3);
  await expect.poll(() => page.evaluate(() => performance.now() > window.lastDue + 100), true);
  const shown = JSON.stringify([await calls(page), await funnel(page)]);
  await page.reload();
  await expect.poll(async () => JSON.stringify([await calls(page), await funnel(page)]), shown);
});

test("the clock steps, runs to a date, and never back", async ({ page, open }) => {
  await activated(page, open, 20);
  const began = await clock(page);
  await button(page, "Tick").click();
  await expect.poll(() => clock(page), began + 1_000);
  await expect.poll(async () => (await calls(page)).live, 10);
  await button(page, "Next event").click();
  await expect.poll(() => clock(page), (now) => now > began + 1_000);

  await button(page, "Run to…").click();
  const form = dialog(page, "Run to");
  const field = form.getByLabel("Date and time");
  await field.fill("2001-01-01T00:00");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await form.getByText("The clock never goes back: choose a later time.").waitFor();
  const shown = new Date(began + 10 * DAY).toISOString().slice(0, 16);
  await field.fill(shown);
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => clock(page), Date.parse(`${shown}Z`), LONG);
  await stopped(page);
});

test("a reset gives the same run again, another seed another one", async ({ page, open }) => {
  await activated(page, open, 100);
  await runToEnd(page);
  const first = await funnel(page);
  const again = async (name) => {
    await button(page, name).click();
    await agree(page, "Reset");
    await expect.poll(() => status(page), "Draft");
    await button(page, "Activate").click();
    await expect.poll(() => status(page), "Active");
    await runToEnd(page);
    return funnel(page);
  };
  const seed = () => page.locator(".s-seed").innerText();
  const before = await seed();
  assert.deepEqual(await again("Reset"), first);
  assert.equal(await seed(), before);
  assert.notDeepEqual(await again("Reset with new seed"), first);
  assert.notEqual(await seed(), before);
});

test("a long run shows its progress and can be cancelled", { timeout: 180_000 }, async ({ page, open }) => {
  await activated(page, open, 300_000);
  const began = await clock(page);
  await button(page, "Run to end").click();
  await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor();
  await button(page, "Cancel run").click();
  await stopped(page);
  assert.ok((await clock(page)) > began, "it ran");
  await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor({ state: "hidden" });
  assert.equal(await status(page), "Active");
  assert.equal(await clockState(page), "Clock stopped");
  const stands = await clock(page);
  await button(page, "Tick").click();
  await expect.poll(() => clock(page), (now) => now > stands && now <= stands + 1_000);
});
