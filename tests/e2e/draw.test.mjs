// A new user draws the lead-nurture workflow with the mouse, from the empty page to activation.

import { assert, expect, test } from "./harness.mjs";
import {
  DESK, canvas, chosen, connect, connectToNew, drag, edge, handle, head, leads, middle, moveNode, node, panel, popup,
  rename, settings, settled, spot, tools, unconnected,
} from "./designer.mjs";

test.use(DESK);

const palette = (page, type) => page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: type });
const activate = (page) => page.getByRole("button", { name: "Activate" }).click();
const problems = (page) => panel(page, "Problems");
const openProblems = (page) => tools(page).getByRole("button", { name: /^Problems/ }).click();
const fix = (page, text, name) =>
  problems(page).getByRole("listitem").filter({ hasText: text }).getByRole("button", { name, exact: true });

/** Makes an agent and a number from the settings of a call, without leaving the canvas. */
async function makeAgentAndNumber(page) {
  const agent = settings(page).getByLabel("Agent", { exact: true });
  await agent.selectOption({ label: "New agent…" });
  const dialog = popup(page, "New agent");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect.poll(() => chosen(agent)).toBe("Choose an agent");
  await agent.selectOption({ label: "New agent…" });
  await dialog.getByLabel("Name", { exact: true }).fill("friendly-caller");
  await dialog.getByRole("button", { name: "Create agent" }).click();
  await expect.poll(() => chosen(agent)).toBe("friendly-caller");

  const number = settings(page).getByLabel("Call from", { exact: true });
  await number.selectOption({ label: "New number…" });
  await popup(page, "New number").getByLabel("Phone number").fill("0123");
  await popup(page, "New number").getByRole("button", { name: "Create number" }).click();
  await popup(page, "New number").getByText(/country code, such as/).waitFor();
  await popup(page, "New number").getByLabel("Phone number").fill("+14155550100");
  await popup(page, "New number").getByRole("button", { name: "Create number" }).click();
  await expect.poll(() => chosen(number)).toMatch(/\+14155550100/);
}

/** Adds a branch with one rule to the condition whose settings are open. */
async function addBranch(page, outcome, field, operator, value) {
  const form = settings(page);
  await form.getByRole("button", { name: "Add branch" }).click();
  await form.getByLabel("Outcome", { exact: true }).fill(outcome);
  await form.getByLabel("Field of rule 1").selectOption({ label: field });
  await form.getByLabel("Operator of rule 1").selectOption({ label: operator });
  await form.getByLabel("Value of rule 1").fill(value);
  await form.getByLabel("Value of rule 1").press("Tab");
}

