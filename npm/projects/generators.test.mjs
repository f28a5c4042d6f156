// Clients made from the document by public generators: each must be made without a warning, compile as strictly
// as its language can, and be able to say what a workflow needs. Run by `cargo xtask test --long`, which
// installs the generators from PyPI (`PYTHON` is their folder); openapi-generator needs Java.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { within } from "./project.mjs";

const python = process.env.PYTHON ?? assert.fail("PYTHON names no folder");
const DOCUMENT = "node_modules/@leadline/engine/openapi.json";

const STRICT = JSON.stringify({
  compilerOptions: {
    strict: true, noEmit: true, skipLibCheck: false, module: "esnext", moduleResolution: "bundler", target: "es2022",
    lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"], types: [],
  },
  include: ["*.ts", "client/**/*.ts"],
});

const TYPED = `
  import createClient from "openapi-fetch";
  import type { components, paths } from "./types";
  const client = createClient<paths>({ baseUrl: "http://localhost" });
  const at = { params: { path: { workflow_id: "w" } } };
  void client.POST("/v1/workflows/{workflow_id}/nodes", {
    ...at, body: { node_type: "TIME", config: { delay: { value: 2, unit: "hours" } } },
  });
  // @ts-expect-error: a misspelled key
  void client.POST("/v1/workflows/{workflow_id}/nodes", { ...at, body: { node_type: "TIME", config: { dleay: {} } } });
  // @ts-expect-error: a misspelled key
  export const patch: components["schemas"]["WorkflowPatch"] = { titel: "T" };
  export async function all(cursor?: string) {
    const { data } = await client.GET("/v1/workflows/{workflow_id}/events", {
      params: { ...at.params, query: { cursor } },
    });
    if (data?.cursor) await all(data.cursor);
  }
  export function agent(node: components["schemas"]["Node"]) {
    return node.node_type === "VOICE_CALL" ? node.config.agent_id : undefined;
  }
`;

test("openapi-typescript and openapi-fetch, with the settings they have", () =>
  within(
    { "tsconfig.json": STRICT, "use.ts": TYPED },
    ["openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3"],
    async (project) => {
      project.tool("openapi-typescript", DOCUMENT, "-o", "types.d.ts");
      project.tool("tsc", "-p", ".");
    },
  ));

test("hey-api", () =>
  within({ "tsconfig.json": STRICT }, ["@hey-api/openapi-ts@0.99.0", "typescript@5.9.3"], async (project) => {
    project.tool("openapi-ts", "-i", DOCUMENT, "-o", "client");
    project.tool("tsc", "-p", ".");
  }));

test("orval", () =>
  within({ "tsconfig.json": STRICT }, ["orval@8.38.0", "typescript@5.9.3"], async (project) => {
    project.tool("orval", "--input", DOCUMENT, "--output", "client/leadline.ts", "--client", "fetch");
    project.tool("tsc", "-p", ".");
  }));

/** openapi-generator's own program, which holds Jackson too. */
function jar(project) {
  const where = "import openapi_generator_cli as it; print(it.__path__[0])";
  const folder = project.run(join(python, "python"), ["-c", where]).trim();
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".jar")) ?? assert.fail("no jar"));
}

function generate(project, generator, ...options) {
  const args = ["-Xmx700m", "-jar", jar(project), "generate", "-i", DOCUMENT, "-g", generator, "-o", "client"];
  project.run("java", [...args, ...options]);
}

test("openapi-generator, typescript-fetch", () =>
  within({ "tsconfig.json": STRICT }, ["typescript@5.9.3"], async (project) => {
    generate(project, "typescript-fetch");
    project.tool("tsc", "-p", ".");
  }));

// Annotations say nothing to the compiler; only that they are there.
const ANNOTATION = (name, inside) => `
  package jakarta.annotation;
  import java.lang.annotation.*;
  @Target({ElementType.TYPE, ElementType.METHOD, ElementType.FIELD, ElementType.PARAMETER})
  public @interface ${name} { ${inside} }
`;
const JAVA = {
  "client/src/main/java/jakarta/annotation/Generated.java": ANNOTATION(
    "Generated",
    'String[] value(); String date() default ""; String comments() default "";',
  ),
  "client/src/main/java/jakarta/annotation/Nonnull.java": ANNOTATION("Nonnull", ""),
  "client/src/main/java/jakarta/annotation/Nullable.java": ANNOTATION("Nullable", ""),
};

test("openapi-generator, java", () =>
  within(JAVA, [], async (project) => {
    const settings = "openApiNullable=false,useJakartaEe=true";
    generate(project, "java", "--library", "native", "--additional-properties", settings);
    const sources = readdirSync(join(project.folder, "client/src/main/java"), { recursive: true });
    const files = sources.filter((name) => name.endsWith(".java")).map((name) => `client/src/main/java/${name}`);
    assert.ok(files.length > 100, `${files.length} files`);
    project.run("javac", ["-proc:none", "-nowarn", "-cp", jar(project), "-d", "out", ...files]);
  }));

test("openapi-generator, rust", () =>
  within({}, [], async (project) => {
    generate(project, "rust");
    const target = join(project.folder, "target");
    project.run("cargo", ["check", "--quiet", "--manifest-path", "client/Cargo.toml"], { CARGO_TARGET_DIR: target });
  }));

const MODELS = `
import compileall, importlib, pkgutil, sys
sys.path.insert(0, "client")
assert compileall.compile_dir("client/openapi_client", quiet=1)
import openapi_client
for found in pkgutil.walk_packages(openapi_client.__path__, "openapi_client."):
    importlib.import_module(found.name)
from openapi_client import NewLead, NewNode, Condition
node = NewNode.from_dict({"node_type": "TIME", "config": {"delay": {"value": 2, "unit": "hours"}}})
assert node.to_dict()["config"]["delay"]["unit"] == "hours", node
lead = NewLead.from_dict({"phone_number": "+14155550101", "dynamic_variables": {"a": [1, {"b": None}]}})
assert lead.to_dict()["dynamic_variables"]["a"][0] == 1, lead
rule = Condition.from_dict({"all": [{"field": "lead.score", "operator": "equals", "value": 1}]})
assert rule.to_dict()["all"][0]["value"] == 1, rule
`;

test("openapi-generator, python", () =>
  within({ "use.py": MODELS }, [], async (project) => {
    generate(project, "python");
    project.run(join(python, "python"), ["use.py"]);
  }));

const CLIENT = `
import importlib, pkgutil, sys
sys.path.insert(0, "client")
import leadline_client
names = [found.name for found in pkgutil.walk_packages(leadline_client.__path__, "leadline_client.")]
for name in names:
    importlib.import_module(name)
from leadline_client.models import NewAgent
assert NewAgent(name="a", prompt="b").to_dict() == {"name": "a", "prompt": "b"}
print(len([name for name in names if name.startswith("leadline_client.api.") and name.count(".") == 3]))
`;

test("openapi-python-client", () =>
  within({ "use.py": CLIENT }, [], async (project) => {
    const args = ["generate", "--path", DOCUMENT, "--meta", "setup", "--output-path", "client"];
    const said = project.run(join(python, "openapi-python-client"), args, { PATH: `${python}:${process.env.PATH}` });
    assert.doesNotMatch(said, /warning/i);
    const counts = project.run(join(python, "python"), ["use.py"]);
    const script = `import json; print(sum(len(one) for one in json.load(open("${DOCUMENT}"))["paths"].values()))`;
    assert.equal(counts, project.run(join(python, "python"), ["-c", script]));
  }));

