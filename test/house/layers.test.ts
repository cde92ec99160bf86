import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "#tools/run-process.ts";
import { copyOfSources, root } from "./repository.ts";

// Each breach is a file that nobody wrote on purpose, in a copy of the sources.
const breaches = [
  { rule: "recipes-alone", file: "recipes/breach.ts", text: 'import "#core/plan.ts";' },
  { rule: "telemetry-alone", file: "telemetry/breach.ts", text: 'import "#core/plan.ts";' },
  {
    rule: "telemetry-takes-types-only",
    file: "telemetry/breach-2.ts",
    text: 'import "#recipes/errors.ts";',
  },
  { rule: "languages-are-pure", file: "recipes/breach-2.ts", text: 'import "node:fs";' },
  {
    rule: "core-below-everything",
    file: "extension/core/breach.ts",
    text: 'import "#actions/index.ts";',
  },
  {
    rule: "action-on-its-own",
    file: "extension/actions/breach.ts",
    text: 'import "./console-log.ts";',
  },
  {
    rule: "composed-in-two-places",
    file: "extension/telemetry/breach.ts",
    text: 'import "#extension/platform/breach.ts";',
  },
  {
    rule: "platform-decides-nothing",
    file: "extension/platform/breach.ts",
    text: 'import "#core/apply.ts";',
  },
  {
    rule: "extension-without-server",
    file: "extension/breach.ts",
    text: 'import "#server/config.ts";',
  },
  {
    rule: "pure-service",
    file: "server/publish/breach.ts",
    text: 'import "#server/config.ts";',
  },
  {
    rule: "server-sees-pure-client",
    file: "server/breach.ts",
    text: 'import "#extension/platform/breach.ts";',
  },
  { rule: "nobody-imports-test", file: "tools/breach.ts", text: 'import "#kit/breach.ts";' },
  { rule: "product-without-tools", file: "server/breach-2.ts", text: 'import "#tools/parts.ts";' },
  {
    rule: "product-without-development-packages",
    file: "server/breach-3.ts",
    text: 'import "fast-check";',
  },
  { rule: "resolvable", file: "server/breach-4.ts", text: 'import "#server/nowhere.ts";' },
  {
    rule: "no-cycles",
    file: "recipes/breach-3.ts",
    text: 'import { b } from "./breach-4.ts";\nexport const a = () => b;',
  },
] as const;
const partners = {
  "test/kit/breach.ts": "export const helper = 1;",
  "recipes/breach-4.ts": 'import { a } from "./breach-3.ts";\nexport const b = () => a;',
};

describe("the walls between folders", () => {
  let copy = "";
  let output = "";
  let status = 0;

  beforeAll(async () => {
    copy = await copyOfSources();
    const files = breaches.map(({ file, text }) => [file, text] as const);
    for (const [file, text] of [...files, ...Object.entries(partners)]) {
      await mkdir(path.dirname(path.join(copy, file)), { recursive: true });
      await writeFile(path.join(copy, file), `${text}\n`);
    }
    ({ status, output } = await layersOf(copy));
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  test("fail the build when somebody climbs over one", () => {
    expect(status).toBe(1);
  });

  test.each(breaches)("$rule is broken by $file", ({ rule, file }) => {
    expect(output).toContain(`${rule}: ${file} → `);
  });

  test("tell each offender why in a sentence", () => {
    const lines = output.split("\n");
    const silent = lines.filter(
      (line, index) =>
        line.includes(": ") && line.includes(" → ") && !lines[index + 1]?.endsWith("."),
    );
    expect(silent).toEqual([]);
  });
});

test("a run that reads no module at all fails the build", async () => {
  const empty = await mkdtemp(path.join(tmpdir(), "mulberry-house-"));
  try {
    const folders = ["recipes", "telemetry", "extension", "server", "tools", "bench", "test"];
    for (const folder of folders) await mkdir(path.join(empty, folder));
    await copyFile(path.join(root, "tsconfig.base.json"), path.join(empty, "tsconfig.base.json"));
    const { status, output } = await layersOf(empty);
    expect(output).toContain("0 modules, 0 dependencies");
    expect(status).toBe(1);
  } finally {
    await rm(empty, { recursive: true });
  }
});

function layersOf(folder: string) {
  return runProcess(process.execPath, ["tools/layers.ts", "--root", folder], { cwd: root });
}
