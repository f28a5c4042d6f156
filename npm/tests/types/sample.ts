// What a user of the types writes. It is type-checked, and it runs.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { Leadline, LeadlineError } from "@leadline/engine";
import type {
  Advanced,
  CallLog,
  Change,
  Condition,
  Definition,
  DefinitionNode,
  Enrolment,
  Json,
  Lead,
  NewWorkflow,
  Options,
  Step,
  Workflow,
  WorkflowPatch,
  WorkflowStatus,
  components,
  operations,
  paths,
} from "@leadline/engine";

const options: Options = { seed: 7, now: new Date("2026-03-02T09:00:00Z"), key: "k" };
const leadline = new Leadline(options);

// A typed client, offline.
const client = createClient<paths>({
  baseUrl: "https://leadline.example",
  fetch: (request) => leadline.fetch(request),
});

const body: NewWorkflow = { title: "Typed" };
const created = await client.POST("/v1/workflows", { body });
assert.equal(created.response.status, 201);
const workflow: Workflow = created.data ?? assert.fail("no workflow");
const status: WorkflowStatus = workflow.status;
assert.equal(status, "draft");

const definition: Definition = {
  title: "Typed",
  nodes: [
    { id: "wait", node_type: "TIME", is_entry: true, config: { delay: { value: 1, unit: "days" } } },
    { id: "won", node_type: "CONVERTED" },
  ],
  edges: [{ id: "e", from_node_id: "wait", to_node_id: "won" }],
};
const path = { params: { path: { workflow_id: workflow.id } } };
const put = await client.PUT("/v1/workflows/{workflow_id}/definition", { ...path, body: definition });
assert.equal(put.error, undefined);

const enrolled = await client.POST("/v1/workflows/{workflow_id}/leads", {
  ...path,
  body: { phone_number: "+14155550101", dynamic_variables: { first_name: "Ann" } },
});
const enrolment: Enrolment = enrolled.data ?? assert.fail("nobody was enrolled");
assert.equal(enrolment.leads_enrolled, 1);

// A node's type says what is in its config.
const nodes = await client.GET("/v1/workflows/{workflow_id}/nodes", path);
for (const node of nodes.data?.data ?? []) {
  if (node.node_type === "TIME") {
    const days: number | undefined = node.config.delay?.value;
    assert.equal(days, 1);
  }
}
const answers: Json = { any: ["thing", 1, null] };
assert.ok(answers);

// What one list answers is what the next asks with.
const newest = await client.GET("/v1/workflows/{workflow_id}/events", {
  params: { path: { workflow_id: workflow.id }, query: { limit: 1 } },
});
const cursor = newest.data?.cursor ?? undefined;
const older = await client.GET("/v1/workflows/{workflow_id}/events", {
  params: { path: { workflow_id: workflow.id }, query: cursor ? { limit: 1, cursor } : { limit: 1 } },
});
assert.equal(older.error, undefined);

const active = await client.POST("/v1/workflows/{workflow_id}/activate", path);
assert.equal(active.data?.status, "active");

const advanced: Advanced = leadline.advance({ by_ms: 24 * 3_600_000 });
assert.ok(advanced.ticks > 0);
const list = await client.GET("/v1/workflows/{workflow_id}/leads", {
  params: { path: { workflow_id: workflow.id }, query: { status: "completed" } },
});
const leads: Lead[] = list.data?.data ?? [];
assert.equal(leads[0]?.phone_number, "+14155550101");

const missing = await client.GET("/v1/workflows/{workflow_id}", {
  params: { path: { workflow_id: "wfl_none" } },
});
assert.equal(missing.error?.code, "unknown_workflow");
const told: string | string[] | undefined = missing.error?.message;
assert.ok(told);

const calls = await client.GET("/v1/call-logs");
const logs: CallLog[] = calls.data?.data ?? [];
assert.equal(logs.length, 0);

const events = leadline.events();
await client.POST("/v1/agents", { body: { name: "sales" } });
for await (const event of events) {
  const change: Change = event;
  assert.equal(change.type, "agent.updated");
  break;
}

try {
  leadline.advance({ to: "2020-01-01T00:00:00Z" });
  assert.fail("time went back");
} catch (error) {
  if (!(error instanceof LeadlineError)) throw error;
  const code: string = error.code;
  const answered: number | undefined = error.status;
  assert.deepEqual([code, answered], ["time_went_back", 400]);
}

const copy: Leadline = Leadline.restore(leadline.snapshot());
assert.equal(copy.digest, leadline.digest);
type Create = operations["createWorkflow"]["requestBody"]["content"]["application/json"];
const same: Create = body;
const schema: components["schemas"]["NewWorkflow"] = same;
assert.equal(schema.title, "Typed");
copy.close();

// What is wrong is found while it is written.
export function neverRun() {
  // @ts-expect-error: a title is needed
  void client.POST("/v1/workflows", { body: {} });
  // @ts-expect-error: there is no such path
  void client.GET("/v1/nothing");
  // @ts-expect-error: there is no such status
  const odd: WorkflowStatus = "started";
  // @ts-expect-error: there is no such option
  const other = new Leadline({ seeds: 1 });
  // @ts-expect-error: one of the two is needed
  leadline.advance({});
  // @ts-expect-error: a delay has a unit
  const node: DefinitionNode = { id: "n", node_type: "TIME", config: { delay: { value: 1 } } };
  // @ts-expect-error: it is a text
  const time: Date = leadline.now;
  // @ts-expect-error: a key of a config is misspelled
  const spelled: DefinitionNode = { id: "n", node_type: "TIME", config: { dleay: { value: 1, unit: "days" } } };
  // @ts-expect-error: a delay calls nobody
  const calls: DefinitionNode = { id: "n", node_type: "TIME", config: { agent_id: "agt_x" } };
  // @ts-expect-error: a key of a change is misspelled
  const patch: WorkflowPatch = { titel: "Typed" };
  // @ts-expect-error: of neither kind of step
  const step: Step = { name: "s", type: "set", message: "?" };
  // @ts-expect-error: it has no such field
  const rule: Condition = { field: "lead.score", operator: "equals", valeu: 1 };
  if (nodes.data?.data[0]?.node_type === "TIME") {
    // @ts-expect-error: a delay has no agent
    void nodes.data.data[0].config.agent_id;
  }
  return [odd, other, node, time, spelled, calls, patch, step, rule];
}
