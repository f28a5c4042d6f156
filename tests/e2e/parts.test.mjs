// Parts of the page and of its worker that are fetched when they are used: a first visit does without
// them, and one that cannot be fetched is said and can be asked for again.

import { blankWorkflow } from "./designer.mjs";
import { URL_OF_PAGE, assert, expect, test } from "./harness.mjs";
import { withServer } from "./server.mjs";
import { button, dialog, region } from "./workflow.mjs";

const ORIGIN = URL_OF_PAGE && new URL(URL_OF_PAGE).origin;
/** A chunk of the worker, by its name. */
const chunk = (name) => new RegExp(`/worker-[^/]+/[^/]*${name}[^/]*\\.wasm$`);
/** A chunk of the page, by its name. */
const pageChunk = (name) => new RegExp(`/app-[^/]+/[^/]*${name}[^/]*\\.wasm$`);
/** The wasm that the worker begins with. */
const FIRST = /\/leadline-worker_bg\.wasm$/;

// It would fetch all parts beforehand, and answer for the network.
test.use({ serviceWorkers: "block" });

test("a first visit fetches none of them", async ({ context, page, open }) => {
  const fetched = [];
  context.on("request", (request) => fetched.push(request.url()));
  await blankWorkflow(page, open, "Spring offer");
  await page.getByRole("link", { name: "Sync", exact: true }).click();
  await button(page, "Add a remote").waitFor();
  const worker = fetched.filter((url) => chunk("").test(url));
  assert.deepEqual(worker.filter((url) => !FIRST.test(url)), []);
  assert.equal(worker.length, 1, "the worker's requests are seen at all");
});

test.describe(() => {
  test.use({ allow: /ERR_FAILED|Failed to fetch/ });

  test("a page that cannot be fetched is said, and opens once it can be", async ({ context, page, open }) => {
    await context.route(pageChunk("rest"), (route) => route.abort());
    await open();
    await page.getByRole("link", { name: "Settings", exact: true }).click();
    const said = page.getByRole("alert").filter({ hasText: "could not be fetched" });
    await said.waitFor();
    await said.getByRole("button", { name: "Try again" }).click();
    await said.getByText("Tried 2 times.").waitFor();
    await context.unroute(pageChunk("rest"));
    await said.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    await expect(said).toHaveCount(0);
  });

  test("panels that cannot be fetched leave the canvas at work, and open once they can be", async ({ context, page, open }) => {
    await context.route(pageChunk("panels"), (route) => route.abort());
    await open();
    await page.getByRole("button", { name: "New workflow" }).or(button(page, /Blank workflow/)).first().click();
    const panel = page.getByRole("complementary", { name: "Settings" });
    await panel.getByText(/could not be fetched/).waitFor();
    // What opens over the canvas says so too, and takes no way back from the panel.
    const tools = page.getByRole("toolbar", { name: "Tools" });
    await tools.getByRole("button", { name: "Commands" }).click();
    await page.locator(".toast", { hasText: /could not be fetched/ }).waitFor();
    await panel.getByRole("button", { name: "Try again" }).waitFor();
    await context.unroute(pageChunk("panels"));
    await panel.getByRole("button", { name: "Try again" }).click();
    await panel.getByRole("heading", { name: "Workflow settings" }).waitFor();
  });

  test("a template that cannot be fetched is said, and its dialog opens once it can be", async ({ context, page, open }) => {
    await context.route(pageChunk("journey-simulate"), (route) => route.abort());
    await open();
    const choose = page.getByRole("button", { name: "Templates", exact: true });
    await choose.click();
    await page.getByText(/could not be fetched/).first().waitFor();
    await context.unroute(pageChunk("journey-simulate"));
    await choose.click();
    await dialog(page, "Templates").getByText("A copy opens in the designer").waitFor();
  });

  test("one that cannot be fetched is said, and works once it can be", ({ context, page, open }) =>
    withServer(ORIGIN, async ({ address, key }) => {
      await context.route(chunk("sync"), (route) => route.abort());
      await blankWorkflow(page, open, "Spring offer");
      await page.getByRole("link", { name: "Sync", exact: true }).click();
      await button(page, "Add a remote").click();
      const form = dialog(page, "Add a remote");
      await form.getByLabel("Address").fill(address);
      await form.getByLabel("Key").fill(key);
      await form.getByLabel("Name").fill("Shop");
      const add = form.getByRole("button", { name: "Add remote" });
      await add.click();
      await form.getByText(/could not be fetched.*reload the page/).waitFor();
      await context.unroute(chunk("sync"));
      await add.click();
      await region(page, "Shop").getByText(/^Synced/).first().waitFor();

      // At a start with remotes, the session opens without it, and they are shown as far as they are known.
      await context.route(chunk("sync"), (route) => route.abort());
      await page.reload();
      await region(page, "Shop").getByText(/could not be fetched/).waitFor();
      await page.getByRole("link", { name: "Workflows", exact: true }).first().click();
      await page.getByText("Spring offer").first().waitFor();
      await context.unroute(chunk("sync"));
      await page.getByRole("link", { name: "Sync", exact: true }).click();
      await region(page, "Shop").getByRole("button", { name: "Sync now" }).click();
      await expect(region(page, "Shop").getByText(/could not be fetched/)).toHaveCount(0);
      await region(page, "Shop").getByText(/^Synced/).first().waitFor();
    }));
});
