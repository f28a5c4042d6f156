// A real server for tests: a key, a folder of its own, and a port it keeps when it is started again.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { assert } from "./harness.mjs";

const run = promisify(execFile);

/** The program under test. */
export function program() {
  const path = process.env.LEADLINE_SERVER;
  assert.ok(path, "LEADLINE_SERVER is not set: run the tests with `cargo xtask test e2e`");
  return path;
}

/** A real server that pages of an origin may speak to. */
export class Server {
  #options;
  #origin;
  #port = 0;
  #process = null;

  /** Starts one with data and a key of its own. */
  static async start(origin, { clock = "simulated", calls = "simulated" } = {}) {
    const server = new Server();
    server.#origin = origin;
    server.#options = ["--clock", clock, "--calls", calls];
    server.data = await mkdtemp(join(tmpdir(), "leadline-"));
    server.key = await server.createKey();
    await server.restart();
    return server;
  }

  /** Another key of the same organization. */
  async createKey() {
    const made = await this.run("keys", "create", "--data", this.data, "--organization", "Shop");
    return made.trim().split("\n").at(-1);
  }

  /** What the program says to these arguments. */
  async run(...args) {
    return (await run(program(), args)).stdout;
  }

  /** Starts it again, with the same data at the same address, after kill() or stop(). */
  async restart() {
    assert.equal(this.#process, null, "the server runs");
    const args = ["serve", "--data", this.data, "--listen", `127.0.0.1:${this.#port}`];
    const started = spawn(program(), [...args, ...this.#options, "--cors-origin", this.#origin]);
    this.#process = started;
    this.address = await new Promise((resolve, reject) => {
      let said = "";
      const hear = (text) => {
        said += text;
        const found = said.match(/http:\/\/127\.0\.0\.1:\d+/);
        if (found) resolve(found[0]);
      };
      started.stdout.on("data", hear);
      started.stderr.on("data", hear);
      started.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
    });
    this.#port = Number(new URL(this.address).port);
    return this.address;
  }

  /** Ends it at once, as a power failure would. */
  kill() {
    return this.#end("SIGKILL");
  }

  /** Ends it in order. */
  stop() {
    return this.#end("SIGTERM");
  }

  async #end(signal) {
    const ending = this.#process;
    if (!ending) return;
    this.#process = null;
    ending.removeAllListeners("exit");
    const ended = new Promise((resolve) => ending.on("exit", resolve));
    ending.kill(signal);
    await ended;
  }

  /** Lets nobody in with a key any more. */
  revoke(key = this.key) {
    return this.run("keys", "revoke", "--data", this.data, key.slice(0, key.lastIndexOf("_")));
  }

  /** Its workflows with their graphs, by title. */
  async graphs() {
    const { data } = await this.ask("GET", "/workflows?limit=100");
    const graphs = await Promise.all(
      data.map(async ({ id, title }) => [title, { id, ...(await this.ask("GET", `/workflows/${id}/definition`)) }]),
    );
    return Object.fromEntries(graphs);
  }

  /** Ends it and removes its data. */
  async close() {
    await this.stop();
    await rm(this.data, { recursive: true, force: true });
  }

  /** The JSON of a request below /v1 that succeeds. */
  async ask(method, path, body) {
    const answer = await fetch(`${this.address}/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path} answers ${answer.status}: ${text}`);
    return text ? JSON.parse(text) : null;
  }
}

/** Runs body with a server of its own. */
export async function withServer(origin, body, options) {
  const server = await Server.start(origin, options);
  try {
    await body(server);
  } finally {
    await server.close();
  }
}
