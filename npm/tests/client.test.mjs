// The client of agents and runs, over a Leadline in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Leadline } from "@leadline/engine";
import { Client, ClientError } from "@leadline/engine/client";
import { ask } from "./sample.mjs";

const approval = { name: "approval", type: "approval", options: ["approve", "reject", "escalate"] };
const classify = {
  name: "classify",
  type: "classify",
  otherwise: "other",
  rules: [{ category: "enterprise", all: [{ field: "state.leadId", operator: "exists" }] }],
};
const message = "Route to {{ steps.classify.output.category }} sales team?";
const enrich = { name: "enrich", type: "http", url: "https://example.com/" };

async function client(steps = [classify, { ...approval, message }]) {
  const leadline = new Leadline({ key: "k" });
  await ask(leadline, "POST", "/v1/agents", { name: "lead-router", workflow: { steps } });
  return { leadline, client: new Client({ leadline, key: "k" }) };
}

test("the document's own example runs from start to completed", async () => {
  const { client: leadline } = await client();
  const run = await leadline.agents.workflow("lead-router", {
    input: { task: "Route this lead", state: { leadId: "lead-123" } },
  });
  assert.equal(run.output.status, "paused");
  assert.deepEqual(run.output.pendingAction, {
    step: "approval",
    type: "confirmation",
    message: "Route to enterprise sales team?",
    options: ["approve", "reject", "escalate"],
  });
  const answer = { input: { resume: { step: "approval", input: "approve" } } };
  const result = await leadline.workflowRuns.resume(run.run_id, answer);
  assert.equal(result.output.status, "completed");
  assert.equal(result.output.result, "approve");
  const runs = await leadline.workflowRuns.list();
  assert.deepEqual(runs.data.map((one) => one.run_id), [run.run_id]);
  assert.equal((await leadline.workflowRuns.get(run.run_id)).output.status, "completed");
});

test("a run is cancelled once, and lists are filtered and paged", async () => {
  const { client: leadline } = await client();
  const start = (task) => leadline.agents.workflow("lead-router", { input: { task } });
  const runs = [await start("one"), await start("two"), await start("three")];
  const gone = await leadline.workflowRuns.delete(runs[0].run_id);
  assert.equal(gone.output.status, "cancelled");
  await assert.rejects(leadline.workflowRuns.delete(runs[0].run_id), (error) => {
    assert.ok(error instanceof ClientError);
    assert.deepEqual([error.status, error.code], [409, "run_not_waiting"]);
    return true;
  });
  const paused = await leadline.workflowRuns.list({ status: "paused", agent: "lead-router", limit: 1 });
  assert.deepEqual([paused.data[0].task, paused.hasMore], ["three", true]);
  const next = await leadline.workflowRuns.list({ status: "paused", limit: 1, cursor: paused.cursor });
  assert.deepEqual([next.data[0].task, next.hasMore, next.cursor], ["two", false, null]);
});

test("the same start under one key starts one run", async () => {
  const { client: leadline } = await client();
  const start = () =>
    leadline.agents.workflow("lead-router", { input: { task: "once" } }, { idempotencyKey: "start-1" });
  assert.deepEqual(await start(), await start());
  assert.equal((await leadline.workflowRuns.list()).data.length, 1);
});

test("a streamed run tells its steps as they end", async () => {
  const { leadline, client: over } = await client([classify, enrich, { ...approval, message }]);
  const told = [];
  const body = { input: { task: "t" }, stream: true };
  for await (const { type, data } of over.agents.workflow("lead-router", body)) {
    told.push(type === "step" ? `${data.name} ${data.status}` : data.output.status);
    // The simulated service takes its time.
    if (told.length === 1) leadline.advance({ by_ms: 60_000 });
  }
  assert.deepEqual(told, ["classify completed", "enrich completed", "paused"]);
});

test("refusals say what is wrong, whoever answers", async () => {
  const { client: leadline } = await client();
  await assert.rejects(leadline.workflowRuns.get("wfr_nobody"), { status: 404, code: "unknown_run" });
  await assert.rejects(leadline.agents.workflow("no body", { input: { task: "t" } }), { status: 404 });
  const proxy = new Client({ fetch: async () => new Response("<h1>Bad gateway</h1>", { status: 502 }) });
  await assert.rejects(proxy.workflowRuns.list(), { status: 502, message: "It was answered 502." });
  const nobody = new Client({ fetch: () => Promise.reject(new TypeError("no network")) });
  await assert.rejects(nobody.workflowRuns.list(), { name: "TypeError" });
});
