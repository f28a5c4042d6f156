// The page itself: it opens, on a phone and in the dark too, and it opens again without network.

import { DARK, PHONE, address, assert, readyForOffline, test } from "./harness.mjs";

const shown = (page) => page.locator("main").first().waitFor();

test("the page opens and names itself", async ({ page, open }) => {
  const response = await open("/");
  assert.match(response.headers()["content-security-policy"], /frame-ancestors 'none'/);
  await shown(page);
  assert.match(await page.title(), /Leadline/);
});

test.describe(() => {
  test.use({ ...PHONE, ...DARK });

  test("the page opens on a phone in the dark", async ({ page, open }) => {
    await open("/");
    await shown(page);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(overflow <= 0, `the page is ${overflow} px wider than the phone`);
  });
});

test("the page opens without network, at any of its addresses", async ({ context, page, open }) => {
  await open("/");
  await shown(page);
  await readyForOffline(page);
  await context.setOffline(true);
  await page.reload();
  await shown(page);
  await page.goto(address("/workflows"));
  await shown(page);
  assert.match(await page.title(), /Leadline/);
});

test("every file the page names is there, and it is installable", async ({ page, open, context }) => {
  await open("/");
  await shown(page);
  const names = await page.evaluate(() =>
    [...document.querySelectorAll("link[href], script[src], meta[name=leadline-worker]")].map(
      (element) => element.href || element.src || new URL(element.content, location.href).href,
    ),
  );
  assert.ok(names.length >= 6, `only ${names.length} files are named`);
  for (const name of names) {
    const response = await context.request.get(name);
    assert.equal(response.status(), 200, name);
    assert.doesNotMatch(response.headers()["content-type"], /html|octet-stream/, name);
  }
  const session = await context.newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  const real = installabilityErrors.filter((error) => error.errorId !== "in-incognito");
  assert.deepEqual(real, []);
});
