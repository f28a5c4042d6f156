// Agents that work through steps: made by form, run by hand and by a workflow's leads, paused for a
// person, answered in the inbox.

import { assert, expect, test } from "./harness.mjs";
import { DESK, edgeOf, importWorkflow, node, nodeOf, settings } from "./designer.mjs";
import { LONG, agree, button, dialog, generate, leadWords, region, saved, status, tab, toast } from "./workflow.mjs";

const nav = (page, name) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name });
/** The number at the inbox, on whatever page one is. */
const badge = async (page) => Number((await page.locator(".nav-count").allInnerTexts())[0] ?? 0);
const runStatus = (page) => page.locator(".lead-head .badge");
const step = (page, name) => page.getByRole("listitem").filter({ has: page.getByRole("button", { name }) });
const questions = (page) => page.locator(".inbox").getByRole("listitem");
const asked = (page, message) => questions(page).filter({ has: page.getByRole("heading", { name: message }) });
const timeline = (page) => region(page, "Steps").locator("ol > li");
const QUESTION = "Route to enterprise sales team?";

async function select(form, label, words) {
  await form.getByLabel(label, { exact: true }).selectOption({ label: words });
}

async function type(form, label, text) {
  await form.getByLabel(label, { exact: true }).fill(text);
  await form.getByLabel(label, { exact: true }).press("Tab");
}

/** The agent lead-router with its two steps, from the example. */
async function exampleRouter(page, open) {
  await open("/agents", page);
  await button(page, "Add the lead-router example").click();
  await page.getByRole("heading", { name: "lead-router", level: 1 }).waitFor();
}

/** Starts a run of lead-router; the page shows it then. */
async function start(page, task) {
  await nav(page, "Runs").click();
  await button(page, "Start a run").click();
  const form = dialog(page, "Start a run");
  await form.getByLabel("Task").fill(task);
  await form.getByLabel("Key", { exact: true }).fill("leadId");
  await form.getByLabel("Value", { exact: true }).fill("lead-123");
  await form.getByRole("button", { name: "Start run" }).click();
  await page.getByRole("heading", { name: "Run of lead-router" }).waitFor();
}

/** What a client of the API gets, as the page shows it. */
async function answer(page) {
  const text = page.locator("details pre");
  if (!(await text.isVisible())) await page.getByText("As the API answers").click();
  return JSON.parse(await text.innerText());
}

test("lead-router is made by form, runs, and is answered in the inbox", async ({ page, open }) => {
  await open("/agents");
  await button(page, "New agent").click();
  await dialog(page, "New agent").getByLabel("Name").fill("lead-router");
  await button(page, "Save and add steps").click();
  await page.waitForURL(/\/agents\/agt_[^/]+$/);
  const add = page.getByRole("group", { name: "Add a step" });

  await add.getByRole("button", { name: "Ask a person" }).click();
  const approval = step(page, /^approval/);
  await approval.getByText("The step asks nothing: its message is empty.").waitFor();
  await approval.getByLabel("Message").fill("Route to {{ steps.classify.output.category }} sales team?");
  await approval.getByRole("button", { name: "Add option" }).click();
  await approval.getByLabel("Option 3", { exact: true }).fill("escalate");
  await button(page, "Save agent").click();
  // The page cannot read templates, the engine can: its refusal stands at the step.
  await approval.getByText("The step asks for the step `classify`, which does not come before it").waitFor();

  await add.getByRole("button", { name: "Classify" }).click();
  const classify = step(page, /^classify/);
  await classify.getByRole("button", { name: "Add category" }).click();
  await classify.getByLabel("Category", { exact: true }).fill("small-business");
  await select(classify, "Field of rule 1", "A value of the state…");
  await type(classify, "Key of rule 1", "employees");
  await select(classify, "Operator of rule 1", "is less than");
  await type(classify, "Value of rule 1", "250");
  await classify.getByLabel("Otherwise", { exact: true }).fill("enterprise");
  await button(page, "Move step classify up").click();
  await page.getByRole("status").getByText("Step classify is now step 1 of 2.").waitFor({ state: "attached" });
  // The focus goes along; at the top only the way down is left.
  await expect.poll(() => page.evaluate(() => document.activeElement.ariaLabel)).toBe("Move step classify down");
  await button(page, "Save agent").click();
  await page.getByText("Everything is saved.").waitFor();

  await start(page, "Route this lead to the right team");
  await expect(runStatus(page)).toHaveText("Waits for a person");
  assert.deepEqual((await answer(page)).output, {
    status: "paused",
    steps: [{ name: "classify", status: "completed", output: { category: "enterprise" } }],
    result: null,
    pendingAction: {
      step: "approval",
      type: "confirmation",
      message: QUESTION,
      options: ["approve", "reject", "escalate"],
    },
  });
  assert.match(await timeline(page).first().innerText(), /classify[\s\S]*Completed[\s\S]*category\s+enterprise/);
  await expect.poll(() => badge(page)).toBe(1);

  await nav(page, /^Inbox/).click();
  await expect(page).toHaveTitle(/^Inbox/);
  const item = asked(page, QUESTION);
  assert.match(await item.innerText(), /lead-router[\s\S]*Expires\s+in 7 d/);
  await item.getByRole("button", { name: "approve", exact: true }).click();
  await toast(page, "Answered “approve” to lead-router: it is completed.").waitFor();
  await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
  await expect.poll(() => badge(page)).toBe(0);

  await nav(page, "Runs").click();
  await page.getByRole("link", { name: /^Run of lead-router/ }).click();
  await expect(runStatus(page)).toHaveText("Completed");
  assert.deepEqual((await answer(page)).output.steps[1], { name: "approval", status: "completed", output: "approve" });
});

