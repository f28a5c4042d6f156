// The recorded requests of the API (crates/api/tests/requests), sent to a Leadline: the same bytes
// must come back as from the server. Runs in Node and in a page.

/** The parts of a JSON object as they are written: names, and the texts of their values. */
export function raw(line) {
  const parts = new Map();
  const text = /"(?:[^"\\]|\\.)*"/y;
  const whole = () => {
    const start = at;
    text.lastIndex = at;
    if (text.test(line)) at = text.lastIndex;
    else if (line[at] === "{" || line[at] === "[") {
      let depth = 0;
      do {
        text.lastIndex = at;
        if (text.test(line)) {
          at = text.lastIndex;
          continue;
        }
        if (line[at] === "{" || line[at] === "[") depth += 1;
        if (line[at] === "}" || line[at] === "]") depth -= 1;
        at += 1;
      } while (depth > 0);
    } else while (!",}]".includes(line[at])) at += 1;
    return line.slice(start, at);
  };
  let at = 1;
  while (at < line.length - 1) {
    const name = JSON.parse(whole());
    at += 1;
    parts.set(name, whole());
    at += 1;
  }
  return parts;
}

const form = (name, text) =>
  `--edge\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n${text}\r\n--edge--\r\n`;

/** How a step of a file is sent, with what earlier steps saved put in. */
function prepare(step, parts, saved) {
  const fill = (text) => {
    for (const [name, value] of saved) text = text.replaceAll(`<${name}>`, value);
    return text;
  };
  const headers = new Headers();
  for (const [name, value] of Object.entries(step.headers ?? {})) headers.set(name, fill(value));
  if (step.key !== "none") headers.set("authorization", `Bearer ${step.key ?? "a"}`);
  let body;
  if (parts.has("body")) {
    headers.set("content-type", "application/json");
    body = fill(parts.get("body"));
  } else if (step.text !== undefined) body = fill(step.text);
  else if (step.file) {
    headers.set("content-type", "multipart/form-data; boundary=edge");
    body = form(...step.file);
  }
  const [method, path] = step.request.split(" ");
  // As bytes, to which no Request adds a content type of its own.
  const bytes = body && new TextEncoder().encode(body);
  return [fill(path), { method, headers, body: bytes }];
}

/** Throws when a file's answers do not come back as recorded; how many there were. */
export async function compare(fetch, file, text) {
  const { sent, wrong } = await differences(fetch, file, text);
  if (wrong.length === 0) return sent;
  const some = wrong.slice(0, 5).join("\n");
  throw new Error(`${file}: ${wrong.length} differences, the first of them:\n${some}`);
}

/** Sends the lines of a file and answers what came back differently, and how many were sent. */
export async function differences(fetch, file, text) {
  const saved = new Map();
  const wrong = [];
  const lines = text.split("\n").filter((line) => line.trim());
  for (const line of lines) {
    const step = JSON.parse(line);
    const parts = raw(line);
    const response = await fetch(...prepare(step, parts, saved));
    const answered = {
      status: response.status,
      etag: response.headers.get("etag") ?? undefined,
      location: response.headers.get("location") ?? undefined,
      // Which life of the data it is differs between homes.
      epoch: response.headers.has("leadline-epoch"),
      body: await response.text(),
    };
    const wanted = {
      status: step.status,
      etag: step.etag,
      location: step.location,
      epoch: step.epoch ?? false,
      body: parts.get("answer"),
    };
    for (const part of Object.keys(wanted)) {
      if (answered[part] === wanted[part]) continue;
      wrong.push(`${file}: ${step.name}: ${part}\n  wanted   ${wanted[part]}\n  answered ${answered[part]}`);
    }
    for (const [name, pointer] of Object.entries(step.save ?? {})) {
      const value =
        pointer === "etag" || pointer === "epoch"
          ? response.headers.get(pointer === "etag" ? "etag" : "leadline-epoch")
          : pointer
              .slice(1)
              .split("/")
              .reduce((value, part) => value?.[part], JSON.parse(answered.body));
      saved.set(name, value);
    }
  }
  return { sent: lines.length, wrong };
}
