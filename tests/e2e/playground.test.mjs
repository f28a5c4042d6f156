// The API playground: as a page of the app, and as an element in somebody else's documentation.

import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { blankWorkflow } from "./designer.mjs";
import { PHONE, URL_OF_PAGE, assert, expect, readyForOffline, test } from "./harness.mjs";
import { Server } from "./server.mjs";

const run = promisify(execFile);
const ROOT = new URL("../../", import.meta.url);
/** The npm package, as a folder. */
const PACKAGE = fileURLToPath(new URL("npm/dist/package/", ROOT));
const TOURS = new URL("crates/playground/tours/", ROOT);

/** What is fetched when the playground is opened, of the page and of its worker. */
const PARTS = { page: /\/app-[^/]+\/[^/]*playground[^/]*\.wasm$/, api: /\/worker-[^/]+\/[^/]*api[^/]*\.wasm$/ };

const menu = (page) => page.getByRole("navigation", { name: "Tours and operations" });
const answer = (page) => page.getByRole("region", { name: "Answer", exact: true });
const log = (page) => page.getByRole("region", { name: "Log of requests" });
const send = (page) => page.getByRole("button", { name: "Send", exact: true });
const choose = (page, title) => menu(page).getByTitle(title, { exact: true }).click();
const body = (page) => page.getByRole("textbox", { name: "Body, JSON" });
const path = (page, name) => page.getByRole("textbox", { name }).or(page.getByRole("combobox", { name }));
const shown = (place, says) => place.locator(".shown").getByText(says);
const answered = (page, status) => answer(page).getByText(status, { exact: true }).first().waitFor();
const bodyOf = async (page) =>
  JSON.parse(await answer(page).getByRole("region", { name: "Body of the answer" }).innerText());

async function ready(page, open) {
  await open("/playground");
  await menu(page).getByTitle("POST /v1/workflows", { exact: true }).waitFor();
}

async function createWorkflow(page) {
  await choose(page, "POST /v1/workflows");
  await send(page).click();
  await answered(page, "201 Created");
  return (await bodyOf(page)).id;
}

