// The class of the package, over what wasm-bindgen makes of crates/wasm/src/boundary.rs. Which file
// loads the wasm, and how, is the business of index.js, node.js, inline.js and init.js.

import { Home } from "./engine.js";
import { Events } from "./events.js";
import { isReady } from "./start.js";

/** Something refused: `code` is for programs, `status` is there when the API refused it. */
export class LeadlineError extends Error {
  constructor(message, { code, status, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "LeadlineError";
    this.code = code;
    this.status = status;
  }
}

/** What comes from Rust has a code, or is a fault. */
function guarded(work) {
  if (!isReady()) {
    throw new LeadlineError("There is no engine yet: await init(…) first.", { code: "not_started" });
  }
  try {
    return work();
  } catch (cause) {
    throw new LeadlineError(cause.message, { code: cause.code ?? "fault", cause });
  }
}

// Only the path of an address counts.
const ORIGIN = "http://localhost/";

/** A time as the API writes it; one that is none is left for Rust to refuse. */
function text(time) {
  if (!(time instanceof Date)) return time;
  return Number.isNaN(time.getTime()) ? `${time}` : time.toISOString();
}

/** JSON knows no such numbers, and makes nothing of some; as texts, Rust says that it wants another. */
function plain(_, value) {
  const known = typeof value === "number" ? Number.isFinite(value) : typeof value !== "bigint";
  return known ? value : `${value}`;
}

const ignore = () => {};

/** Rejects when the signal says so, and does nothing else. */
function aborted(signal) {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

export class Leadline {
  #home;
  /** Whoever waits for a change. */
  #waiting = new Set();
  /** The answer to the request sent last. */
  #last = Promise.resolve();

  constructor(options = {}) {
    if (options instanceof Home) {
      this.#home = options;
      return;
    }
    const { now, organizations, ...others } = options;
    const all = { ...others, now: text(now), organizations: organizations && Object.entries(organizations) };
    const json = JSON.stringify(all, plain);
    this.#home = guarded(() => new Home(json));
  }

  static restore(bytes) {
    return new Leadline(guarded(() => Home.restore(bytes)));
  }

  get #open() {
    if (this.#home) return this.#home;
    throw new LeadlineError("This Leadline is closed.", { code: "closed" });
  }

  async fetch(input, init) {
    const address = input instanceof Request ? input : new URL(input, ORIGIN);
    const request = new Request(address, init);
    const { pathname, search } = new URL(request.url);
    const headers = [...request.headers];
    const { method, signal } = request;
    // Requests take effect in the order in which they were sent, however long their bodies take.
    const body = Promise.race([request.arrayBuffer(), aborted(signal)]);
    const before = this.#last;
    const answer = before.then(async () => {
      const bytes = new Uint8Array(await body);
      signal.throwIfAborted();
      return this.#respond(method, pathname + search, headers, bytes, signal);
    });
    this.#last = answer.then(ignore, ignore);
    body.catch(ignore);
    return answer;
  }

  tick() {
    const { now, nextDue } = this.#open;
    if (nextDue === undefined) return { done: true, events: 0, now, ticks: 0 };
    return this.advance({ to: nextDue > now ? nextDue : now });
  }

  advance({ by_ms, to }) {
    const ask = (how) => this.#ask("POST", "/v1/simulation/advance", how);
    const begun = this.#open.now;
    let { events, ticks, ...reached } = ask({ by_ms, to: text(to) });
    // One request does a bounded amount of work; here nobody else is held up by the rest.
    const end = text(to) ?? new Date(Date.parse(begun) + by_ms).toISOString();
    while (!reached.done) {
      const more = ask({ to: end });
      events += more.events;
      ticks += more.ticks;
      reached = { now: more.now, done: more.done };
    }
    return { done: true, events, now: reached.now, ticks };
  }

  get now() {
    return this.#open.now;
  }

  get nextDue() {
    return this.#open.nextDue;
  }

  get digest() {
    return this.#open.digest;
  }

  snapshot() {
    const home = this.#open;
    return guarded(() => home.snapshot());
  }

  events({ after } = {}) {
    return new Events(after ?? this.#open.latestChange, {
      read: (cursor) => this.#home && this.#ask("GET", `/v1/changes?limit=100&after=${cursor}`),
      changed: () => this.#changed(),
    });
  }

  openapi() {
    return this.#ask("GET", "/openapi.json");
  }

  close() {
    this.#home?.free();
    this.#home = undefined;
    this.#wake();
  }

  #send(method, target, headers, body) {
    const home = this.#open;
    const answer = guarded(() => home.send(method, target, headers, body));
    if (method !== "GET" && method !== "HEAD") this.#wake();
    return answer;
  }

  /** Asks on behalf of the own organization; a refusal is thrown. */
  #ask(method, target, body) {
    const headers = [["authorization", `Bearer ${this.#open.key}`]];
    const bytes = new TextEncoder().encode(body === undefined ? "" : JSON.stringify(body, plain));
    const answer = this.#send(method, target, headers, bytes);
    const { status } = answer;
    const answered = JSON.parse(new TextDecoder().decode(answer.body()));
    answer.free();
    if (status < 300) return answered;
    const { message, code } = answered;
    throw new LeadlineError([message].flat().join(" "), { code, status });
  }

  #respond(method, target, headers, body, signal) {
    const answer = this.#send(method, target, headers, body);
    const { status, reason: statusText } = answer;
    const stream = answer.stream();
    const bytes = answer.body();
    const content = stream ? this.#readable(stream, signal) : bytes.length > 0 ? bytes : null;
    const response = new Response(content, { status, statusText, headers: answer.headers });
    answer.free();
    return response;
  }

  #readable(stream, signal) {
    let over = false;
    const end = () => {
      if (!over) stream.free();
      over = true;
    };
    return new ReadableStream({
      start: (controller) => {
        aborted(signal).catch((reason) => {
          if (!over) controller.error(reason);
          end();
        });
      },
      pull: async (controller) => {
        while (!over) {
          const chunk = this.#home ? stream.read() : null;
          if (chunk) return controller.enqueue(chunk);
          if (chunk === null) {
            end();
            return controller.close();
          }
          await this.#changed();
        }
      },
      cancel: end,
    });
  }

  #changed() {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake() {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
