// A linked workflow's other side: conflicts are settled on the canvas, and what runs on a server is watched
// and steered in the pages that show what is simulated here.

import { DESK, edgeOf, importWorkflow, node, nodeOf } from "./designer.mjs";
import { PHONE, URL_OF_PAGE, address, assert, expect, test } from "./harness.mjs";
import { withServer } from "./server.mjs";
import { LONG, button, dialog, region, tab, toast } from "./workflow.mjs";

const ORIGIN = URL_OF_PAGE && new URL(URL_OF_PAGE).origin;
/** What a browser says of a network that is gone. */
const OFFLINE = /Failed to load resource|net::ERR_/;
const HOUR_MS = 3_600_000;

test.use({ ...DESK, allow: OFFLINE });

const FLOW = {
  title: "Followed up",
  nodes: [
    nodeOf("first", "TIME", 0, 0, { delay: { value: 1, unit: "hours" } }, true),
    nodeOf("second", "TIME", 320, 0, { delay: { value: 2, unit: "hours" } }),
    nodeOf("won", "CONVERTED", 640, 0),
  ],
  edges: [edgeOf("e1", "first", null, "second"), edgeOf("e2", "second", null, "won")],
};

const card = (page, place) => page.getByRole("group", { name: `Conflicts: ${place}` });
const mark = (page) => page.getByRole("button", { name: /^Linked with Shop: / });
const isSynced = (page) => mark(page).getByText(/^Synced/).waitFor({ timeout: LONG });

/** The workflow, open in the designer and the same on the server; answers its path and what it is there. */
async function linked(page, open, server) {
  await importWorkflow(page, open, FLOW);
  const path = new URL(page.url()).pathname;
  await page.goto(address("/sync"));
  await button(page, "Add a remote").click();
  const form = dialog(page, "Add a remote");
  await form.getByLabel("Address").fill(server.address);
  await form.getByLabel("Key").fill(server.key);
  await form.getByLabel("Name").fill("Shop");
  await button(form, "Add remote").click();
  await button(region(page, "Shop"), "Link workflows…").click();
  const pick = dialog(page, "Link workflows");
  await pick.getByLabel("All that are shown").check();
  await pick.getByRole("button", { name: /^Link \d+ workflow/ }).click();
  await open(path);
  await isSynced(page);
  return { path, there: (await server.graphs())[FLOW.title] };
}

/** Lets both sides change length and name of the first node, and the title. */
async function changeBoth(page, context, server, there) {
  await context.setOffline(true);
  await node(page, "Delay first").focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Length", { exact: true }).fill("3");
  await page.getByLabel("Name", { exact: true }).fill("mine");
  await node(page, "Delay mine").waitFor();
  await page.getByLabel("Workflow title").fill("Mine");
  await expect(mark(page)).toContainText("waiting", { timeout: LONG });
  const of = `/workflows/${there.id}`;
  const first = there.nodes.find((one) => one.label === "first").id;
  await server.ask("PATCH", of, { title: "Theirs" });
  const config = { delay: { value: 2, unit: "days" } };
  await server.ask("PATCH", `${of}/nodes/${first}`, { label: "theirs", config });
  await context.setOffline(false);
  await page.getByText("3 conflicts with Shop", { exact: true }).waitFor({ timeout: LONG });
}

test("conflicts are settled by keyboard where they are, and taken back like any edit", ({ page, open, context }) =>
  withServer(ORIGIN, async (server) => {
    const { there } = await linked(page, open, server);
    await changeBoth(page, context, server, there);

    // The panel leads to a card; Escape goes back to the node.
    await page.getByRole("button", { name: /^Problems/ }).click();
    await page.getByRole("button", { name: /Wait for a length of time.*Mine: 3 hours/ }).click();
    const length = card(page, "Delay mine").getByRole("article", { name: "Wait for a length of time" });
    await expect(length).toBeFocused();
    assert.match(await length.innerText(), /3 hours[^]*2 days[^]*1 hour/);
    assert.match(await length.innerText(), /Mine, here\s*in force now/);
    await page.keyboard.press("Escape");
    await card(page, "Delay mine").waitFor({ state: "hidden" });
    await expect.poll(() => page.evaluate(() => document.activeElement.ariaLabel)).toMatch(/^Delay mine/);

    // Settled with two keys; the focus is at the next one.
    await page.getByRole("button", { name: "2 conflicts: Delay mine" }).press("Enter");
    await expect(length).toBeFocused();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await expect.poll(() => page.evaluate(() => document.activeElement.ariaLabel)).toBe("Theirs: 2 days");
    await page.keyboard.press("Enter");
    await page.getByText("2 conflicts with Shop", { exact: true }).waitFor();
    const name = card(page, "Delay mine").getByRole("article", { name: "Name" });
    await expect(name).toBeFocused();
    await page.getByText(/^Take theirs: .* 2 conflicts are left\./).waitFor();
    const delay = async () => {
      const graph = await server.ask("GET", `/workflows/${there.id}/definition`);
      const { value, unit } = graph.nodes.find((one) => one.is_entry).config.delay;
      return `${value} ${unit}`;
    };
    await expect.poll(delay, { timeout: LONG }).toBe("2 days");

    // An edit like any other.
    await page.keyboard.press("Control+z");
    await expect.poll(delay, { timeout: LONG }).toBe("3 hours");

    await name.getByRole("button", { name: /^Both/ }).click();
    await node(page, "Delay theirs").waitFor();
    await card(page, "Workflow").getByRole("button", { name: /^Theirs/ }).click();
    await expect(page.getByLabel("Workflow title")).toHaveValue("Theirs");
    await page.getByText("conflicts with Shop").waitFor({ state: "hidden" });
    await expect.poll(async () => Object.keys(await server.graphs()), { timeout: LONG }).toEqual(["Theirs"]);
    await isSynced(page);
    const labels = (await server.graphs()).Theirs.nodes.map((one) => one.label);
    assert.deepEqual(labels.sort(), ["mine", "second", "theirs", "won"]);
  }));

