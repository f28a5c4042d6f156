// Sync against the real server, under what goes wrong: no connection, two browsers, a killed tab, a killed
// server, a revoked key.

import { URL_OF_PAGE, address, assert, expect, test } from "./harness.mjs";
import { DESK, edgeOf, importWorkflow, node, nodeOf } from "./designer.mjs";
import { withServer as onServer } from "./server.mjs";
import { LONG, button, dialog, saved } from "./workflow.mjs";

/** What a browser says of a server that does not answer. */
const NO_ANSWER = /Failed to load resource|net::ERR_|blocked by CORS policy/;

test.use({ ...DESK, allow: NO_ANSWER });

const FLOW = {
  title: "Followed up",
  nodes: [
    nodeOf("wait", "TIME", 0, 0, { delay: { value: 1, unit: "hours" } }, true),
    nodeOf("more", "TIME", 300, 0, { delay: { value: 2, unit: "hours" } }),
    nodeOf("won", "CONVERTED", 600, 0),
  ],
  edges: [edgeOf("e1", "wait", "COMPLETED", "more"), edgeOf("e2", "more", "COMPLETED", "won")],
};

const remote = (page) => page.getByRole("region", { name: "Shop", exact: true });
const standing = (page) => remote(page).locator(".remote-state");
const synced = (page) => expect(standing(page)).toHaveText(/^Synced/, { timeout: LONG });
const title = (page) => page.getByLabel("Workflow title");

const withServer = (body) => onServer(new URL(URL_OF_PAGE).origin, body);

async function addRemote(page, server) {
  await page.goto(address("/sync"));
  await button(page, "Add a remote").first().click();
  const form = dialog(page, "Add a remote");
  await form.getByLabel("Address").fill(server.address);
  await form.getByLabel("Key").fill(server.key);
  await form.getByLabel("Name").fill("Shop");
  await button(form, "Add remote").click();
  await form.waitFor({ state: "hidden" });
  await synced(page);
}

/** The workflow of these tests, linked; answers its address. */
async function linked(page, open, server) {
  await importWorkflow(page, open, FLOW);
  const path = new URL(page.url()).pathname;
  await saved(page);
  await addRemote(page, server);
  await button(remote(page), "Link workflows…").click();
  const form = dialog(page, "Link workflows");
  await form.getByRole("checkbox", { name: FLOW.title }).check();
  await button(form, "Link 1 workflow").click();
  await expect.poll(async () => (await server.graphs())[FLOW.title]?.nodes.length, { timeout: LONG }).toBe(3);
  await synced(page);
  return path;
}

/** Another user's browser with the same remote. */
async function another(browser, server) {
  const context = await browser.newContext({ ...DESK, locale: "en-GB", timezoneId: "Europe/Berlin" });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  await addRemote(page, server);
  await remote(page).getByRole("link", { name: FLOW.title }).click();
  await node(page, "Delay wait").waitFor();
  return { context, page };
}

async function rename(page, name, label) {
  await node(page, name).focus();
  await page.keyboard.press("F2");
  await page.keyboard.press("Control+a");
  await page.keyboard.type(label);
  await page.keyboard.press("Enter");
  await node(page, `${name.split(" ")[0]} ${label}`).waitFor();
}

async function retitle(page, text) {
  await title(page).fill(text);
  await title(page).press("Tab");
}

const labels = async (server, of) => (await server.graphs())[of]?.nodes.map((one) => one.label).join();

test("what two browsers edited offline comes together, and what both changed is chosen by hand", async ({ browser, context, page, open }) => {
  await withServer(async (server) => {
    const path = await linked(page, open, server);
    await open(path);
    const other = await another(browser, server);
    try {
      await context.setOffline(true);
      await other.context.setOffline(true);
      await rename(page, "Delay wait", "first");
      await rename(other.page, "Delay more", "second");
      await retitle(other.page, "Renamed elsewhere");
      await saved(page);
      await context.setOffline(false);
      await other.context.setOffline(false);
      await expect.poll(() => labels(server, "Renamed elsewhere"), { timeout: LONG }).toBe("first,second,won");
      for (const one of [page, other.page]) {
        await node(one, "Delay first").waitFor({ timeout: LONG });
        await node(one, "Delay second").waitFor({ timeout: LONG });
        await expect(title(one)).toHaveValue("Renamed elsewhere", { timeout: LONG });
      }

      // Now the same field.
      await other.context.setOffline(true);
      await rename(other.page, "Delay first", "theirs here");
      await rename(page, "Delay first", "mine there");
      await expect.poll(() => labels(server, "Renamed elsewhere"), { timeout: LONG }).toMatch(/mine there/);
      await other.context.setOffline(false);
      const card = other.page.getByRole("group", { name: /conflict/i }).first();
      await card.waitFor({ timeout: LONG });
      await card.getByText("mine there").first().waitFor();
      await card.getByRole("button", { name: /^Theirs/ }).click();
      await node(other.page, "Delay mine there").waitFor();
      await card.waitFor({ state: "hidden" });
      await expect.poll(() => labels(server, "Renamed elsewhere"), { timeout: LONG }).toBe("mine there,second,won");
    } finally {
      await other.context.close();
    }
  });
});

test("a tab that is killed while it syncs loses nothing and sends nothing twice", async ({ context, page, open, newPage }) => {
  await withServer(async (server) => {
    const path = await linked(page, open, server);
    await server.kill();
    await open(path);
    await rename(page, "Delay wait", "before the crash");
    await saved(page);
    const session = await context.newCDPSession(page);
    const crashed = page.waitForEvent("crash");
    session.send("Page.crash").catch(() => {});
    await crashed;
    const after = await newPage();
    await server.restart();
    await open(path, after);
    await node(after, "Delay before the crash").waitFor();
    await expect.poll(() => labels(server, FLOW.title), { timeout: LONG }).toBe("before the crash,more,won");
    assert.equal((await server.ask("GET", "/workflows")).meta.total, 1, "it was made there once");
  });
});

test("a server that is killed and comes back gets every edit once", async ({ page, open }) => {
  await withServer(async (server) => {
    const path = await linked(page, open, server);
    await open(path);
    for (const label of ["one", "two", "three"]) {
      await rename(page, `Delay ${label === "one" ? "wait" : label === "two" ? "one" : "two"}`, label);
      await server.kill();
      await saved(page);
      await server.restart();
    }
    await expect.poll(() => labels(server, FLOW.title), { timeout: LONG }).toBe("three,more,won");
    await open("/sync");
    await button(remote(page), "Sync now").click();
    await synced(page);
    assert.equal((await server.ask("GET", "/workflows")).meta.total, 1);
  });
});

test("a revoked key stops the exchange and asks for another", async ({ page, open }) => {
  await withServer(async (server) => {
    const path = await linked(page, open, server);
    const better = await server.createKey();
    await server.revoke();
    server.key = better;
    await open(path);
    await rename(page, "Delay wait", "kept");
    await saved(page);
    await open("/sync");
    await expect(standing(page)).toHaveText(/key/i, { timeout: LONG });
    assert.equal(await labels(server, FLOW.title), "wait,more,won");
    await remote(page).locator("input[type=password]").fill(better);
    await button(remote(page), "Use this key").click();
    await expect.poll(() => labels(server, FLOW.title), { timeout: LONG }).toBe("kept,more,won");
    await synced(page);
  });
});
