// The Sync page: remotes are added, workflows linked with them, and what stands in the way is said.

import { readFile } from "node:fs/promises";

import { blankWorkflow } from "./designer.mjs";
import { PHONE, URL_OF_PAGE, assert, expect, test } from "./harness.mjs";
import { withServer } from "./server.mjs";
import { button, dialog, region, toast } from "./workflow.mjs";

const ORIGIN = URL_OF_PAGE && new URL(URL_OF_PAGE).origin;
/** The browser itself reports requests that a server refuses or nobody answers. */
const REFUSED = /status of 401/;
const NOBODY = /ERR_CONNECTION_REFUSED/;

const card = (page, name) => region(page, name);
const workflows = async (server) => (await server.ask("GET", "/workflows")).data;
const titles = async (ask) => (await ask("GET", "/workflows")).data.map((workflow) => workflow.title);

async function fillRemote(page, { address, key, name }) {
  const form = dialog(page, "Add a remote");
  await form.getByLabel("Address").fill(address);
  await form.getByLabel("Key").fill(key);
  await form.getByLabel("Name").fill(name);
  return form;
}

async function addRemote(page, remote) {
  await page.getByRole("link", { name: "Sync", exact: true }).click();
  await button(page, "Add a remote").click();
  const form = await fillRemote(page, remote);
  await form.getByRole("button", { name: "Add remote" }).click();
  await card(page, remote.name).waitFor();
}

async function linkAll(page, name) {
  await card(page, name).getByRole("button", { name: "Link workflows…" }).click();
  const pick = dialog(page, "Link workflows");
  await pick.getByLabel("All that are shown").check();
  await pick.getByRole("button", { name: /^Link \d+ workflow/ }).click();
  await pick.waitFor({ state: "hidden" });
}

const synced = (page, name, title) =>
  card(page, name).getByRole("listitem").filter({ hasText: title }).getByText(/^Synced/).waitFor();

test("a workflow is linked with a server, is there, and stays the same on both sides", ({ page, open }) =>
  withServer(ORIGIN, async (server) => {
    const { address, key } = server;
    const ask = (...request) => server.ask(...request);
    await blankWorkflow(page, open, "Spring offer");
    await addRemote(page, { address, key, name: "Shop" });
    await linkAll(page, "Shop");
    await synced(page, "Shop", "Spring offer");
    assert.deepEqual(await titles(ask), ["Spring offer"]);

    // What is edited here goes there; the mark says so only then.
    await card(page, "Shop").getByRole("link", { name: "Spring offer" }).click();
    const mark = page.getByRole("button", { name: /^Linked with Shop: / });
    await mark.getByText(/^Synced/).waitFor();
    const title = page.getByLabel("Workflow title");
    await title.fill("Summer offer");
    await title.press("Enter");
    await expect.poll(() => titles(ask)).toEqual(["Summer offer"]);
    await mark.getByText(/^Synced/).waitFor();

    // What is edited there arrives here, and what was here can be had back.
    const [{ id }] = (await ask("GET", "/workflows")).data;
    await ask("PATCH", `/workflows/${id}`, { title: "Autumn offer" });
    await expect(title).toHaveValue("Autumn offer");
    await mark.click();
    await dialog(page, "Linked with Shop").getByRole("button", { name: "Earlier forms…" }).click();
    const forms = dialog(page, "Earlier forms of “Autumn offer”");
    await forms.getByRole("button", { name: /^Look at the form until/ }).first().click();
    await forms.getByText("the title, from “Summer offer” to “Autumn offer”").waitFor();
    await forms.getByRole("button", { name: "Restore" }).click();
    await expect(title).toHaveValue("Summer offer");
    await expect.poll(() => titles(ask)).toEqual(["Summer offer"]);

    // The list says where it is linked; the key is nowhere to be read.
    await page.getByRole("link", { name: "Workflows", exact: true }).first().click();
    await page.getByText(/^Shop: Synced/).waitFor();
    await page.reload();
    await page.getByText(/^Shop: Synced/).waitFor();
    await page.getByRole("link", { name: "Sync", exact: true }).click();
    await card(page, "Shop").getByText(/^Log \(\d+\)$/).click();
    await card(page, "Shop").getByText("“Spring offer” is linked.").waitFor();
    assert.ok(!(await page.content()).includes(key));
    const kept = await page.evaluate(() => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]));
    assert.ok(!kept.includes(key));

    // Each goes its own way once it is unlinked.
    await card(page, "Shop").getByRole("button", { name: "Unlink Summer offer" }).click();
    await dialog(page, "Unlink “Summer offer”?").getByRole("button", { name: "Unlink", exact: true }).click();
    await card(page, "Shop").getByText("No workflow is linked yet").waitFor();
    assert.deepEqual(await titles(ask), ["Summer offer"]);
  }));

