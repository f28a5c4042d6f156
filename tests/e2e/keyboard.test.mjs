// The same workflow by keyboard alone: no test in this file touches the mouse.

import { test } from "./harness.mjs";
import { choose, focused, hasFocus, leads, node, popup, settings, tabTo } from "./designer.mjs";
import { assert, expect } from "./harness.mjs";

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};

/** Adds a node with the palette that `N` opens; while connecting it is connected. */
async function addByKey(page, typed, name) {
  await press(page, "n");
  await hasFocus(page, "Filter node types");
  await page.keyboard.type(typed);
  await press(page, "Enter");
  await hasFocus(page, name);
}

/** Connects the output that is reached by Tab to a new node. */
async function connectToNewByKey(page, output, typed, name, { back = false } = {}) {
  await tabTo(page, output, { back });
  await press(page, "Enter");
  await page.getByText(/choose a target\.$/).waitFor({ state: "attached" });
  await addByKey(page, typed, name);
}

/** Opens the settings of the node that has the focus and names it. */
async function renameByKey(page, name) {
  await press(page, "Enter");
  await hasFocus(page, "Name");
  await press(page, "Control+a");
  await page.keyboard.type(name);
}

/** Adds a branch with one rule to the condition whose settings have the focus. */
async function addBranchByKey(page, outcome, field, operator, value) {
  await tabTo(page, /^Add branch$/);
  await press(page, "Enter");
  await settings(page).getByLabel("Outcome", { exact: true }).waitFor();
  await tabTo(page, /^Outcome$/, { back: true });
  await press(page, "Control+a");
  await page.keyboard.type(outcome);
  await tabTo(page, /^Field of rule 1$/);
  await choose(page, field);
  await tabTo(page, /^Operator of rule 1$/);
  await choose(page, operator);
  await tabTo(page, /^Value of rule 1$/);
  await page.keyboard.type(value);
  await press(page, "Tab");
}

test("a workflow is drawn and activated by keyboard alone", async ({ page, open }) => {
  await open("/");
  await page.getByRole("button", { name: "Blank workflow" }).waitFor();
  await tabTo(page, /^Blank workflow/);
  await press(page, "Enter");
  await page.getByText("An empty workflow").waitFor();

  await addByKey(page, "voice", /^Voice call, leads start here/);
  await renameByKey(page, "First call");
  await tabTo(page, /^Agent$/);
  await press(page, "End", "Enter");
  await hasFocus(page, "Name");
  await popup(page, "New agent").waitFor();
  await page.keyboard.type("friendly-caller");
  await press(page, "Enter");
  await popup(page, "New agent").waitFor({ state: "hidden" });
  await hasFocus(page, "Agent");
  await tabTo(page, /^Call from$/);
  await press(page, "End", "Enter");
  await popup(page, "New number").waitFor();
  await hasFocus(page, "Phone number");
  await page.keyboard.type("+14155550100");
  await press(page, "Enter");
  await popup(page, "New number").waitFor({ state: "hidden" });
  await tabTo(page, /^New analysis key$/);
  await page.keyboard.type("interested");
  await press(page, "Enter");
  await settings(page).getByText("interested", { exact: true }).waitFor();
  await press(page, "Escape");
  await hasFocus(page, /^Voice call First call/);

  await connectToNewByKey(page, /^DNP of First call/, "condition", /^Condition,/);
  await leads(page, "DNP", "First call", "Condition");
  await renameByKey(page, "Tried three times?");
  await addBranchByKey(page, "enough", "Visits of First call", "is at least", "3");
  await press(page, "Escape");
  await hasFocus(page, /^Condition Tried three times\?/);
  await connectToNewByKey(page, /^enough of Tried/, "dropped", /^Dropped,/);
  await leads(page, "enough", "Tried three times?", "Dropped");
  await connectToNewByKey(page, /^otherwise of Tried/, "delay", /^Delay,/, { back: true });
  await press(page, "Enter");
  await hasFocus(page, "Name");
  await tabTo(page, /^Wait$/);
  await choose(page, "For a length of time");
  await tabTo(page, /^Length$/);
  assert.equal(await page.evaluate(() => document.activeElement.value), "2");
  await press(page, "Escape");
  await hasFocus(page, /^Delay,/);
  await tabTo(page, /^Next of Delay/);
  await press(page, "Enter");
  await tabTo(page, /^Voice call First call/, { back: true });
  await press(page, "Enter");
  await leads(page, "Next", "Delay", "Voice call First call");

  await connectToNewByKey(page, /^COMPLETED of First call/, "condition", /^Condition,/);
  await renameByKey(page, "Interested?");
  await addBranchByKey(page, "yes", "Last call's analysis: interested", "is", "true");
  await press(page, "Escape");
  await hasFocus(page, /^Condition Interested\?/);
  await connectToNewByKey(page, /^yes of Interested/, "converted", /^Converted,/);
  for (const output of [/^otherwise of Interested/, /^FAILED of First call/]) {
    await tabTo(page, output, { back: true });
    await press(page, "Enter");
    await tabTo(page, /^Dropped,/, { back: /otherwise/.test(output.source) });
    await press(page, "Enter");
  }
  await leads(page, "otherwise", "Interested?", "Dropped");
  await leads(page, "FAILED", "First call", "Dropped");

  // The outline says the same in words.
  await tabTo(page, /^Outline$/, { back: true });
  await press(page, "Enter");
  const outline = page.getByRole("complementary", { name: "Outline" });
  for (const line of ["Voice call First call", "DNP: Condition Tried three times?", "yes: Converted", "enough: Dropped"]) {
    await outline.getByText(line).first().waitFor();
  }

  await tabTo(page, /^Leads$/, { back: true });
  await press(page, "Enter");
  await page.getByText("No leads yet").waitFor();
  await tabTo(page, /^Generate leads$/);
  await press(page, "Enter");
  await hasFocus(page, "How many");
  await press(page, "Control+a");
  await page.keyboard.type("10");
  await press(page, "Enter");
  await page.getByText("10 leads were enrolled").waitFor();
  await tabTo(page, /^Design$/, { back: true });
  await press(page, "Enter");
  await node(page, "Voice call First call").waitFor();
  await tabTo(page, /^Activate$/);
  await press(page, "Enter");
  await page.getByText("Active", { exact: true }).first().waitFor();
});