test("every operation of the document is listed and found by its words", async ({ page, open }) => {
  await ready(page, open);
  assert.match(await page.title(), /API playground/);
  await choose(page, "GET /v1/openapi.json");
  await send(page).click();
  await answered(page, "200 OK");
  // As the package's own engine gave it.
  const document = JSON.parse(await readFile(join(PACKAGE, "openapi.json"), "utf8"));
  const wanted = Object.entries(document.paths).flatMap(([place, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${place}`),
  );
  const titles = await menu(page).locator(".item[title*='/v1/']").evaluateAll((items) => items.map((item) => item.title));
  assert.deepEqual(titles.toSorted(), wanted.toSorted());
  await menu(page).getByRole("searchbox").fill("pause post");
  await expect.poll(() => menu(page).locator(".item").count()).toBeLessThan(6);
  await menu(page).getByTitle("POST /v1/workflows/{workflow_id}/pause", { exact: true }).waitFor();
  await menu(page).getByRole("searchbox").fill("nothing of the kind");
  await menu(page).getByText("Nothing fits.").waitFor();
});

test("a request is sent by key; the next one knows its id; malformed JSON is told at once", async ({ page, open }) => {
  await ready(page, open);
  await choose(page, "POST /v1/workflows/{workflow_id}/pause");
  await page.getByText("workflow_id is needed. Make one first").waitFor();
  await page.keyboard.press("Control+Enter");
  await choose(page, "POST /v1/workflows");
  await log(page).getByText("Requests you send are listed here.").waitFor();
  await body(page).fill('{"title": "By key"');
  await page.getByText(/This is no JSON: EOF/).waitFor();
  await page.keyboard.press("Control+Enter");
  await answered(page, "400 Bad Request");
  await page.getByRole("button", { name: "Reset to the example" }).click();
  await page.keyboard.press("Control+Enter");
  await answered(page, "201 Created");
  const { id } = await bodyOf(page);
  await choose(page, "GET /v1/workflows/{workflow_id}");
  assert.equal(await path(page, /workflow_id/).inputValue(), id);
  await page.keyboard.press("Control+Enter");
  await answered(page, "200 OK");
  assert.equal((await bodyOf(page)).id, id);
  assert.match(page.url(), /operation=getWorkflow/);
});

test("each documented error can be provoked, and its meaning is told", async ({ page, open }) => {
  await ready(page, open);
  await choose(page, "PATCH /v1/workflows/{workflow_id}");
  await page.getByText("Possible answers, and how to provoke the errors").click();
  const names = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Payload Too Large",
  };
  for (const [status, name] of Object.entries(names)) {
    await page.getByRole("button", { name: `Provoke ${status}` }).click();
    await answered(page, `${status} ${name}`);
    assert.equal((await bodyOf(page)).statusCode, Number(status));
  }
  // A body of a megabyte is not put into the field.
  await page.getByText(/A text of 1048577 bytes/).waitFor();
});

test("every tour runs to its end by keyboard", async ({ page, open }) => {
  await ready(page, open);
  const names = (await readdir(TOURS)).filter((name) => name.endsWith(".json"));
  assert.ok(names.length > 5);
  for (const name of names) {
    const tour = JSON.parse(await readFile(new URL(name, TOURS), "utf8"));
    await menu(page).getByRole("button", { name: tour.title, exact: true }).press("Enter");
    const panel = page.getByRole("region", { name: `Tour: ${tour.title}` });
    for (const [number, step] of tour.steps.entries()) {
      await panel.getByText(`Step ${number + 1} of ${tour.steps.length}`, { exact: true }).waitFor();
      await expect.poll(() => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.textContent)).toBe("Send this step");
      await page.keyboard.press("Enter");
      await shown(panel, step.shows.at(-1).says).last().waitFor();
    }
    await panel.getByText(`Done: ${tour.steps.length} of ${tour.steps.length} steps`).waitFor();
    assert.equal(await panel.locator(".bad").count(), 0, tour.id);
  }
  const panel = page.getByRole("region", { name: /^Tour: / });
  await panel.getByRole("button", { name: "Restart" }).click();
  await panel.getByText(/^Step 1 of/).waitFor();
  await panel.getByRole("button", { name: "Leave" }).click();
  await panel.waitFor({ state: "detached" });
});

test("requests, engine and place are there after a reload; an old request can be sent again", async ({ page, open }) => {
  await ready(page, open);
  const id = await createWorkflow(page);
  await choose(page, "POST /v1/workflows/{workflow_id}/pause");
  await send(page).click();
  await answered(page, "409 Conflict");
  await page.reload();
  await log(page).getByRole("button", { name: /409 POST .*pause/ }).waitFor();
  await page.getByRole("heading", { name: "Pause an active workflow" }).waitFor();
  assert.equal(await path(page, /workflow_id/).inputValue(), id);
  await send(page).click();
  await answered(page, "409 Conflict");
  await log(page).getByRole("button", { name: /201 POST/ }).click();
  await answered(page, "201 Created");
  await page.getByRole("heading", { name: "Create a workflow" }).waitFor();
  await log(page).getByRole("button", { name: "Clear" }).click();
  await log(page).getByText("Requests you send are listed here.").waitFor();
});

test("the clock advances and tells what happened; a reset can be undone", async ({ page, open }) => {
  await ready(page, open);
  await menu(page).getByRole("button", { name: "Pause during a live call" }).click();
  for (const says of ["Ann is enrolled and pending.", "The workflow is active."]) {
    await page.keyboard.press("Enter");
    await shown(page, says).waitFor();
  }
  const clock = page.getByRole("group", { name: "Clock" });
  await clock.getByText("Mon 2026-03-02 09:00:00 UTC").waitFor();
  await clock.getByRole("button", { name: "+1 h" }).click();
  await clock.getByText("Mon 2026-03-02 10:00:00 UTC").waitFor();
  await page.getByText("The call ended as completed.").waitFor();
  await clock.getByRole("spinbutton", { name: "Advance by" }).fill("2");
  await clock.getByRole("combobox", { name: "Unit" }).selectOption("days");
  await clock.getByRole("button", { name: "Advance", exact: true }).click();
  await clock.getByText("Wed 2026-03-04 10:00:00 UTC").waitFor();

  await page.getByRole("spinbutton", { name: "Seed" }).fill("7");
  await page.getByRole("button", { name: "New empty engine" }).click();
  await clock.getByText("Mon 2026-03-02 09:00:00 UTC").waitFor();
  await choose(page, "GET /v1/workflows");
  await send(page).click();
  await answered(page, "200 OK");
  assert.equal((await bodyOf(page)).meta.total, 0);
  await page.reload();
  await expect(page.getByRole("spinbutton", { name: "Seed" })).toHaveValue("7");
  await page.getByRole("button", { name: "New empty engine" }).click();
  await createWorkflow(page);
  await page.getByRole("spinbutton", { name: "Seed" }).fill("8");
  await page.getByRole("button", { name: "New empty engine" }).click();
  await choose(page, "GET /v1/workflows");
  await send(page).click();
  await answered(page, "200 OK");
  assert.equal((await bodyOf(page)).meta.total, 0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("spinbutton", { name: "Seed" })).toHaveValue("7");
  await choose(page, "GET /v1/workflows");
  await send(page).click();
  await answered(page, "200 OK");
  assert.equal((await bodyOf(page)).meta.total, 1);
});

test("server-sent events are shown as they come and can be stopped", async ({ page, open }) => {
  await ready(page, open);
  await choose(page, "GET /v1/changes");
  await page.getByRole("checkbox", { name: /Keep listening/ }).check();
  await send(page).click();
  const events = page.getByRole("region", { name: "Events", exact: true });
  await events.getByText("Nothing has happened yet.").waitFor();
  // Other requests go on beside it, and what they change is heard.
  await choose(page, "POST /v1/agents");
  await send(page).click();
  await answered(page, "201 Created");
  await events.getByText("agent.updated").first().waitFor();
  await events.getByRole("button", { name: "Stop" }).click();
  await events.getByRole("button", { name: "Hide" }).click();
  await events.waitFor({ state: "detached" });
  await log(page).getByRole("button", { name: /200 GET .*changes/ }).waitFor();
});

test("a list of leads is uploaded as a file", async ({ page, open }) => {
  await ready(page, open);
  await createWorkflow(page);
  await choose(page, "POST /v1/workflows/{workflow_id}/leads");
  await page.getByRole("button", { name: "File", exact: true }).click();
  const text = "phone_number;city\n+14155550177;Köln\n+14155550178;Łódź\n";
  const file = { name: "liste.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByText(`liste.csv, ${Buffer.byteLength(text)} bytes`).waitFor();
  await send(page).click();
  await answered(page, "201 Created");
  assert.equal((await bodyOf(page)).leads_enrolled, 2);
});

/** A real server for pages of an origin. */
async function server(origin, body, options) {
  const started = await Server.start(origin, options);
  try {
    await body(started);
  } finally {
    await started.close();
  }
}

async function connect(page, address, key) {
  await page.getByRole("radio", { name: "A server" }).check();
  await page.getByRole("textbox", { name: "Address" }).fill(address);
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Connect" }).click();
}

test("a real server answers with its key, and curl does the same", ({ page, open }) =>
  server(new URL(URL_OF_PAGE).origin, async ({ address, key }) => {
    await ready(page, open);
    await connect(page, `${address}/`, key);
    await page.getByText(`${address} answers.`).waitFor();
    await createWorkflow(page);
    const curl = await page.getByRole("region", { name: "Code", exact: true }).innerText();
    assert.match(curl, /\$LEADLINE_KEY/);
    // The runner of the tests asks its children for colours.
    const env = { ...process.env, LEADLINE_KEY: key, FORCE_COLOR: "0" };
    const { stdout } = await run("sh", ["-c", `${curl} --silent`], { env });
    assert.equal(JSON.parse(stdout).status, "draft");
    await page.getByRole("button", { name: "JavaScript", exact: true }).click();
    const script = await page.getByRole("region", { name: "Code", exact: true }).innerText();
    const ran = await run(process.execPath, ["--input-type=module", "--eval", script], { env });
    assert.match(ran.stdout, /^201 \{.*"status":"draft"/);
    await choose(page, "GET /v1/workflows");
    await send(page).click();
    await answered(page, "200 OK");
    assert.equal((await bodyOf(page)).meta.total, 3);
    // A tour runs there as well.
    await menu(page).getByRole("button", { name: "Send again safely" }).click();
    await page.keyboard.press("Enter");
    await shown(page, "A workflow was made.").waitFor();
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)));
    const places = JSON.parse(kept).filter(([, text]) => text.includes(key));
    assert.deepEqual(places.map(([name]) => name.split(" ").at(-1)), ["key"], "the key is nowhere but in its own place");
    assert.ok(!page.url().includes(key));
    assert.ok(!(await page.locator(".playground .log").innerText()).includes(key));
    for (const language of ["JavaScript", "Rust", "npm package"]) {
      await page.getByRole("button", { name: language, exact: true }).click();
      assert.ok(!(await page.getByRole("region", { name: "Code", exact: true }).innerText()).includes(key));
    }
    await page.getByRole("radio", { name: "Engine in this page" }).check();
    await createWorkflow(page);
  }));

test("a server whose clock is real is not offered to be advanced", ({ page, open }) =>
  server(
    new URL(URL_OF_PAGE).origin,
    async ({ address, key }) => {
      await ready(page, open);
      const clock = page.getByRole("group", { name: "Clock" });
      await clock.getByRole("button", { name: "+1 h" }).waitFor();
      await connect(page, address, key);
      await clock.getByText("is the real one").waitFor();
      assert.equal(await clock.getByRole("button").count(), 0);
      await menu(page).getByRole("button", { name: "Send again safely" }).click();
      await page.getByText("Tours are made for a simulated clock").waitFor();
      await page.getByRole("radio", { name: "Engine in this page" }).check();
      await clock.getByRole("button", { name: "+1 h" }).waitFor();
    },
    { clock: "real", calls: "manual" },
  ));

test.describe(() => {
  test.use({ allow: /CORS|Failed to load resource|Content Security Policy|connect-src/ });

  test("what keeps a server from answering is explained", ({ page, open }) =>
    server("https://elsewhere.example", async ({ address, key }) => {
      await ready(page, open);
      await connect(page, address, key);
      const alert = page.getByRole("alert");
      const refused = alert.filter({ hasText: "does not allow pages of" });
      assert.match(await refused.innerText(), /--cors-origin http:\/\/127\.0\.0\.1/);
      await connect(page, "http://127.0.0.1:9", key);
      await alert.filter({ hasText: "Nothing answers at http://127.0.0.1:9" }).waitFor();
      await connect(page, "http://leadline.invalid", key);
      await alert.filter({ hasText: "Content-Security-Policy" }).waitFor();
    }));
});

test("the playground works without network, opened before or not", async ({ page, open, context }) => {
  await open("/");
  await readyForOffline(page);
  await context.setOffline(true);
  await ready(page, open);
  await createWorkflow(page);
  await page.reload();
  await menu(page).getByTitle("POST /v1/workflows", { exact: true }).waitFor();
  await createWorkflow(page);
});

test("the work in the app and the playground know nothing of each other", async ({ page, open }) => {
  await blankWorkflow(page, open, "Spring offer");
  await page.getByRole("link", { name: "API playground", exact: true }).click();
  await createWorkflow(page);
  await choose(page, "GET /v1/workflows");
  await send(page).click();
  await answered(page, "200 OK");
  assert.equal((await bodyOf(page)).meta.total, 1);
  await page.getByRole("link", { name: "Workflows", exact: true }).first().click();
  await expect(page.locator(".workflow-row h2")).toHaveText(["Spring offer"]);
  // Left and opened again, the playground goes on where it was.
  await page.getByRole("link", { name: "API playground", exact: true }).click();
  await log(page).getByRole("button", { name: /200 GET .*workflows/ }).waitFor();
  await send(page).click();
  await answered(page, "200 OK");
  assert.equal((await bodyOf(page)).meta.total, 1);
});

test("a request that takes long can be stopped, and says so", async ({ page, open }) => {
  await ready(page, open);
  await choose(page, "GET /v1/workflows");
  // Pressed as soon as it is there, the button comes before any answer can be heard.
  await page.evaluate(() => {
    const root = document.querySelector(".playground").shadowRoot;
    const button = (name) => [...root.querySelectorAll("button")].find((button) => button.textContent === name);
    const observer = new MutationObserver(() => {
      if (!button("Stop")) return;
      observer.disconnect();
      button("Stop").click();
    });
    observer.observe(root, { childList: true, subtree: true });
    button("Send").click();
  });
  await answer(page).getByText("It was stopped.").waitFor();
  await send(page).click();
  await answered(page, "200 OK");
});

test.describe(() => {
  // A service worker would fetch all of the page beforehand, and answer for the network.
  test.use({ serviceWorkers: "block", allow: /ERR_FAILED|Failed to fetch/ });

  test("opened, the playground fetches its parts of page and worker and nothing else", async ({ context, page, open }) => {
    await blankWorkflow(page, open, "Spring offer");
    const fetched = [];
    context.on("request", (request) => fetched.push(new URL(request.url()).pathname));
    await page.getByRole("link", { name: "API playground", exact: true }).click();
    await createWorkflow(page);
    const parts = /\/(app|worker)-[^/]+\/[^/]+\.wasm$|\/icons\//;
    assert.ok(fetched.some((place) => PARTS.page.test(place)) && fetched.some((place) => PARTS.api.test(place)));
    assert.deepEqual(fetched.filter((place) => !parts.test(place)), []);
  });

  for (const [what, part, said] of [
    ["its screen", "page", "This part of Leadline could not be fetched"],
    ["its engine", "api", "The engine could not be loaded: The part of Leadline that answers the requests"],
  ]) {
    test(`${what} that cannot be fetched is said, and works once it can be`, async ({ context, page, open }) => {
      await context.route(PARTS[part], (route) => route.abort());
      await open("/playground");
      const alert = page.getByRole("alert").filter({ hasText: said });
      await alert.waitFor();
      await page.getByRole("button", { name: "Try again" }).click();
      await alert.waitFor();
      await context.unroute(PARTS[part]);
      await page.getByRole("button", { name: "Try again" }).click();
      await menu(page).getByTitle("POST /v1/workflows", { exact: true }).waitFor();
      await expect(alert).toHaveCount(0);
      await createWorkflow(page);
    });
  }
});

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const PAGE = `<!doctype html><html lang="en"><title>Somebody's documentation</title>
  <style>:root { --border: 40px solid red; --text: red } button { display: none } h2 { color: red }</style>
  <h1>Pausing a workflow</h1>
  <leadline-playground id="one" tour="pause" theme="dark"></leadline-playground>
  <leadline-playground id="two" operation="createWorkflow" seed="9" theme="light"></leadline-playground>
  <script type="module" src="../vendor/leadline/playground/element.js"></script></html>`;

/** Somebody's site, with the npm package beside its pages. */
async function site(body) {
  const host = createServer(async (request, response) => {
    const place = new URL(request.url, "http://host").pathname;
    const file = place.replace("/vendor/leadline/", "");
    try {
      const content = place === "/docs/pause.html" ? PAGE : await readFile(join(PACKAGE, file));
      response.writeHead(200, { "content-type": TYPES[extname(place)] ?? "text/plain" });
      response.end(content);
    } catch {
      response.writeHead(place === "/favicon.ico" ? 204 : 404).end();
    }
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  try {
    await body(`http://127.0.0.1:${host.address().port}/docs/pause.html`);
  } finally {
    host.closeAllConnections();
    await new Promise((resolve) => host.close(resolve));
  }
}

test("two elements in somebody's documentation keep to themselves", ({ page }) =>
  site(async (address) => {
    await page.goto(address);
    const [one, two] = ["#one", "#two"].map((id) => page.locator(id));
    await one.getByRole("button", { name: "Send this step" }).click();
    await shown(one, "Ann is enrolled and pending.").waitFor();
    await two.getByRole("heading", { name: "Create a workflow" }).waitFor();
    await two.getByRole("button", { name: "Send", exact: true }).click();
    await two.getByText("201 Created").first().waitFor();
    const entries = (element) => element.getByRole("region", { name: "Log of requests" }).getByRole("listitem").count();
    assert.equal(await entries(one), 5);
    assert.equal(await entries(two), 1);
    await two.evaluate((element) => element.setAttribute("operation", "listWorkflows"));
    await two.getByRole("heading", { name: "List workflows" }).waitFor();
    await two.getByRole("button", { name: "Send", exact: true }).click();
    await expect.poll(() => entries(two)).toBe(2);
    const text = await two.getByRole("region", { name: "Body of the answer" }).innerText();
    assert.equal(JSON.parse(text).meta.total, 1);
    // The page's styles stay outside, the theme is the element's own.
    const ground = (element) => element.evaluate((host) => getComputedStyle(host).backgroundColor);
    assert.equal(await ground(one), "rgb(18, 22, 27)");
    assert.equal(await ground(two), "rgb(246, 247, 249)");
    // Moved, an element goes on; taken out and put in again, it begins where it was left.
    await two.evaluate((element) => {
      element.remove();
      document.body.append(element);
    });
    await expect.poll(() => entries(two)).toBe(2);
  }));

test.describe(() => {
  test.use(PHONE);

  test("it fits a phone", async ({ page, open }) => {
    await ready(page, open);
    await choose(page, "POST /v1/workflows");
    await page.getByRole("heading", { name: "Create a workflow" }).waitFor();
    await menu(page).getByTitle("POST /v1/workflows", { exact: true }).waitFor({ state: "hidden" });
    await send(page).click();
    await answered(page, "201 Created");
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} wide`);
  });
});
