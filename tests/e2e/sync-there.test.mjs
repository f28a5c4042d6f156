// A workflow that runs on a server, watched and steered from the page, while the simulation here stays as it is.

import { URL_OF_PAGE, assert, expect, test } from "./harness.mjs";
import { DESK, edgeOf, importWorkflow, nodeOf } from "./designer.mjs";
import { withServer } from "./server.mjs";
import { LONG, agree, button, dialog, funnel, saved, tab } from "./workflow.mjs";

const FLOW = {
  title: "Runs there",
  nodes: [
    nodeOf("wait", "TIME", 0, 0, { delay: { value: 1, unit: "hours" } }, true),
    nodeOf("won", "CONVERTED", 400, 0),
  ],
  edges: [edgeOf("e1", "wait", null, "won")],
};

const remote = (page) => page.getByRole("region", { name: "Shop", exact: true });
const sides = (page) => page.getByRole("group", { name: "Which side is shown" });

test("what runs on a server is watched and steered in the same pages", { context: DESK, allow: [/Failed to load resource/, /net::ERR_/], timeout: 240_000 }, async ({ context, page, open }) => {
  await withServer(new URL(URL_OF_PAGE).origin, async (server) => {
    await importWorkflow(page, open, FLOW);
    const path = new URL(page.url()).pathname;
    await saved(page);
    await open("/sync");
    await button(page, "Add a remote").first().click();
    const form = dialog(page, "Add a remote");
    await form.getByLabel("Address").fill(server.address);
    await form.getByLabel("Key").fill(server.key);
    await form.getByLabel("Name").fill("Shop");
    await button(form, "Add remote").click();
    await button(remote(page), "Link workflows…").click();
    await dialog(page, "Link workflows").getByRole("checkbox", { name: FLOW.title }).check();
    await button(page, "Link 1 workflow").click();
    await expect.poll(async () => (await server.graphs())[FLOW.title]?.nodes.length, 2, LONG);
    const { id } = (await server.graphs())[FLOW.title];
    const leads = [1, 2, 3].map((n) => ({ phone_number: `+1415555010${n}` }));
    await server.ask("POST", `/workflows/${id}/leads`, { leads });

    await open(path);
    await tab(page, "Simulate");
    await button(sides(page), "Shop").click();
    await page.getByText("3 pending").waitFor({ timeout: LONG });
    await button(page, "Activate on Shop").click();
    await page.getByText("real people are called").waitFor();
    await agree(page, "Activate on Shop");
    await expect.poll(async () => (await server.ask("GET", `/workflows/${id}`)).status, "active", LONG);
    await server.ask("POST", "/simulation/advance", { by_ms: 60_000 });
    await page.getByText("3 active").waitFor({ timeout: LONG });
    await expect.poll(async () => (await funnel(page)).join(), /^wait 3 0 3/, LONG);
    await button(page, "Pause on Shop").click();
    await expect.poll(async () => (await server.ask("GET", `/workflows/${id}`)).status, "paused", LONG);

    // The side is in the address, and a lead's path is that of the server.
    await page.reload();
    await button(page, "Resume on Shop").waitFor({ timeout: LONG });
    await tab(page, "Leads");
    await page.getByText("+14155550102").first().click();
    await page.getByText(/wait/).first().waitFor();

    // Without a connection nothing is asked of it, and nothing waits.
    await open(`${path}/simulate?at=remote`);
    await button(page, "Resume on Shop").waitFor({ timeout: LONG });
    await context.setOffline(true);
    await button(page, "Resume on Shop").click();
    await agree(page, "Resume on Shop");
    await page.getByText("Not up to date").waitFor({ timeout: LONG });
    await context.setOffline(false);
    await page.keyboard.press("Escape");
    await page.getByText("Not up to date").waitFor({ state: "hidden", timeout: LONG });
    assert.equal((await server.ask("GET", `/workflows/${id}`)).status, "paused");

    // Here nothing moved.
    await open(`${path}/simulate`);
    await button(page, "Activate").waitFor();
  });
});
