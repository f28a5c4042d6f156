import type { Advanced, Change } from "./api.js";

// Every type of the API, from its OpenAPI document: `Workflow`, `Lead`, `CallLog`, …, and `paths`,
// which typed clients want.
export type * from "./api.js";

/** What a {@link Leadline} begins with. */
export interface Options {
  /**
   * What ids and chance come from: a whole number, 1 by default. The same seed and the same requests
   * give the same answers to the byte, wherever they run.
   */
  seed?: number;
  /** The time at the beginning, 2 March 2026, 09:00 UTC by default. */
  now?: string | Date;
  /**
   * Who says how calls end: the simulated world, from each node's `config.simulation` (the default),
   * or whoever posts to `/v1/call-logs/{id}/status`. Webhooks are answered by the simulated world.
   */
  calls?: "simulated" | "manual";
  /** Tick only at multiples of so many milliseconds, as a live server does. */
  tick_ms?: number;
  /** The key that a request without one is sent with. By default it is answered 401. */
  key?: string;
  /**
   * The keys there are, each with the seed of its organization. By default there is one organization,
   * and every key is its key.
   */
  organizations?: Record<string, number>;
}

/** Something that was refused. */
export declare class LeadlineError extends globalThis.Error {
  /**
   * A stable code for programs: one of the API's, or `invalid_option`, `invalid_request`,
   * `invalid_snapshot`, `not_started`, `closed`, `fault`.
   */
  readonly code: string;
  /** The HTTP status, when it was the API that refused. */
  readonly status?: number;
}

/**
 * Leadline in memory: the engine, the simulated world, a simulated clock and the REST API.
 *
 * Where there are several `organizations`, what is not asked through {@link Leadline.fetch} is about
 * the one of `key`, or of the first key.
 */
export declare class Leadline {
  /** @throws {LeadlineError} `invalid_option` */
  constructor(options?: Options);

  /**
   * The Leadline whose {@link Leadline.snapshot} this is. Another life of its data begins, which
   * `Leadline-Epoch` names in every answer. Cursors of changes from before are answered 410.
   *
   * @throws {LeadlineError} `invalid_snapshot`
   */
  static restore(snapshot: Uint8Array): Leadline;

  /**
   * Answers a request as a server would, `Request` in and `Response` out. Only the path and the query
   * of an address count, and a relative one will do. Requests take effect in the order in which they
   * are sent. An answer of `GET /v1/changes` with `Accept: text/event-stream` goes on until it is
   * cancelled, aborted, or the Leadline is closed.
   *
   * It uses `this`: pass it on as `(request) => leadline.fetch(request)`.
   */
  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response>;

  /** Does what is due next, at its time; nothing when nothing is due. */
  tick(): Advanced;

  /**
   * Lets time pass, by milliseconds (a year at most) or until an instant, and does everything due on
   * the way.
   *
   * @throws {LeadlineError} `invalid`, `time_went_back`
   */
  advance(how: { by_ms: number } | { to: string | Date }): Advanced;

  /** The time, as the API writes it. */
  readonly now: string;

  /** When something is due next; `undefined` when nothing is. */
  readonly nextDue: string | undefined;

  /** 32 hexadecimal digits over everything that happened: equal digests mean equal histories. */
  readonly digest: string;

  /** Everything as bytes, for {@link Leadline.restore}. */
  snapshot(): Uint8Array;

  /**
   * What changes from now on, or from a cursor on, until it is left or the Leadline is closed.
   *
   * @param from `after`: the cursor of a change
   * @throws {LeadlineError} `cursor_too_old` when it is read, where changes so old are not kept
   */
  events(from?: { after?: string }): AsyncIterableIterator<Change>;

  /** The OpenAPI document. */
  openapi(): OpenApi;

  /** Gives the memory back and ends streams and events. Nothing can be asked afterwards. */
  close(): void;
}

/** An OpenAPI 3.1 document. */
export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; [key: string]: unknown };
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, unknown>; [key: string]: unknown };
  [key: string]: unknown;
}