test("a server's workflows arrive, and the designer links a new one", ({ page, open }) =>
  withServer(ORIGIN, async (server) => {
    const { address, key } = server;
    const ask = (...request) => server.ask(...request);
    await ask("POST", "/workflows", { title: "Made there" });
    await open("/");
    await addRemote(page, { address, key, name: "Shop" });
    await synced(page, "Shop", "Made there");
    await blankWorkflow(page, open, "Made here");
    await button(page, "Link Made here with a remote").click();
    await dialog(page, "Link with a remote").getByRole("button", { name: /^Link with Shop/ }).click();
    await toast(page, "Linked with Shop.").waitFor();
    await expect.poll(async () => (await titles(ask)).toSorted()).toEqual(["Made here", "Made there"]);
    await page.getByRole("button", { name: /^Linked with Shop: / }).getByText(/^Synced/).waitFor();
  }));

test.describe(() => {
  test.use({ allow: REFUSED });

  test("a wrong key asks for another one, which is tried at once", ({ page, open }) =>
    withServer(ORIGIN, async (server) => {
      const { address, key } = server;
      const ask = (...request) => server.ask(...request);
      await blankWorkflow(page, open, "Spring offer");
      await addRemote(page, { address, key: `${key.slice(0, -4)}XXXX`, name: "Shop" });
      const shop = card(page, "Shop");
      await shop.getByText("The server does not take the key", { exact: false }).first().waitFor();
      await page.getByRole("link", { name: "Sync (1 for you)" }).waitFor();
      await linkAll(page, "Shop");
      await shop.getByRole("listitem").filter({ hasText: "Spring offer" }).getByText(/^Key refused/).waitFor();
      assert.deepEqual(await titles(ask), []);
      await shop.getByLabel("Another key").fill(key);
      await shop.getByRole("button", { name: "Use this key" }).click();
      await synced(page, "Shop", "Spring offer");
      await page.getByRole("link", { name: "Sync", exact: true }).waitFor();
      assert.deepEqual(await titles(ask), ["Spring offer"]);
    }));

  test("an empty server at another address deletes nothing here, and is filled only when somebody says so", ({ page, open }) =>
    withServer(ORIGIN, (first) =>
      withServer(ORIGIN, async (second) => {
        await blankWorkflow(page, open, "Spring offer");
        await addRemote(page, { address: first.address, key: first.key, name: "Shop" });
        await linkAll(page, "Shop");
        await synced(page, "Shop", "Spring offer");
        const shop = card(page, "Shop");
        await shop.getByRole("button", { name: "Change…" }).click();
        const form = dialog(page, "Change the remote");
        await form.getByLabel("Address").fill(second.address);
        await form.getByRole("button", { name: "Save" }).click();
        await shop.getByLabel("Another key").fill(second.key);
        await shop.getByRole("button", { name: "Use this key" }).click();

        await shop.getByText(/holds nothing, or is another one now/).waitFor();
        await shop.getByRole("listitem").filter({ hasText: "Spring offer" }).getByText("Empty there").waitFor();
        await page.getByRole("link", { name: "Sync (1 for you)" }).waitFor();
        assert.deepEqual(await titles((...request) => second.ask(...request)), []);
        await shop.getByRole("button", { name: "It really is empty: send mine there" }).click();
        await dialog(page, "Send everything to “Shop” anew?").getByRole("button", { name: "Send mine there" }).click();
        await synced(page, "Shop", "Spring offer");
        assert.deepEqual(await titles((...request) => second.ask(...request)), ["Spring offer"]);
      })));
});

