import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "#tools/run-process.ts";
import { copyOfSources, root } from "./repository.ts";

const ambient = ["fetch", "document", "browser", "process", "console", "setTimeout", "crypto"];
const pureFolders = [
  "recipes",
  "telemetry",
  "extension/core",
  "extension/actions",
  "extension/telemetry",
];

describe("purity is a compile error", () => {
  let copy = "";
  let output = "";

  beforeAll(async () => {
    copy = await copyOfSources();
    const text = ambient.map((name) => `export const a_${name} = ${name};\n`).join("");
    for (const folder of pureFolders) await writeFile(path.join(copy, folder, "breach.ts"), text);
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    ({ output } = await runProcess(
      process.execPath,
      [compiler, "-b", "extension/core", "--pretty", "false"],
      { cwd: copy },
    ));
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  test.each(pureFolders)("%s knows nothing of a browser or of Node", (folder) => {
    const unknown = ambient.filter((_, index) =>
      output.includes(`${folder}/breach.ts(${String(index + 1)},`),
    );
    expect(unknown).toEqual(ambient);
  });
});
