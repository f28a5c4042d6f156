import type { Finding, Run, RunAnswer, RunResume, Runs, RunStart, RunStatus, StepResult } from "./api.js";

export type { Run, RunAnswer, RunResume, Runs, RunStart, RunStatus, StepResult };

/** Where the requests of a {@link Client} go. */
export interface ClientOptions {
  /** The address of a server, such as `https://leadline.example.com`. */
  address?: string;
  /** The key that requests carry. */
  key?: string;
  /** What sends them; the global `fetch` by default. */
  fetch?: (request: Request) => Promise<Response>;
  /** A Leadline in memory that answers them instead of a server. */
  leadline?: { fetch(request: Request): Promise<Response> };
}

/** What can be said of one request. */
export interface RequestOptions {
  /** Sent again with the same key, a request takes effect once. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** What a streamed run tells: each step as it ends, then the whole once it is paused or over. */
export type RunEvent = { type: "step"; data: StepResult } | { type: "run"; data: RunAnswer };

/** Which runs are listed. */
export interface RunQuery {
  status?: RunStatus;
  /** The name of an agent. */
  agent?: string;
  /** At most 100; 20 by default. */
  limit?: number;
  /** What the list before answered. */
  cursor?: string;
}

/** A request that was refused. */
export declare class ClientError extends Error {
  /** The HTTP status. */
  readonly status: number;
  /** A stable code for programs, where the API answered. */
  readonly code?: string;
  readonly findings: Finding[];
}

/**
 * Agents and their runs, on a server or in memory.
 *
 * Every method rejects with a {@link ClientError} when it is refused, and with what `fetch` throws when
 * nobody answers.
 */
export declare class Client {
  constructor(options?: ClientOptions);

  readonly agents: {
    /** Starts a run: its answer so far, or its steps one by one with `stream`. */
    workflow(name: string, body: RunStart & { stream: true }, options?: RequestOptions): AsyncGenerator<RunEvent>;
    workflow(name: string, body: RunStart & { stream?: false }, options?: RequestOptions): Promise<RunAnswer>;
  };

  readonly workflowRuns: {
    /** Runs, newest first. */
    list(query?: RunQuery, options?: RequestOptions): Promise<Runs>;
    get(id: string, options?: RequestOptions): Promise<Run>;
    /** Answers what a run waits for. Of several answers one wins; the others are refused with 409. */
    resume(id: string, body: RunResume & { stream: true }, options?: RequestOptions): AsyncGenerator<RunEvent>;
    resume(id: string, body: RunResume & { stream?: false }, options?: RequestOptions): Promise<RunAnswer>;
    /** Cancels a run that runs or waits. */
    delete(id: string, options?: RequestOptions): Promise<RunAnswer>;
  };
}
