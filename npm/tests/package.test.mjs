// The package as a whole: what is in it, and what it says of itself.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

const folder = fileURLToPath(new URL("./node_modules/@leadline/engine/", import.meta.url));
const text = (name) => readFileSync(join(folder, name), "utf8");
const manifest = JSON.parse(text("package.json"));

/** Every text in a value that names a file. */
function named(value) {
  if (typeof value === "string") return value.startsWith("./") ? [value] : [];
  return Object.values(value).flatMap(named);
}

test("every file that package.json names is there", () => {
  const files = named([manifest.exports, manifest.types, manifest.unpkg, manifest.sideEffects]);
  assert.ok(files.length > 10);
  for (const file of files) assert.ok(existsSync(join(folder, file)), file);
});

test("it brings what has to be there, its tests not, and nothing along", () => {
  const files = readdirSync(folder);
  for (const file of ["LICENSE", "README.md", "api.d.ts", "index.d.ts"]) assert.ok(files.includes(file), file);
  assert.ok(!files.some((file) => /test|tools|src/.test(file)), files.join());
  assert.equal(manifest.dependencies, undefined);
  const workspace = readFileSync(new URL("../../Cargo.toml", import.meta.url), "utf8");
  assert.match(workspace, new RegExp(`^version = "${manifest.version}"$`, "m"));
  assert.match(workspace, new RegExp(`^license = "${manifest.license}"$`, "m"));
});

test("there is a type for every schema, and every path and operation", () => {
  const types = text("api.d.ts");
  const { components, paths } = JSON.parse(text("openapi.json"));
  const schemas = Object.keys(components.schemas);
  assert.ok(schemas.length > 50);
  for (const name of schemas) {
    assert.match(types, new RegExp(`^export type ${name} = components\\['schemas'\\]\\['${name}'\\];$`, "m"));
  }
  for (const [path, methods] of Object.entries(paths)) {
    assert.ok(types.includes(`    "${path}": {`), path);
    for (const { operationId } of Object.values(methods)) {
      assert.match(types, new RegExp(`^    ${operationId}: \\{$`, "m"));
    }
  }
});

test("a page downloads less than a megabyte", () => {
  const size = brotliCompressSync(readFileSync(join(folder, "engine_bg.wasm"))).length;
  assert.ok(size < 1_000_000, `${size} bytes`);
  assert.ok(size > 100_000, `${size} bytes`);
});
