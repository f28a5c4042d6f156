// A client of agents and their runs, over anything that answers requests: a server, or a Leadline in
// memory. It needs no wasm of its own.

/** A request that was refused. */
export class ClientError extends Error {
  constructor(status, { message, code, findings } = {}) {
    super([message ?? `It was answered ${status}.`].flat().join(" "));
    this.name = "ClientError";
    this.status = status;
    this.code = code;
    this.findings = findings ?? [];
  }
}

const path = (...parts) => `/v1/${parts.map(encodeURIComponent).join("/")}`;

export class Client {
  #address;
  #key;
  #fetch;

  constructor({ address = "http://localhost", key, fetch, leadline } = {}) {
    this.#address = address.replace(/\/+$/, "");
    this.#key = key;
    this.#fetch = fetch ?? (leadline ? (request) => leadline.fetch(request) : globalThis.fetch.bind(globalThis));
    const run = (method, target, body, options) => this.#json(method, target, body, options);
    this.agents = {
      workflow: (name, body, options) => {
        const target = path("agents", name, "workflow");
        return body.stream ? this.#events(target, body, options) : run("POST", target, body, options);
      },
    };
    this.workflowRuns = {
      list: (query = {}, options) => {
        const given = Object.entries(query).filter(([, value]) => value !== undefined);
        return run("GET", `${path("workflow-runs")}?${new URLSearchParams(given)}`, undefined, options);
      },
      get: (id, options) => run("GET", path("workflow-runs", id), undefined, options),
      resume: (id, body, options) => {
        const target = path("workflow-runs", id, "resume");
        return body.stream ? this.#events(target, body, options) : run("POST", target, body, options);
      },
      delete: (id, options) => run("DELETE", path("workflow-runs", id), undefined, options),
    };
  }

  async #send(method, target, body, { idempotencyKey, signal } = {}) {
    const headers = new Headers({ accept: "application/json" });
    if (this.#key !== undefined) headers.set("authorization", `Bearer ${this.#key}`);
    if (idempotencyKey !== undefined) headers.set("idempotency-key", idempotencyKey);
    if (body !== undefined) headers.set("content-type", "application/json");
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await this.#fetch(new Request(this.#address + target, { method, headers, body: text, signal }));
    if (response.ok) return response;
    // What stands between client and server may answer something else than JSON.
    const refusal = await response.json().catch(() => undefined);
    throw new ClientError(response.status, refusal);
  }

  async #json(...request) {
    return (await this.#send(...request)).json();
  }

  async *#events(target, body, options) {
    const response = await this.#send("POST", target, body, options);
    let text = "";
    for await (const chunk of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
      text += chunk;
      const events = text.split("\n\n");
      text = events.pop();
      for (const event of events) {
        const fields = new Map(event.split("\n").map((line) => line.split(/: (.*)/s)));
        // A line that begins with a colon only says that somebody is there.
        if (fields.has("event")) yield { type: fields.get("event"), data: JSON.parse(fields.get("data")) };
      }
    }
  }
}

/** The chunks of a stream; not every browser iterates over streams itself. */
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    await reader.cancel();
  }
}
