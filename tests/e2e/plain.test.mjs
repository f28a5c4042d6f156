// Over plain http under a name that is not this machine's own: no clipboard, no locks, no service worker.

import { PROGRAM } from "./chromium.mjs";
import { address, assert, expect, test } from "./harness.mjs";
import {
  blankWorkflow, canvas, exported, node, popup, saved, spot,
} from "./designer.mjs";
import { button } from "./workflow.mjs";

const NAME = "leadline.test";
const plain = (path) => address(path).replace("127.0.0.1", NAME);

test.use({
  launchOptions: {
    ...PROGRAM,
    args: [
      ...PROGRAM.args,
      `--host-resolver-rules=MAP ${NAME} 127.0.0.1`,
      "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable",
    ],
  },
  // What the server asks of such a connection, and the browser says it does not do.
  allow: /Cross-Origin-Opener-Policy header has been ignored/,
});

/** A blank workflow over the plain connection, with a delay. */
async function oneDelay(page) {
  await blankWorkflow(page, (path) => page.goto(plain(path)), "Plain");
  assert.equal(await page.evaluate(() => isSecureContext || "clipboard" in navigator), false);
  await page.getByRole("navigation", { name: "Palette" }).getByRole("button", { name: "Delay" }).click();
  await node(page, "Delay").waitFor();
}

const fromMenu = async (page, on, name) => {
  await on.click({ button: "right" });
  await popup(page, "Menu").getByRole("menuitem", { name, exact: true }).click();
};
// What is pasted lies at the pointer, so each press is somewhere else.
const fromCanvas = async (page, name, [across, down]) => {
  const at = await spot(page, across, down);
  await page.mouse.click(at.x, at.y, { button: "right" });
  await popup(page, "Menu").getByRole("menuitem", { name, exact: true }).click();
};
const said = (page) => page.locator("p[role=status]").filter({ hasText: /\S/ });
const nodes = (page) => canvas(page).getByRole("group");

test("Copy, Cut and Paste of the menu work without the browser's clipboard", async ({ page }) => {
  await oneDelay(page);
  await fromMenu(page, node(page, "Delay"), "Copy");
  await said(page).getByText("Copied 1 node").waitFor({ state: "attached" });
  await fromCanvas(page, "Paste", [0.2, 0.1]);
  await expect(nodes(page)).toHaveCount(2);
  await saved(page);

  await fromMenu(page, nodes(page).first(), "Cut");
  await expect(nodes(page)).toHaveCount(1);
  await saved(page);
  // What is off the canvas is out of the workflow.
  assert.equal((await exported(page)).workflow.nodes.length, 1);
  await page.reload();
  await expect(nodes(page)).toHaveCount(1);
  await fromCanvas(page, "Paste", [0.2, 0.9]);
  // A reload forgets what was copied on the page; the keys still know it, and the page says so.
  await page.getByText("Press Ctrl+V instead").first().waitFor();
  await canvas(page).focus();
  await page.keyboard.press("Control+v");
  await expect(nodes(page)).toHaveCount(2);
});

test("a second tab is told of before anything is changed", async ({ page, newPage }) => {
  await oneDelay(page);
  await saved(page);
  const banner = (on) => on.getByRole("alert").filter({ hasText: "Leadline is open in another tab too" });
  await expect(banner(page)).toBeHidden();
  const other = await newPage();
  await other.goto(plain("/"));
  await other.getByRole("link", { name: "Plain", exact: true }).waitFor();
  for (const one of [page, other]) await banner(one).waitFor();
  await other.close();
  await button(page, "Reload").click();
  await node(page, "Delay").waitFor();
  await expect(banner(page)).toBeHidden();
});
