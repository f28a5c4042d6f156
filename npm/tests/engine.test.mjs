// The class, in Node.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Leadline, LeadlineError } from "@leadline/engine";
import * as inline from "@leadline/engine/inline";
import { ask, campaign } from "./sample.mjs";

const HOUR = 3_600_000;

/** The error that something throws, which has to be ours. */
function refusal(work) {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof LeadlineError && error instanceof Error, `${error}`);
    assert.equal(error.name, "LeadlineError");
    assert.ok(error.message.length > 5);
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("fetch takes what the standard one takes", async () => {
  const leadline = new Leadline({ key: "k" });
  const body = JSON.stringify({ title: "T" });
  const made = [
    await leadline.fetch("/v1/workflows", { method: "POST", body }),
    await leadline.fetch("v1/workflows", { method: "post", body }),
    await leadline.fetch(new URL("https://api.example.com/v1/workflows?x#y"), { method: "POST", body }),
    await leadline.fetch(new Request("https://api.example.com/v1/workflows", { method: "POST", body })),
    await leadline.fetch(new Request("https://api.example.com/v1/workflows", { body, method: "PUT" }), {
      method: "POST",
    }),
    await leadline.fetch("/v1/workflows", {
      method: "POST",
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(body));
          controller.close();
        },
      }),
      duplex: "half",
    }),
  ];
  for (const response of made) {
    assert.ok(response instanceof Response);
    assert.deepEqual([response.status, response.statusText], [201, "Created"]);
    assert.equal(response.headers.get("content-type"), "application/json");
    const workflow = await response.json();
    assert.equal(workflow.title, "T");
    assert.equal(response.headers.get("location"), `/v1/workflows/${workflow.id}`);
  }
  assert.equal((await leadline.fetch("/v1/workflows", { method: "HEAD" })).status, 200);
  assert.equal((await leadline.fetch("/v1/workflows", { method: "OPTIONS" })).status, 405);
  assert.equal((await leadline.fetch("/elsewhere")).status, 404);
  await assert.rejects(leadline.fetch("/v1/workflows", { method: "G T" }), TypeError);
});

test("a list of leads is uploaded as a form", async () => {
  const leadline = new Leadline({ key: "k" });
  const { id } = await ask(leadline, "POST", "/v1/workflows", { title: "T" });
  const form = new FormData();
  form.append("file", new Blob(["phone_number,first_name\n+14155550101,Ann\n"]), "leads.csv");
  const response = await leadline.fetch(`/v1/workflows/${id}/leads`, { method: "POST", body: form });
  assert.equal((await response.json()).leads_enrolled, 1);
});

test("a request needs a key, unless the Leadline has one", async () => {
  const status = async (leadline, headers) => (await leadline.fetch("/v1/account", { headers })).status;
  const key = (key) => ({ authorization: `Bearer ${key}` });
  const open = new Leadline();
  assert.equal(await status(open), 401);
  assert.equal(await status(open, key("any")), 200);
  const keyed = new Leadline({ key: "k" });
  assert.equal(await status(keyed), 200);
  const two = new Leadline({ organizations: { a: 1, b: 2 }, key: "b" });
  assert.equal(await status(two), 200);
  assert.equal(await status(two, key("a")), 200);
  assert.equal(await status(two, key("c")), 401);
  const made = await ask(two, "POST", "/v1/workflows", { title: "T" });
  const seen = (headers) => two.fetch(`/v1/workflows/${made.id}`, { headers });
  assert.equal((await seen(key("b"))).status, 200);
  assert.equal((await seen(key("a"))).status, 404);
});

test("the same seed and the same requests give the same bytes", async () => {
  const run = async (seed) => {
    const leadline = new Leadline({ seed, key: "k" });
    const path = await campaign(leadline);
    leadline.advance({ by_ms: 48 * HOUR });
    const history = await (await leadline.fetch(`${path}/leads?limit=100`)).text();
    return [leadline.digest, history, Buffer.from(leadline.snapshot()).toString("base64")];
  };
  const first = await run(7);
  assert.deepEqual(await run(7), first);
  assert.notEqual((await run(8))[0], first[0]);
});

