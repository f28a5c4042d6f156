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
  await expect.poll(async () => (await calls(page)).total, { timeout: LONG }).toBeGreaterThan(20);
  await expect.poll(() => leadWords(page)).toMatch(/active/);
  await button(page, "Pause").click();
  await expect(status(page)).toHaveText("Paused");
  await expect.poll(async () => (await calls(page)).live).toBe(0);
  const paused = { calls: (await calls(page)).total, funnel: await funnel(page), at: await clock(page) };
  await expect.poll(() => clock(page)).toBeGreaterThan(paused.at + 2 * HOUR);
  assert.deepEqual(await funnel(page), paused.funnel, "nobody moves on");
  assert.equal((await calls(page)).total, paused.calls, "no call starts");
  await button(page, "Resume").click();
  await expect.poll(async () => (await calls(page)).total).toBeGreaterThan(paused.calls);
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
  await expect.poll(() => calls(page)).toMatchObject({ live: 10, queued: 20 });
  const [entry] = await funnel(page);
  assert.match(entry, /^First call 30 0 30 –$/);
  await button(page, "Pause").click();
  await expect(status(page)).toHaveText("Paused");
  assert.equal((await calls(page)).live, 10, "a pause cuts no call");
  // Stepping by events lets the ten calls end.
  const ended = async () => {
    await step.click();
    return (await calls(page)).live;
  };
  await expect.poll(ended, { intervals: [0] }).toBe(0);
  assert.equal((await calls(page)).queued, 20);
  assert.match((await funnel(page))[0], /^First call 30 0 30 –$/);
  await button(page, "Resume").click();
  await expect(status(page)).toHaveText("Active");
  await step.click();
  await expect.poll(() => calls(page)).toMatchObject({ live: 10, queued: 10 });
  assert.match((await funnel(page))[0], /^First call 30 10 20 /);
});

/**
 * Puts the page's clock and the timers of the panels, which are renewed every 200 ms, into the test's hand:
 * from `standStill` on no time passes but by `later`, and those timers come when they are let go.
 */
function handleTime() {
  const { setTimeout, clearTimeout } = window;
  const real = performance.now.bind(performance);
  const held = new Map();
  let still = null;
  let number = 0;
  performance.now = () => still ?? real();
  window.setTimeout = (act, ms, ...rest) => {
    if (still === null || ms > 201) return setTimeout(act, ms, ...rest);
    number -= 1;
    held.set(number, () => act(...rest));
    return number;
  };
  window.clearTimeout = (id) => {
    if (!held.delete(id)) clearTimeout(id);
  };
  window.standStill = () => (still = real());
  window.later = (ms) => (still += ms);
  window.heldTimers = () => held.size;
  window.letTimersGo = () => {
    for (const [id, act] of [...held]) {
      held.delete(id);
      act();
    }
  };
}

test("a timer that comes late, as in a hidden tab, brings no older picture back", async ({ page, open }) => {
  await page.addInitScript(handleTime);
  await activated(page, open, 40);
  const step = button(page, "Next event");
  await step.click();
  await expect.poll(async () => (await calls(page)).live).toBe(10);
  // Two pictures at once: the second waits for its timer.
  await page.evaluate(() => window.standStill());
  await page.keyboard.press(".");
  await page.keyboard.press(".");
  await expect.poll(() => page.evaluate(() => window.heldTimers())).toBe(1);
  // Those after it come at a slow pace, and the timer after them.
  const { total } = await calls(page);
  do {
    const before = await clock(page);
    await page.evaluate(() => window.later(1_000));
    await step.click();
    await expect.poll(() => clock(page)).toBeGreaterThan(before);
  } while ((await calls(page)).total < total + 3);
  const newest = [await calls(page), await funnel(page)];
  await page.evaluate(() => window.letTimersGo());
  const shown = [await calls(page), await funnel(page)];
  assert.deepEqual(shown, newest);
  await page.reload();
  await expect.poll(async () => [await calls(page), await funnel(page)]).toEqual(shown);
});

test("the clock steps, runs to a date, and never back", async ({ page, open }) => {
  await activated(page, open, 20);
  const began = await clock(page);
  await button(page, "Tick").click();
  await expect.poll(() => clock(page)).toBe(began + 1_000);
  await expect.poll(async () => (await calls(page)).live).toBe(10);
  await button(page, "Next event").click();
  await expect.poll(() => clock(page)).toBeGreaterThan(began + 1_000);

  await button(page, "Run to…").click();
  const form = dialog(page, "Run to");
  const field = form.getByLabel("Date and time");
  await field.fill("2001-01-01T00:00");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await form.getByText("The clock never goes back: choose a later time.").waitFor();
  const shown = new Date(began + 10 * DAY).toISOString().slice(0, 16);
  await field.fill(shown);
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => clock(page), { timeout: LONG }).toBe(Date.parse(`${shown}Z`));
  await stopped(page);
});

test("a reset gives the same run again, another seed another one", async ({ page, open }) => {
  await activated(page, open, 100);
  await runToEnd(page);
  const first = await funnel(page);
  const again = async (name) => {
    await button(page, name).click();
    await agree(page, "Reset");
    await expect(status(page)).toHaveText("Draft");
    await button(page, "Activate").click();
    await expect(status(page)).toHaveText("Active");
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

test("a long run shows its progress and can be cancelled", async ({ page, open }) => {
  await activated(page, open, 300_000);
  const began = await clock(page);
  await button(page, "Run to end").click();
  await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor();
  await expect.poll(() => clock(page)).toBeGreaterThan(began);
  await button(page, "Cancel run").click();
  await stopped(page);
  await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor({ state: "hidden" });
  await expect(status(page)).toHaveText("Active");
  await expect(clockState(page)).toHaveText("Clock stopped");
  const stands = await clock(page);
  await button(page, "Tick").click();
  await expect.poll(() => clock(page)).toBe(stands + 1_000);
});
