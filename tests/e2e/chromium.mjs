// The Chromium of all tests that need one: quiet, without a screen.

import { chromium } from "playwright-core";

/** Which program, and how it is started; `CHROMIUM` names another one. */
export const PROGRAM = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-default-browser-check",
  ],
};

/** Starts it, for what is no test of Playwright's runner. */
export const launch = () => chromium.launch(PROGRAM);
