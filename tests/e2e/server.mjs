// A real server for a test, with a key, on a port of its own.

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

/**
 * A real server that pages of an origin may speak to.
 *
 * body gets { address, key, data, ask }: ask(method, path, body) answers the JSON of a request.
 */
export async function server(origin, body, { clock = "simulated", calls = "simulated" } = {}) {
  const data = await mkdtemp(join(tmpdir(), "leadline-"));
  const made = await run(program(), ["keys", "create", "--data", data, "--organization", "Shop"]);
  const key = made.stdout.trim().split("\n").at(-1);
  const options = ["--listen", "127.0.0.1:0", "--clock", clock, "--calls", calls];
  const started = spawn(program(), ["serve", "--data", data, ...options, "--cors-origin", origin]);
  try {
    const address = await new Promise((resolve, reject) => {
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
    const ask = async (method, path, sent) => {
      const answer = await fetch(`${address}/v1${path}`, {
        method,
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        body: sent && JSON.stringify(sent),
      });
      assert.ok(answer.ok, `${method} ${path} answers ${answer.status}: ${await answer.clone().text()}`);
      return answer.json();
    };
    await body({ address, key, data, ask });
  } finally {
    started.removeAllListeners("exit");
    const ended = new Promise((resolve) => started.on("exit", resolve));
    started.kill();
    await ended;
    await rm(data, { recursive: true, force: true });
  }
}
