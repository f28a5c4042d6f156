// What must come to the same in Node and in a page, however the package got there.

import { compare } from "./recorded.mjs";
import { campaign } from "./sample.mjs";

const HOUR = 3_600_000;

/** Sends the recorded requests and runs a campaign: what that comes to. */
export async function everywhere(Leadline, recorded, organizations) {
  let sent = 0;
  for (const [name, text] of recorded) {
    const leadline = new Leadline({ organizations });
    sent += await compare((...request) => leadline.fetch(...request), name, text);
    leadline.close();
  }
  const leadline = new Leadline({ seed: 7, key: "k" });
  const events = leadline.events();
  const response = await leadline.fetch("/v1/changes", { headers: { accept: "text/event-stream" } });
  const path = await campaign(leadline, 200);
  const half = Leadline.restore(leadline.snapshot());
  for (const one of [leadline, half]) one.advance({ by_ms: 72 * HOUR });
  const { value } = await events.next();
  const streamed = await response.body.pipeThrough(new TextDecoderStream()).getReader().read();
  const leads = await (await half.fetch(`${path}/leads?limit=100&page=2`)).text();
  const kept = await crypto.subtle.digest("SHA-256", half.snapshot());
  return {
    sent,
    digests: [leadline.digest, half.digest],
    snapshot: [...new Uint8Array(kept)],
    first: value,
    streamed: streamed.value,
    leads,
  };
}