test.describe(() => {
  test.use({ allow: NOBODY });

  test("an address that answers nothing says so and when it is tried again; it can be removed", async ({ page, open }) => {
    await blankWorkflow(page, open, "Spring offer");
    // Port 1 is nobody's.
    await addRemote(page, { address: "http://127.0.0.1:1", key: "none", name: "Nowhere" });
    const nowhere = card(page, "Nowhere");
    await nowhere.getByText(/^No answer/).first().waitFor();
    await nowhere.getByText(/does not answer this page/).first().waitFor();
    await nowhere.getByText(/^Tried again by itself/).waitFor();
    await linkAll(page, "Nowhere");
    await nowhere.getByRole("heading", { name: "1 request in the outbox" }).waitFor();
    await nowhere.getByRole("listitem").getByText(/^No answer, 1 waiting/).waitFor();
    await nowhere.getByRole("button", { name: "Remove…" }).click();
    const asks = dialog(page, "Remove “Nowhere”?");
    await asks.getByText("1 request waits for it and will not be sent.", { exact: false }).waitFor();
    await asks.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("heading", { name: "Run workflows on a server" }).waitFor();
    await page.getByRole("link", { name: "Workflows", exact: true }).first().click();
    await page.getByRole("link", { name: "Spring offer", exact: true }).waitFor();
  });

  test("what waits in the outbox is given up by hand, one by one", ({ page, open }) =>
    withServer(ORIGIN, async (server) => {
      await blankWorkflow(page, open, "Spring offer");
      await addRemote(page, { address: server.address, key: server.key, name: "Shop" });
      await linkAll(page, "Shop");
      await synced(page, "Shop", "Spring offer");
      const [{ id }] = await workflows(server);
      await server.kill();
      await card(page, "Shop").getByRole("link", { name: "Spring offer" }).click();
      const place = new URL(page.url()).pathname;
      await open(`${place}/leads?at=remote`);
      for (const phone of ["+14155550101", "+14155550102"]) {
        await button(page, "Add lead there").click();
        const form = dialog(page, "Add lead on Shop");
        await form.getByLabel("Phone number").fill(phone);
        await form.getByRole("button", { name: "Enrol lead on Shop" }).click();
        await form.waitFor({ state: "hidden" });
      }
      await page.getByRole("link", { name: "Sync", exact: true }).click();
      const waiting = card(page, "Shop").getByRole("listitem").filter({ hasText: "enrol 1 lead" });
      await expect(waiting).toHaveCount(2);
      const give = card(page, "Shop").getByRole("button", { name: "Give up: enrol 1 lead, Spring offer" });
      await give.last().click();
      await dialog(page, "Give up “enrol 1 lead, Spring offer”?").getByRole("button", { name: "Give up", exact: true }).click();
      await expect(waiting).toHaveCount(1);

      // The other one is sent as soon as the server is there again.
      await server.restart();
      await button(page, "Sync now").click();
      await expect(waiting).toHaveCount(0);
      await synced(page, "Shop", "Spring offer");
      const leads = (await server.ask("GET", `/workflows/${id}/leads`)).data;
      assert.deepEqual(leads.map((lead) => lead.phone_number), ["+14155550101"]);
    }));
});

test("an address is looked at while it is typed", async ({ page, open }) => {
  await open("/sync");
  await button(page, "Add a remote").click();
  const form = await fillRemote(page, { address: "shop.example", key: "ll_key", name: "Shop" });
  const add = form.getByRole("button", { name: "Add remote" });
  const address = form.getByLabel("Address");
  for (const [typed, says] of [
    ["shop.example", /begins with https/],
    ["http://192.168.1.7:8080", /over https only/],
    ["https://me:secret@shop.example", /field of its own/],
    ["https://shop.example/?a=1", /no \?/],
  ]) {
    await address.fill(typed);
    await form.getByText(says).waitFor();
    assert.ok(await add.isDisabled(), typed);
  }
  await address.fill("https://shop.example/v1");
  await form.getByText(`--cors-origin ${ORIGIN}`).waitFor();
  assert.ok(await add.isEnabled());
  await form.getByLabel("Key").fill("two words");
  await form.getByText(/no blanks/).waitFor();
  assert.ok(await add.isDisabled());
  await form.getByText("Files", { exact: true }).click();
  assert.equal(await address.count(), 0);
  assert.ok(await add.isEnabled());
});

