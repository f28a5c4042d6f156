// Assembles the package around what wasm-bindgen left in its folder: `node build.mjs FOLDER`.
// Run by `cargo xtask pack`.

import { copyFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const JSON_TYPE = "string | number | boolean | null | Json[] | { [key: string]: Json }";

const [folder] = process.argv.slice(2);
const source = fileURLToPath(new URL("../", import.meta.url));

for (const name of await readdir(join(source, "src"))) {
  await copyFile(join(source, "src", name), join(folder, name));
}
await copyFile(join(source, "package.json"), join(folder, "package.json"));
await copyFile(join(source, "README.md"), join(folder, "README.md"));
await copyFile(join(source, "../LICENSE"), join(folder, "LICENSE"));

// The document as the packed engine itself gives it, and the types as the document gives them.
const { Leadline } = await import(pathToFileURL(join(folder, "node.js")));
const leadline = new Leadline();
const document = leadline.openapi();
const prose = await (await leadline.fetch("/llms.txt")).text();
leadline.close();
await writeFile(join(folder, "openapi.json"), `${JSON.stringify(document, undefined, 1)}\n`);
await writeFile(join(folder, "llms.txt"), prose);
const types = await openapiTS(document, {
  alphabetize: true,
  // What is only called an object may hold anything.
  emptyObjectsUnknown: true,
  inject: `/** Anything JSON can hold. */\nexport type Json = ${JSON_TYPE};\n`,
  rootTypes: true,
  rootTypesNoSchemaPrefix: true,
  // What the document can only say in words, since few languages have types for it.
  transform: (schema, { path }) => {
    if (path === "#/components/schemas/Value") return ts.factory.createTypeReferenceNode("Json");
    return schema.then?.items && ts.factory.createTypeReferenceNode("string | string[]");
  },
});
const head = "// Generated from openapi.json.\n\n";
await writeFile(join(folder, "api.d.ts"), head + astToString(types));

// Everything in one file: as a module in place of inline.js, and as a classic script.
const single = {
  entryPoints: [join(folder, "inline.js")],
  allowOverwrite: true,
  bundle: true,
  legalComments: "none",
  loader: { ".wasm": "binary" },
  logLevel: "warning",
  minify: true,
  target: "es2022",
};
await build({
  ...single,
  format: "iife",
  globalName: "leadline",
  outfile: join(folder, "leadline.global.js"),
});
await build({ ...single, format: "esm", outfile: join(folder, "inline.js") });