test("a workflow is drawn with the mouse and activated", async ({ page, open }) => {
  await open("/");
  for (const way of ["Watch a sample run", "Start from a template", "Blank workflow", "Import a workflow"]) {
    await page.getByRole("button", { name: way }).waitFor();
  }
  await page.getByRole("button", { name: "Blank workflow" }).click();
  await page.getByText("An empty workflow").waitFor();
  const title = page.getByLabel("Workflow title");
  await title.fill("Nurture");
  await title.press("Enter");
  await expect(page).toHaveTitle(/Nurture/);
  const address = page.url();

  // A call alone: everything that is missing is named, at once, and each fix is a click away.
  await palette(page, "Voice call").click();
  await node(page, "Voice call").waitFor();
  await activate(page);
  const refusal = popup(page, "Not possible yet");
  for (const missing of [/has no agent/, /has no number to call from/, /has no outgoing edge/]) {
    await refusal.getByText(missing).waitFor();
  }
  await refusal.getByRole("button", { name: "Close" }).last().click();
  await page.getByText("Draft", { exact: true }).first().waitFor();
  await openProblems(page);
  await problems(page).getByRole("heading", { name: "Errors (3)" }).waitFor();
  await fix(page, "has no agent", "Choose an agent").click();
  await settings(page).getByRole("heading", { name: "Voice call" }).waitFor();
  await makeAgentAndNumber(page);
  assert.equal(page.url(), address, "the canvas was left");
  await rename(page, "First call");
  await settings(page).getByLabel("New analysis key").fill("interested");
  await settings(page).getByRole("button", { name: "Add analysis key" }).click();

  // The loop: nobody answers, two days later again.
  await moveNode(page, "Voice call First call", await spot(page, 0.2, 0.3));
  await connectToNew(page, "DNP", "First call", "Delay", await spot(page, 0.58, 0.85));
  await leads(page, "DNP", "First call", "Delay");
  await settings(page).getByLabel("Wait", { exact: true }).selectOption({ label: "For a length of time" });
  assert.equal(await settings(page).getByLabel("Length").inputValue(), "2");
  assert.match(await chosen(settings(page).getByLabel("Unit")), /^days/);
  await connect(page, "Next", "Delay", "Voice call First call");

  // Nothing bounds the calls yet: a condition dropped on the edge ends the loop after three.
  await openProblems(page);
  await problems(page).getByText(/Nothing bounds how often “First call” can call one lead/).waitFor();
  await settled(page);
  const onEdge = await middle(edge(page, "DNP", "First call", "Delay"));
  await drag(page, await middle(palette(page, "Condition")), onEdge);
  await leads(page, "DNP", "First call", "Condition");
  await leads(page, "otherwise", "Condition", "Delay");
  await tools(page).getByRole("button", { name: "Settings", exact: true }).click();
  await rename(page, "Tried three times?");
  await addBranch(page, "enough", "Visits of First call", "is at least", "3");
  await connectToNew(page, "enough", "Tried three times?", "Dropped", await spot(page, 0.7, 0.5));
  await leads(page, "enough", "Tried three times?", "Dropped");

  // The other way out: who is interested is converted.
  await connectToNew(page, "COMPLETED", "First call", "Condition", await spot(page, 0.45, 0.12));
  await rename(page, "Interested?");
  await addBranch(page, "yes", "Last call's analysis: interested", "is", "true");
  await connectToNew(page, "yes", "Interested?", "Converted", await spot(page, 0.75, 0.12));
  await connect(page, "otherwise", "Interested?", "Dropped");

  // What is left is a warning, and its fix begins the connection.
  await openProblems(page);
  await problems(page).getByText(/the outcome “FAILED” has no edge/).waitFor();
  await expect(problems(page).getByRole("heading", { name: /^Errors/ })).toHaveCount(0);
  await fix(page, "“FAILED” has no edge", "Connect…").click();
  await settled(page);
  const target = await head(node(page, "Dropped"));
  await page.mouse.click(target.x, target.y);
  await leads(page, "FAILED", "First call", "Dropped");

  // A deleted connection is an error of the condition again, undone by one key.
  const way = edge(page, "yes", "Interested?", "Converted");
  await settled(page);
  await way.click();
  await page.keyboard.press("Delete");
  await unconnected(page, "yes", "Interested?");
  await page.keyboard.press("Control+z");
  await leads(page, "yes", "Interested?", "Converted");

  // Leads, then it starts.
  await page.getByRole("link", { name: "Leads", exact: true }).click();
  await page.getByRole("button", { name: "Generate leads" }).click();
  const generate = popup(page, "Generate leads");
  await generate.getByLabel("How many").fill("20");
  await generate.getByRole("button", { name: "Generate", exact: true }).click();
  await page.getByText("20 leads were enrolled").waitFor();
  await page.getByRole("link", { name: "Design", exact: true }).click();
  await node(page, "Voice call First call").waitFor();
  await openProblems(page);
  await problems(page).getByText("No problems: the workflow can be activated.").waitFor();
  await activate(page);
  await page.getByText("Active", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Pause" }).waitFor();

  // An edit that would make the running workflow invalid is refused, with the reason, and taken back.
  await settled(page);
  await edge(page, "Next", "Delay", "First call").click();
  await page.keyboard.press("Delete");
  await popup(page, "Not possible yet").getByText(/“Delay” has no outgoing edge/).waitFor();
  await popup(page, "Not possible yet").getByRole("button", { name: "Close" }).last().click();
  await leads(page, "Next", "Delay", "Voice call First call");
});

test("a picture of the graph and its JSON can be had as files", async ({ page, open }) => {
  await open("/");
  await page.getByRole("button", { name: "Start from a template" }).click();
  await page.getByRole("button", { name: /^Lead nurture/ }).click();
  await node(page, "Voice call First call").waitFor();
  const download = async (name) => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      tools(page).getByRole("button", { name }).click(),
    ]);
    return file.suggestedFilename();
  };
  assert.match(await download("Export SVG"), /^lead-nurture\.svg$/);
  assert.match(await download("Export JSON"), /\.json$/);
  await handle(page, "DNP", "First call").waitFor();
  assert.equal(await canvas(page).getByRole("group").count(), 8);
});