test.describe(() => {
  test.use(PHONE);

  test("on a phone a card is a sheet", ({ page, open, context }) =>
    withServer(ORIGIN, async (server) => {
      const { there } = await linked(page, open, server);
      await context.setOffline(true);
      await page.getByLabel("Workflow title").fill("Mine");
      await expect(mark(page)).toContainText("waiting", { timeout: LONG });
      await server.ask("PATCH", `/workflows/${there.id}`, { title: "Theirs" });
      await context.setOffline(false);
      await page.getByText("1 conflict with Shop", { exact: true }).waitFor({ timeout: LONG });
      await button(page, "Show").tap();
      const box = await card(page, "Workflow").boundingBox();
      assert.equal(box.width, PHONE.viewport.width);
      await card(page, "Workflow").getByRole("button", { name: /^Mine/ }).tap();
      await card(page, "Workflow").waitFor({ state: "hidden" });
      await expect.poll(async () => Object.keys(await server.graphs()), { timeout: LONG }).toEqual(["Mine"]);
    }));
});

test("what runs on a server is watched and steered there, and nothing of it happens here", ({ page, open, context }) =>
  withServer(ORIGIN, async (server) => {
    const { path, there } = await linked(page, open, server);
    const of = `/workflows/${there.id}`;
    const leads = [1, 2, 3].map((n) => ({ phone_number: `+4930123100${n}`, dynamic_variables: { n } }));
    await server.ask("POST", `${of}/leads`, { leads });
    await tab(page, "Simulate");
    await button(page, "Shop").click();
    await page.getByText("On Shop", { exact: true }).waitFor();
    assert.equal(new URL(page.url()).search, "?at=remote");
    await page.getByRole("toolbar", { name: "Clock" }).waitFor({ state: "hidden" });

    await button(page, "Activate on Shop").click();
    await button(dialog(page, "Activate on Shop?"), "Activate on Shop").click();
    await button(page, "Pause on Shop").waitFor();
    assert.equal((await server.ask("GET", of)).status, "active");
    await server.ask("POST", "/simulation/advance", { by_ms: HOUR_MS / 2 });
    const simulated = page.getByRole("region", { name: "Simulation canvas" });
    await simulated.getByRole("group", { name: /^Delay first,.* 3 leads/ }).waitFor({ timeout: LONG });

    // Without a connection nothing is done, and nothing is done later.
    await context.setOffline(true);
    await button(page, "Pause on Shop").click();
    const refused = dialog(page, "Not possible yet");
    await refused.getByText(/was not done and is not kept for later|Nothing was asked/).waitFor();
    await button(refused, "Close").last().click();
    await context.setOffline(false);
    await isSynced(page);
    assert.equal((await server.ask("GET", of)).status, "active");

    // Leads there; the choice of the side survives a reload and Back.
    await tab(page, "Leads");
    await page.getByRole("link", { name: "+49301231001" }).click();
    await page.getByText(/^Waiting until /).waitFor();
    await page.reload();
    await page.getByText(/^Waiting until /).waitFor();
    assert.equal(await button(page, "Remove lead").count(), 0);
    await page.goBack();
    await page.getByRole("link", { name: "+49301231003" }).waitFor();
    await button(page, "Add lead there").click();
    const add = dialog(page, "Add lead on Shop");
    await add.getByLabel("Phone number").fill("+49301231009");
    await button(add, "Enrol lead on Shop").click();
    await toast(page, "1 lead waits to be sent to Shop.").waitFor();
    await expect.poll(async () => (await server.ask("GET", `${of}/leads`)).meta.total, { timeout: LONG }).toBe(4);
    await page.getByRole("link", { name: "+49301231009" }).waitFor({ timeout: LONG });
    await button(page, "Upload leads there").click();
    const upload = dialog(page, "Upload leads to Shop");
    const list = "phone_number,city\n+49301231010,Bonn\n+49301231011,Ulm\n";
    const buffer = Buffer.from(list);
    await upload.locator("input[type=file]").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer });
    await button(upload, "Enrol 2 leads on Shop").click();
    await upload.waitFor({ state: "hidden" });
    await expect.poll(async () => (await server.ask("GET", `${of}/leads`)).meta.total, { timeout: LONG }).toBe(6);
    await page.getByRole("link", { name: "+49301231011" }).waitFor({ timeout: LONG });
    await tab(page, "History");
    await page.getByText("The lead started at “first”.").first().waitFor();
    await tab(page, "Calls");
    await page.getByText("No call was made yet.").waitFor();

    // Here it is what it was.
    await button(page, "Here").click();
    await tab(page, "Leads");
    await page.getByText("No leads yet").waitFor();
    assert.equal(new URL(page.url()).search, "");
    await open(`${path}/simulate`);
    await button(page, "Play").waitFor();
    await button(page, "Activate").waitFor();
  }));
