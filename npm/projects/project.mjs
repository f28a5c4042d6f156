// Projects as users have them: made in a folder of their own, with what they need from npm and the package's
// tarball, and tried by their own tools.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
export const TARBALL = join(dist, `leadline-engine-${version}.tgz`);

/** What the tools are told of: nothing is sent home, and nothing asks a person. */
const QUIET = {
  ...process.env,
  CI: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  WRANGLER_SEND_METRICS: "false",
  NODE_TEST_CONTEXT: undefined,
};

export class Project {
  #children = [];

  constructor(folder) {
    this.folder = folder;
  }

  /** A project of these files and packages, the engine among them. */
  static async of(files, packages = []) {
    const project = new Project(await mkdtemp(join(tmpdir(), "leadline-project-")));
    const manifest = { name: "project", private: true, type: "module" };
    await project.write({ "package.json": JSON.stringify(manifest), ...files });
    project.run("npm", ["install", "--no-audit", "--no-fund", "--silent", TARBALL, ...packages]);
    return project;
  }

  async write(files) {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }

  /** Runs a program to its end; what it says, when it ends well. */
  run(program, args, env = {}) {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      cwd: this.folder,
      encoding: "utf8",
      env: { ...QUIET, ...env },
      maxBuffer: 64 << 20,
    });
    assert.ifError(error);
    assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}\n${stderr}`);
    return stdout + stderr;
  }

  /** A tool of the project, to its end. */
  tool(name, ...args) {
    return this.run("npx", ["--no-install", name, ...args]);
  }

  /** Starts a tool that serves; the address that it says. */
  serve(name, ...args) {
    const child = spawn("npx", ["--no-install", name, ...args], {
      cwd: this.folder,
      detached: true,
      env: { ...QUIET, NO_COLOR: "1" },
    });
    this.#children.push(child);
    return new Promise((resolve, reject) => {
      let text = "";
      const hear = (chunk) => {
        text += chunk;
        const found = /https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\]):\d+[^\s\x1b]*/.exec(text);
        if (found && /ready|local/i.test(text)) resolve(found[0].replace(/\/$/, ""));
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.on("exit", (code) => reject(new Error(`${name} ended with ${code}: ${text}`)));
    });
  }

  async end() {
    for (const child of this.#children) {
      if (child.exitCode !== null) continue;
      const over = new Promise((resolve) => child.once("exit", resolve));
      // With what it started.
      process.kill(-child.pid, "SIGKILL");
      await over;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Does something with a project, and takes it away whatever comes of it. */
export async function within(files, packages, work) {
  const project = await Project.of(files, packages);
  try {
    await work(project);
  } finally {
    await project.end();
  }
}