test("keys: help, commands, find, rename, move, delete, zoom, Escape in its order", async ({ page, open }) => {
  await open("/");
  await page.getByRole("button", { name: "Start from a template" }).waitFor();
  await tabTo(page, /^Start from a template/);
  await press(page, "Enter");
  await popup(page, "Templates").waitFor();
  await tabTo(page, /^Lead nurture/);
  await press(page, "Enter");
  await node(page, "Voice call First call").waitFor();

  await press(page, "?");
  await popup(page, "Help").getByText("Ctrl+Z").first().waitFor();
  await press(page, "Escape");
  await popup(page, "Help").waitFor({ state: "hidden" });

  await press(page, "Control+f");
  await hasFocus(page, "Find");
  await page.keyboard.type("wait 2");
  await popup(page, "Find").getByRole("option", { name: /Wait 2 days/ }).waitFor();
  await press(page, "Enter");
  await page.getByRole("heading", { name: "Delay" }).waitFor();
  await press(page, "F2");
  await hasFocus(page, "Name");
  await page.keyboard.type("Two days");
  await press(page, "Enter");
  await node(page, "Delay Two days").waitFor();

  // Undo, redo, and the commands by name.
  await press(page, "Control+z");
  await node(page, "Delay Wait 2 days").waitFor();
  await press(page, "Control+y");
  await node(page, "Delay Two days").waitFor();
  await press(page, "Control+k");
  await hasFocus(page, "Commands");
  await page.keyboard.type("undo");
  await press(page, "Enter");
  await node(page, "Delay Wait 2 days").waitFor();

  // Escape: the connection, then the selection, then the panel.
  const heading = (name) => page.getByRole("heading", { name, exact: true });
  await tabTo(page, /^DNP of First call/);
  await press(page, "Enter");
  await press(page, "Escape");
  await hasFocus(page, /^DNP of First call/);
  await heading("Voice call").waitFor();
  await press(page, "Escape");
  await heading("Workflow settings").waitFor();
  await press(page, "Escape");
  await heading("Workflow settings").waitFor({ state: "detached" });

  // The view.
  const zoom = page.getByRole("group", { name: "Zoom" });
  await press(page, "0");
  await zoom.getByText("100 %").waitFor();
  await press(page, "+");
  await zoom.getByText("125 %").waitFor();
  await press(page, "-", "-");
  await zoom.getByText("80 %").waitFor();
  await press(page, "1");
  await expect(zoom).not.toContainText("80 %");

  // To the simulation and back.
  await press(page, "t");
  await page.waitForURL(/\/simulate$/);
  await page.getByRole("toolbar", { name: "Clock" }).waitFor();
  await press(page, "t");
  await page.waitForURL(/\/workflows\/wfl_[^/]+$/);
  await node(page, "Voice call First call").waitFor();
  assert.ok(await focused(page));
});

test("arrow keys go over a choice that opens a dialog, and Enter takes it", async ({ page, open }) => {
  await open("/");
  await page.getByRole("button", { name: "Blank workflow" }).waitFor();
  await tabTo(page, /^Blank workflow/);
  await press(page, "Enter");
  await page.getByText("An empty workflow").waitFor();
  await addByKey(page, "voice", /^Voice call, leads start here/);
  await press(page, "Enter");
  await tabTo(page, /^Agent$/);
  await choose(page, "New agent…");
  await expect(popup(page, "New agent")).toBeHidden();
  await press(page, "Tab");
  await tabTo(page, /^Agent$/, { back: true });
  await choose(page, "New agent…");
  await press(page, "Enter");
  await popup(page, "New agent").waitFor();
});
