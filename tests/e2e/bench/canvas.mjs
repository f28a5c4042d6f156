// Frame times of the canvas: pan, zoom and drag with 1,000 and 10,000 nodes, 1,280 × 800, no GPU.
//
// What is timed is the work of each animation frame on the main thread, in the release page, driven
// by real input events. Run by `cargo xtask bench canvas`.

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const SIZES = [100, 1_000, 10_000];

/** A workflow of `count` nodes: delays in rows, each leading to the next and to the row below. */
function workflow(count) {
  const columns = Math.ceil(Math.sqrt(count));
  const id = (i) => `nod_bench${i}`;
  const nodes = Array.from({ length: count }, (_, i) => ({
    id: id(i),
    node_type: i === count - 1 ? "CONVERTED" : "TIME",
    config: i === count - 1 ? {} : { delay: { value: 1, unit: "hours" } },
    label: `Step ${i + 1}`,
    position_x: (i % columns) * 280,
    position_y: Math.floor(i / columns) * 140,
    is_entry: i === 0,
  }));
  const edges = Array.from({ length: count - 1 }, (_, i) => ({
    id: `edg_bench${i}`,
    from_node_id: id(i),
    to_node_id: id(i + 1),
    label: null,
  }));
  return { leadline: 1, workflow: { title: `Bench ${count}`, nodes, edges } };
}

const percentile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
};

async function frames(page, act) {
  await page.evaluate(() => (window.frameTimes.length = 0));
  await act();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  // Frames in which nothing was drawn say nothing about drawing.
  const times = (await page.evaluate(() => window.frameTimes)).filter((time) => time > 0.05);
  const show = (value) => value.toFixed(1).padStart(6);
  return `${show(percentile(times, 0.5))} ${show(percentile(times, 0.95))} (${times.length} frames)`;
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const folder = await mkdtemp(join(tmpdir(), "leadline-bench-"));
console.log("Canvas, ms of main-thread work a frame: median, 95th percentile");
try {
  for (const count of SIZES) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(() => {
      window.frameTimes = [];
      const request = window.requestAnimationFrame.bind(window);
      window.requestAnimationFrame = (callback) =>
        request((time) => {
          const start = performance.now();
          callback(time);
          window.frameTimes.push(performance.now() - start);
        });
    });
    const file = join(folder, `bench-${count}.json`);
    await writeFile(file, JSON.stringify(workflow(count)));
    await page.goto(process.env.LEADLINE_URL);
    await page.getByRole("button", { name: /^Import/ }).first().click();
    await page.locator("dialog input[type=file]").setInputFiles(file);
    await page.waitForURL(/\/workflows\/wfl_/, { timeout: 120_000 });
    const canvas = page.locator("canvas").first();
    await canvas.waitFor();
    const box = await canvas.boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    const pan = async () => {
      for (let i = 0; i < 60; i += 1) await page.mouse.wheel(i % 2 ? 40 : -30, 25);
    };
    await page.keyboard.press("0");
    console.log(`  ${String(count).padStart(6)} nodes, pan at 100 %     ${await frames(page, pan)}`);
    await page.keyboard.press("1");
    console.log(`  ${String(count).padStart(6)} nodes, pan, all in view ${await frames(page, pan)}`);
    const zoom = async () => {
      await page.keyboard.down("Control");
      for (let i = 0; i < 60; i += 1) await page.mouse.wheel(0, i % 20 < 10 ? -30 : 30);
      await page.keyboard.up("Control");
    };
    console.log(`  ${String(count).padStart(6)} nodes, zoom             ${await frames(page, zoom)}`);
    await page.keyboard.press("1");
    await page.keyboard.press("0");
    const inView = page.getByRole("group", { name: /Step \d+/ });
    await inView.first().waitFor();
    const nodes = await inView.all();
    const boxes = await Promise.all(nodes.map((node) => node.boundingBox()));
    const far = (node) => Math.hypot(node.x - x, node.y - y);
    const at = boxes.filter(Boolean).sort((one, other) => far(one) - far(other))[0];
    const drag = async () => {
      const [left, top] = [at.x + 60, at.y + 12];
      await page.mouse.move(left, top);
      await page.mouse.down();
      for (let i = 1; i <= 60; i += 1) await page.mouse.move(left + i * 3, top + (i % 15) * 4);
      await page.mouse.up();
    };
    console.log(`  ${String(count).padStart(6)} nodes, drag of a node   ${await frames(page, drag)}`);
    const heap = await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0);
    console.log(`  ${String(count).padStart(6)} nodes, JavaScript heap  ${(heap / 2 ** 20).toFixed(1)} MiB`);
    await context.close();
  }
} finally {
  await browser.close();
}