/** A workflow whose leads go through lead-router, then end. */
const routed = (config) => ({
  title: "Routed",
  nodes: [
    nodeOf("route", "APPLICATION", 0, 0, config, true),
    nodeOf("won", "CONVERTED", 400, -80),
    nodeOf("lost", "DROPPED", 400, 80),
  ],
  edges: [edgeOf("edg_s", "route", "SUCCESS", "won"), edgeOf("edg_f", "route", "FAILURE", "lost")],
});

test.describe(() => {
  test.use(DESK);

  test("leads of a workflow wait for a person and move on", async ({ page, open }) => {
    await exampleRouter(page, open);
    await importWorkflow(page, open, routed({}));
    await node(page, "Application action route").click();
    await select(settings(page), "Action", "Start an agent run");
    await select(settings(page), "Agent", "lead-router");
    await settings(page).getByLabel("Task").fill("Route {{ lead.phone_number }}");
    await saved(page);
    await tab(page, "Simulate");
    await generate(page, 60);
    await button(page, "Activate").click();
    await expect(status(page)).toHaveText("Active");
    await button(page, "Tick").click();
    await expect.poll(() => badge(page)).toBe(60);
    await expect.poll(() => leadWords(page)).toMatch(/60 active/);

    // From the lead to its run and its answer.
    await tab(page, "Leads");
    await page.getByRole("link", { name: /^\+1555/ }).first().click();
    const why = region(page, "Why is this lead here?");
    await why.getByText(/^Waiting for a person’s answer to “Route to enterprise sales team\?”/).waitFor();
    const lead = await page.locator(".lead-number").innerText();
    await why.getByRole("link", { name: "Answer it" }).click();
    await page.getByText(`Route ${lead}`).waitFor();
    await region(page, "What it waits for").getByRole("button", { name: "approve" }).click();
    await expect(runStatus(page)).toHaveText("Completed");
    await expect.poll(() => badge(page)).toBe(59);
    await page.getByRole("link", { name: lead }).click();
    await region(page, "Path").getByRole("link", { name: "Run of lead-router" }).waitFor();

    // A run that is cancelled ends as a failure for its lead, so does one that nobody answers.
    await nav(page, /^Inbox/).click();
    await questions(page).first().getByRole("link", { name: "lead-router" }).click();
    await button(page, "Cancel run").click();
    await agree(page, "Cancel run");
    await expect(runStatus(page)).toHaveText("Cancelled");
    await expect.poll(() => badge(page)).toBe(58);
    await page.getByRole("link", { name: "Routed" }).click();
    await tab(page, "Simulate");
    await button(page, "Run to end").click();
    await expect(status(page)).toHaveText("Completed", { timeout: LONG });
    await expect.poll(() => leadWords(page)).toMatch(/1 converted · 59 dropped/);
    await expect.poll(() => badge(page)).toBe(0);

    await nav(page, "Runs").click();
    const rows = page.locator("tbody tr");
    await expect(rows).toHaveCount(50);
    await button(page, "Load more").click();
    await expect(rows).toHaveCount(60);
    assert.equal(await button(page, "Load more").isVisible(), false);
    for (const [words, count] of [["Failed", 50], ["Cancelled", 1], ["Completed", 1], ["Waits for a person", 0]]) {
      await select(page, "Status", words);
      await expect(rows).toHaveCount(count);
    }
    await page.getByText("No run fits these filters.").waitFor();
  });
});

test("a reload while a run is paused loses nothing", async ({ page, open }) => {
  await exampleRouter(page, open);
  await start(page, "Keep me");
  const before = await answer(page);
  await saved(page);
  await page.reload();
  await expect.poll(() => badge(page)).toBe(1);
  assert.deepEqual(await answer(page), before);
  await region(page, "What it waits for").getByRole("button", { name: "reject" }).click();
  await expect(runStatus(page)).toHaveText("Completed");
  await saved(page);
  await page.reload();
  await expect(runStatus(page)).toHaveText("Completed");
  assert.equal((await answer(page)).output.result, "reject");
});