test.describe(() => {
  test.use(PHONE);

  test("the page fits a phone", ({ page, open }) =>
    withServer(ORIGIN, async ({ address, key }) => {
      await blankWorkflow(page, open, "A workflow with quite a long title that has to go somewhere");
      await addRemote(page, { address, key, name: "The shop of the company in the other town" });
      await linkAll(page, "The shop of the company in the other town");
      await synced(page, "The shop of the company in the other town", "A workflow with quite");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px too wide`);
    }));
});

/** No test can answer the browser's own dialog: a folder of the page's private files stands for the user's. */
const FOLDER = () => {
  const folder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle("flows", { create: true });
  window.showDirectoryPicker = folder;
  window.filesOfFolder = async () => {
    const files = {};
    for await (const [name, file] of (await folder()).entries()) files[name] = await (await file.getFile()).text();
    return files;
  };
  window.writeFile = async (name, text) => {
    const file = await (await folder()).getFileHandle(name, { create: true });
    const stream = await file.createWritable();
    await stream.write(text);
    await stream.close();
  };
};

async function addFiles(page, open, title) {
  await blankWorkflow(page, open, title);
  await page.getByRole("link", { name: "Sync", exact: true }).click();
  await button(page, "Add a remote").click();
  const form = dialog(page, "Add a remote");
  await form.getByText("Files", { exact: true }).click();
  await form.getByLabel("Name").fill("Shared");
  await form.getByRole("button", { name: "Add remote" }).click();
  await linkAll(page, "Shared");
}

test("a folder is exchanged with: written, read again after others edited it, chosen once", async ({ page, open }) => {
  await page.addInitScript(FOLDER);
  await addFiles(page, open, "Spring offer");
  const shared = card(page, "Shared");
  await shared.getByText(/^Waits for its files/).waitFor();
  await shared.getByRole("button", { name: "Choose a folder…" }).click();
  await shared.getByText("Exchanged: 1 file written.").waitFor();
  await synced(page, "Shared", "Spring offer");
  const files = await page.evaluate(() => window.filesOfFolder());
  const [name] = Object.keys(files);
  assert.match(name, /\.json$/);
  assert.match(files[name], /"Spring offer"/);

  // Somebody else edits it; a text that is no workflow is left alone.
  const edited = files[name].replace("Spring offer", "Summer offer");
  await page.evaluate(([name, text]) => window.writeFile(name, text), [name, edited]);
  await page.evaluate(() => window.writeFile("notes.json", "not even JSON"));
  await page.reload();
  await shared.getByRole("button", { name: "Exchange with “flows”" }).click();
  await shared.getByText("Not understood, and left as they are").waitFor();
  await shared.getByText("notes.json").waitFor();
  await synced(page, "Shared", "Summer offer");
  assert.equal((await page.evaluate(() => window.filesOfFolder()))["notes.json"], "not even JSON");
});

test("where a page cannot write, files are carried by hand and count once they are in their place", async ({ page, open }) => {
  await page.addInitScript(() => delete window.showDirectoryPicker);
  await addFiles(page, open, "Spring offer");
  const shared = card(page, "Shared");
  await shared.getByRole("button", { name: "There are no files yet" }).click();
  const place = shared.getByRole("button", { name: "They are in their place" });
  await place.waitFor();
  assert.ok(await place.isDisabled(), "nothing was handed over yet");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    shared.getByRole("button", { name: /^Download .*\.json$/ }).click(),
  ]);
  const text = await readFile(await download.path(), "utf8");
  assert.match(text, /"Spring offer"/);
  await shared.getByText(/^Waits for its files/).waitFor();
  await place.click();
  await synced(page, "Shared", "Spring offer");

  const buffer = Buffer.from(text.replace("Spring offer", "Summer offer"));
  const file = { name: download.suggestedFilename(), mimeType: "application/json", buffer };
  await shared.getByLabel("Choose all its files…").setInputFiles(file);
  await synced(page, "Shared", "Summer offer");
});
