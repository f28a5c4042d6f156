// A small workflow with leads, made through the API.

/** Sends JSON and answers JSON; a refusal is an error. */
export async function ask(leadline, method, path, body) {
  const response = await leadline.fetch(path, { method, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** Calls everybody until they pick up, an hour between two tries; its path, activated. */
export async function campaign(leadline, count = 20) {
  const agent = await ask(leadline, "POST", "/v1/agents", { name: "sales", prompt: "Hello" });
  await ask(leadline, "POST", "/v1/phone-numbers", { phone_number: "+14155550100" });
  const { id } = await ask(leadline, "POST", "/v1/workflows", { title: "Call" });
  const path = `/v1/workflows/${id}`;
  await ask(leadline, "PUT", `${path}/definition`, {
    title: "Call",
    nodes: [
      {
        id: "call",
        node_type: "VOICE_CALL",
        is_entry: true,
        config: { agent_id: agent.id, from_phone_number: "+14155550100" },
      },
      { id: "later", node_type: "TIME", config: { delay: { value: 1, unit: "hours" } } },
      { id: "won", node_type: "CONVERTED" },
    ],
    edges: [
      { id: "a", from_node_id: "call", to_node_id: "won", label: "COMPLETED" },
      { id: "b", from_node_id: "call", to_node_id: "later" },
      { id: "c", from_node_id: "later", to_node_id: "call" },
    ],
  });
  const number = (n) => ({ phone_number: `+1415556${String(n).padStart(4, "0")}` });
  await ask(leadline, "POST", `${path}/leads`, { leads: Array.from({ length: count }, (_, n) => number(n)) });
  await ask(leadline, "POST", `${path}/activate`);
  return path;
}
