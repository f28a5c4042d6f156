// What changes: as an async iterable and as server-sent events.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Leadline } from "@leadline/engine";
import { ask, campaign } from "./sample.mjs";

const HOUR = 3_600_000;
const agent = (leadline, name) => ask(leadline, "POST", "/v1/agents", { name });

test("events come as they happen, in order, from the call on", async () => {
  const leadline = new Leadline({ key: "k" });
  await agent(leadline, "before");
  const events = leadline.events();
  const waiting = [events.next(), events.next()];
  const one = await agent(leadline, "one");
  await agent(leadline, "two");
  const [first, second] = (await Promise.all(waiting)).map(({ value }) => value);
  assert.deepEqual([first.type, first.id, first.at], ["agent.updated", one.id, leadline.now]);
  assert.ok(BigInt(second.cursor) > BigInt(first.cursor));
  await agent(leadline, "three");
  assert.equal((await events.next()).done, false);
});

test("a loop over events ends when it is left, and another goes on from a cursor", async () => {
  const leadline = new Leadline({ key: "k" });
  const events = leadline.events();
  await campaign(leadline);
  const seen = [];
  for await (const event of events) {
    seen.push(event);
    if (event.type === "workflow.status") break;
  }
  assert.equal(seen.at(-1).type, "workflow.status");
  assert.deepEqual(await events.next(), { done: true, value: undefined });
  const again = [];
  for await (const event of leadline.events({ after: seen[0].cursor })) {
    again.push(event);
    if (again.length === seen.length - 1) break;
  }
  assert.deepEqual(again, seen.slice(1));
});

test("more events than are read at once all come", async () => {
  const leadline = new Leadline({ key: "k" });
  const events = leadline.events();
  for (let n = 0; n < 250; n += 1) await agent(leadline, `agent-${n}`);
  const cursors = new Set();
  for (let n = 0; n < 250; n += 1) cursors.add((await events.next()).value.cursor);
  assert.equal(cursors.size, 250);
});

test("advancing tells how far workflows came", async () => {
  const leadline = new Leadline({ key: "k" });
  const path = await campaign(leadline);
  const events = leadline.events();
  leadline.advance({ by_ms: 1 });
  assert.equal((await events.next()).value.type, "workflow.progress");
  leadline.advance({ by_ms: 72 * HOUR });
  const { value } = await events.next();
  assert.equal(value.type, "workflow.status");
  assert.equal(`/v1/workflows/${value.workflow_id}`, path);
});

test("whoever waits for events is told when there will be no more", async () => {
  const leadline = new Leadline({ key: "k" });
  const events = leadline.events();
  const waiting = [events.next(), events.next()];
  assert.deepEqual(await events.return(), { done: true, value: undefined });
  for (const next of waiting) assert.equal((await next).done, true);

  const others = leadline.events();
  const next = others.next();
  leadline.close();
  assert.equal((await next).done, true);
  assert.equal((await others.next()).done, true);
});

test("a cursor that is too old is refused where it is read", async () => {
  const leadline = new Leadline({ key: "k" });
  const events = leadline.events({ after: "0" });
  await assert.rejects(events.next(), { code: "cursor_too_old", status: 410 });
  assert.equal((await events.next()).done, true);
});

test("a cursor leads on after a restore", async () => {
  const leadline = new Leadline({ key: "k" });
  const { cursor } = await ask(leadline, "GET", "/v1/changes");
  await agent(leadline, "one");
  const restored = Leadline.restore(leadline.snapshot());
  const { value } = await restored.events({ after: cursor }).next();
  assert.equal(value.type, "agent.updated");
});

/** A stream of server-sent events, as texts. */
async function stream(leadline, init) {
  const response = await leadline.fetch("/v1/changes", {
    ...init,
    headers: { accept: "text/event-stream" },
  });
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  return response.body.pipeThrough(new TextDecoderStream()).getReader();
}

test("server-sent events stream until the Leadline is closed", async () => {
  const leadline = new Leadline({ key: "k" });
  const reader = await stream(leadline);
  const first = reader.read();
  const { id } = await agent(leadline, "one");
  const { value } = await first;
  const [, cursor, data] = value.match(/^id: (\d+)\nevent: change\ndata: (.*)\n\n$/);
  assert.deepEqual([JSON.parse(data).id, JSON.parse(data).cursor], [id, cursor]);
  const next = reader.read();
  leadline.close();
  assert.equal((await next).done, true);
});

test("a stream can be cancelled and aborted, and others go on", async () => {
  const leadline = new Leadline({ key: "k" });
  const abort = new AbortController();
  const [cancelled, aborted, third] = [
    await stream(leadline),
    await stream(leadline, { signal: abort.signal }),
    await stream(leadline),
  ];
  await cancelled.cancel();
  const reading = aborted.read();
  abort.abort(new Error("enough"));
  await assert.rejects(reading, { message: "enough" });
  await agent(leadline, "one");
  assert.match((await third.read()).value, /agent\.updated/);
});