test("time passes by milliseconds, to an instant, and tick by tick", async () => {
  const walk = new Leadline({ key: "k", now: new Date("2026-07-01T10:00:00Z") });
  assert.equal(walk.now, "2026-07-01T10:00:00.000Z");
  assert.equal(walk.nextDue, undefined);
  assert.deepEqual(walk.tick(), { now: walk.now, ticks: 0, events: 0, done: true });
  await campaign(walk);
  const leap = Leadline.restore(walk.snapshot());
  let ticks = 0;
  let events = 0;
  while (walk.nextDue !== undefined) {
    const due = walk.nextDue;
    const done = walk.tick();
    assert.equal(done.now, due);
    ticks += done.ticks;
    events += done.events;
  }
  const end = leap.advance({ to: walk.now });
  assert.deepEqual(end, { now: walk.now, ticks, events, done: true });
  assert.ok(ticks > 2 && events > 20);
  assert.equal(leap.digest, walk.digest);
  assert.equal(leap.advance({ by_ms: HOUR }).ticks, 0);
  assert.equal(leap.advance({ to: new Date("2026-08-01T00:00:00Z") }).now, "2026-08-01T00:00:00.000Z");
  assert.equal(new Date(leap.now).getTime(), Date.UTC(2026, 7, 1));
});

test("a grid of ticks is kept to", async () => {
  const leadline = new Leadline({ key: "k", tick_ms: 60_000, now: "2026-03-02T09:00:30Z" });
  await campaign(leadline);
  const { now, ticks } = leadline.tick();
  assert.deepEqual({ now, ticks }, { now: "2026-03-02T09:01:00.000Z", ticks: 1 });
});

test("people answer the calls when they are to", async () => {
  const leadline = new Leadline({ key: "k", calls: "manual" });
  const path = await campaign(leadline, 1);
  leadline.tick();
  const [call] = (await ask(leadline, "GET", "/v1/call-logs")).data;
  assert.equal(call.status, "created");
  await ask(leadline, "POST", `/v1/call-logs/${call.id}/status`, { status: "completed" });
  leadline.tick();
  assert.equal((await ask(leadline, "GET", path)).status, "completed");
});

test("a snapshot goes on elsewhere, and the first goes its own way", async () => {
  const first = new Leadline({ seed: 7, key: "k" });
  const path = await campaign(first);
  first.advance({ by_ms: HOUR / 2 });
  const kept = first.snapshot();
  assert.ok(kept instanceof Uint8Array);
  const second = Leadline.restore(kept);
  assert.equal(second.digest, first.digest);
  assert.deepEqual(second.advance({ by_ms: 24 * HOUR }), first.advance({ by_ms: 24 * HOUR }));
  assert.equal(second.digest, first.digest);
  await ask(first, "DELETE", path);
  assert.equal((await ask(second, "GET", path)).status, "completed");
  const torn = kept.slice();
  torn[torn.length - 1] ^= 1;
  assert.equal(refusal(() => Leadline.restore(torn)).code, "invalid_snapshot");
  assert.equal(refusal(() => Leadline.restore(new Uint8Array())).code, "invalid_snapshot");
});

test("what is refused says why, with a code", async () => {
  const wrong = [
    { seed: -1 },
    { seed: 0.5 },
    { seed: 1n },
    { seeds: 1 },
    { calls: "http" },
    { now: "soon" },
    { now: new Date("soon") },
    { key: "a b" },
  ];
  for (const options of wrong) {
    assert.equal(refusal(() => new Leadline(options)).code, "invalid_option", Object.keys(options)[0]);
  }
  assert.equal(refusal(() => new Leadline({ organizations: {} })).code, "invalid_option");
  const leadline = new Leadline();
  const back = refusal(() => leadline.advance({ to: "2020-01-01T00:00:00Z" }));
  assert.deepEqual([back.code, back.status], ["time_went_back", 400]);
  assert.equal(refusal(() => leadline.advance({ by_ms: -1 })).code, "invalid");
  assert.equal(refusal(() => leadline.advance({})).code, "invalid");
  assert.equal(refusal(() => leadline.advance({ to: new Date("soon") })).code, "invalid");
  assert.equal(refusal(() => leadline.advance({ by_ms: 1n })).code, "invalid");
});