test("of two tabs that answer, the second is refused in words", async ({ page, open, newPage }) => {
  await exampleRouter(page, open);
  await start(page, "Who is faster");
  await nav(page, /^Inbox/).click();
  const other = await newPage();
  await open("/inbox", other);
  // Somebody is about to answer here …
  const late = asked(other, QUESTION).getByRole("button", { name: "reject" });
  await late.focus();
  // … when somebody else does there.
  await asked(page, QUESTION).getByRole("button", { name: "approve" }).click();
  await toast(page, "it is completed").waitFor();
  const item = asked(other, QUESTION);
  await item.getByRole("alert").getByText("Somebody else has answered this already; the run is completed.").waitFor();
  await late.press("Enter");
  await item.getByRole("alert").getByText("The run is completed and waits for nobody: that is final.").waitFor();
  await item.getByRole("button", { name: "Dismiss" }).click();
  await other.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
  for (const one of [page, other]) await expect.poll(() => badge(one)).toBe(0);
});

test("a form made of the answer's schema is filled in by keyboard alone", async ({ page, open, newPage }) => {
  await open("/agents");
  await button(page, "New agent").click();
  await dialog(page, "New agent").getByLabel("Name").fill("asker");
  await button(page, "Save and add steps").click();
  await page.getByRole("group", { name: "Add a step" }).getByRole("button", { name: "Ask a person" }).click();
  const form = step(page, /^approval/);
  await select(form, "What is asked for", "Input: something to type in");
  await form.getByLabel("Message").fill("How many seats?");
  await form.getByLabel("Assignee").fill("sam@example.com");
  for (const [n, name, kind] of [[1, "seats", "Number"], [2, "plan", "Choice"], [3, "note", "Text"]]) {
    await form.getByRole("button", { name: "Add field" }).click();
    await form.getByLabel(`Name of field ${n}`, { exact: true }).fill(name);
    await select(form, `Type of field ${n}`, kind);
  }
  await form.getByLabel("Choices of field 2").fill("basic, pro");
  await form.getByRole("group", { name: "Field 3" }).getByLabel("Required").uncheck();
  await form.getByLabel("Waits at most", { exact: true }).fill("2");
  await button(page, "Save agent").click();
  await page.getByText("Everything is saved.").waitFor();
  await button(page, "Start a run").click();
  await dialog(page, "Start a run").getByRole("button", { name: "Start run" }).click();
  await page.getByRole("heading", { name: "Run of asker" }).waitFor();

  // From here on no pointer: to the inbox, to the form, past a mistake, to the answer.
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  const until = async (key, wanted) => {
    for (let presses = 0; presses < 80; presses += 1) {
      if (wanted.test(await focused())) return;
      await page.keyboard.press(key);
    }
    assert.fail(`the focus never came to ${wanted}`);
  };
  await page.keyboard.press("Control+Home");
  await page.evaluate(() => document.activeElement?.blur());
  await until("Tab", /^1?Inbox/);
  await page.keyboard.press("Enter");
  const item = asked(page, "How many seats?").first();
  await item.waitFor();
  assert.match(await item.innerText(), /sam@example\.com[\s\S]*in 2 h/);
  await until("Tab", /^asker$/);
  await page.keyboard.press("Tab");
  await page.keyboard.type("many");
  // Another question comes in meanwhile: what was typed stays.
  const other = await newPage();
  await open("/agents", other);
  await button(other, "Start a run of asker").click();
  await dialog(other, "Start a run").getByRole("button", { name: "Start run" }).click();
  await expect(questions(page)).toHaveCount(2);
  assert.equal(await page.evaluate(() => document.activeElement.value), "many");
  await until("Tab", /^Answer$/);
  await page.keyboard.press("Enter");
  await item.getByText("It must be a number.").waitFor();
  await item.getByText("It is needed.").waitFor();
  // The first mistake has the focus.
  await expect.poll(() => page.evaluate(() => document.activeElement.value)).toBe("many");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("12");
  await page.keyboard.press("Tab");
  await page.keyboard.press("p");
  await until("Tab", /^Answer$/);
  await page.keyboard.press("Enter");
  await toast(page, "Answered to asker: it is completed.").waitFor();
  await expect(questions(page)).toHaveCount(1);
  await expect.poll(focused).toBe("How many seats?");

  await nav(page, "Runs").click();
  await select(page, "Status", "Completed");
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.getByRole("link", { name: /^Run of asker/ }).click();
  assert.deepEqual((await answer(page)).output.result, { plan: "pro", seats: 12 });
});

test("changes of an agent's steps survive a reload before they are saved", async ({ page, open }) => {
  await exampleRouter(page, open);
  await page.getByRole("button", { name: /^2? ?approval/ }).click();
  await step(page, /^approval/).getByLabel("Message").fill("Send them a postcard?");
  await page.reload();
  await page.getByText("What you had changed and not saved is back.").waitFor();
  await page.getByText("Send them a postcard?").waitFor();
  await button(page, "Discard changes").click();
  await page.getByText("Everything is saved.").waitFor();
  await page.getByText("Route to {{ steps.classify.output.category }} sales team?").waitFor();
});