test("what is no number is refused wherever a number is asked for", () => {
  const leadline = new Leadline();
  for (const odd of [NaN, Infinity, -Infinity, 1.5, "7", 7n, null, {}, true]) {
    const said = `${typeof odd} ${odd}`;
    if (odd !== null) {
      // Of what may be absent, null is as good as nothing.
      assert.equal(refusal(() => new Leadline({ seed: odd })).code, "invalid_option", said);
      assert.equal(refusal(() => new Leadline({ tick_ms: odd })).code, "invalid_option", said);
      assert.equal(refusal(() => leadline.advance({ by_ms: odd })).code, "invalid", said);
    }
    assert.equal(refusal(() => new Leadline({ organizations: { a: odd } })).code, "invalid_option", said);
  }
});

test("requests take effect in the order in which they are sent", async () => {
  const leadline = new Leadline({ key: "k" });
  let open;
  const slow = new ReadableStream({
    async start(controller) {
      await new Promise((resolve) => (open = resolve));
      controller.enqueue(new TextEncoder().encode('{"title": "First"}'));
      controller.close();
    },
  });
  const first = leadline.fetch("/v1/workflows", { method: "POST", body: slow, duplex: "half" });
  const second = leadline.fetch("/v1/workflows", { method: "POST", body: '{"title": "Second"}' });
  const list = leadline.fetch("/v1/workflows?sort=title");
  open();
  const { data } = await (await list).json();
  assert.deepEqual(
    data.map((workflow) => workflow.title),
    ["First", "Second"],
  );
  assert.deepEqual([(await first).status, (await second).status], [201, 201]);
});

test("an aborted request changes nothing and holds nobody up", async () => {
  const leadline = new Leadline({ key: "k" });
  const abort = new AbortController();
  const never = new ReadableStream({});
  const stalled = leadline.fetch("/v1/workflows", {
    method: "POST",
    body: never,
    duplex: "half",
    signal: abort.signal,
  });
  const next = leadline.fetch("/v1/workflows");
  const reason = new Error("enough");
  abort.abort(reason);
  await assert.rejects(stalled, reason);
  assert.equal((await (await next).json()).meta.total, 0);
  await assert.rejects(leadline.fetch("/v1/workflows", { signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("the document is the one that is packed", async () => {
  const leadline = new Leadline();
  const packed = createRequire(import.meta.url)("@leadline/engine/openapi.json");
  assert.deepEqual(leadline.openapi(), packed);
  assert.deepEqual(await (await leadline.fetch("/openapi.json")).json(), packed);
  const prose = await leadline.fetch("/llms.txt");
  assert.match(prose.headers.get("content-type"), /^text\/plain/);
  const text = await prose.text();
  assert.equal(text, readFileSync(fileURLToPath(import.meta.resolve("@leadline/engine/llms.txt")), "utf8"));
  assert.ok(text.includes("`visits.<node id>`"));
});

test("what is closed says so, and closing twice is no fault", async () => {
  const leadline = new Leadline({ key: "k" });
  leadline.close();
  leadline.close();
  for (const work of [
    () => leadline.now,
    () => leadline.digest,
    () => leadline.nextDue,
    () => leadline.tick(),
    () => leadline.advance({ by_ms: 1 }),
    () => leadline.snapshot(),
    () => leadline.events(),
    () => leadline.openapi(),
  ]) {
    assert.equal(refusal(work).code, "closed");
  }
  await assert.rejects(leadline.fetch("/v1/workflows"), { code: "closed" });
});

test("a thousand Leadlines that are closed take no more room than a few", () => {
  const used = () => process.memoryUsage().arrayBuffers + process.memoryUsage().external;
  const some = (count) => {
    for (let n = 0; n < count; n += 1) {
      const leadline = new Leadline({ seed: n });
      leadline.tick();
      leadline.snapshot();
      leadline.close();
    }
  };
  some(20);
  const before = used();
  some(1_000);
  assert.ok(used() - before < 8 << 20, `${used() - before} bytes more`);
});

test("the single file and require give the same class", async () => {
  const one = new inline.Leadline({ seed: 7 });
  assert.equal(one.digest, new Leadline({ seed: 7 }).digest);
  assert.throws(() => new inline.Leadline({ seed: -1 }), { code: "invalid_option" });
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) {
    assert.equal(createRequire(import.meta.url)("@leadline/engine").Leadline, Leadline);
  }
});
