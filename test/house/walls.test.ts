import path from "node:path";
import { ESLint } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, test } from "vitest";
import { root } from "./repository.ts";

// Rules that need types are left out here: to load the whole program takes ten times as long.
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [
    {
      files: ["**/*.ts"],
      ...tseslint.configs.disableTypeChecked,
      languageOptions: { parserOptions: { project: null } },
    },
  ],
});

/** The rules that a text breaks when it stands in the place of an existing file. */
async function rulesBrokenBy(text: string, file: string): Promise<readonly (string | null)[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(root, file) });
  return result?.messages.map(({ ruleId }) => ruleId) ?? [];
}

const clock = "no-restricted-properties";
const globals = "no-restricted-globals";
const syntax = "no-restricted-syntax";
const imports = "no-restricted-imports";

describe("the lint refuses", () => {
  test.each([
    { what: "the clock", text: "export const a = Date.now();", rule: clock },
    { what: "chance", text: "export const a = Math.random();", rule: clock },
    { what: "today's date", text: "export const a = new Date();", rule: syntax },
    { what: "a timer", text: "export const a = setTimeout;", rule: globals },
    { what: "the network", text: "export const a = fetch;", rule: globals },
    { what: "the browser", text: "export const a = browser;", rule: globals },
    { what: "Chromium's name for it", text: "export const a = chrome;", rule: globals },
    { what: "the environment", text: "export const a = process.env;", rule: globals },
    { what: "the console", text: "console.log(1);", rule: globals },
  ])("$what in a pure folder, in core, and in the server's inside", async ({ text, rule }) => {
    for (const file of ["recipes/errors.ts", "extension/core/plan.ts", "server/errors.ts"]) {
      expect(await rulesBrokenBy(text, file), file).toContain(rule);
    }
  });

  test.each([
    { what: "markup from text", text: 'document.body.innerHTML = "x";', rule: syntax },
    { what: "document.write", text: 'document.write("x");', rule: syntax },
    { what: "an unverified claim", text: 'import { decodeJwt } from "jose";', rule: imports },
    {
      what: "a key that the message brings",
      text: 'import { EmbeddedJWK } from "jose";',
      rule: imports,
    },
    { what: "the filter's parser", text: 'import "mozjexl";', rule: imports },
    { what: "sockets", text: 'import "node:http";', rule: imports },
    { what: "the polyfill", text: 'import "webextension-polyfill";', rule: imports },
    {
      what: "any",
      text: "export const a = (b: unknown) => b as any;",
      rule: "@typescript-eslint/no-explicit-any",
    },
    {
      what: "an assertion that something is there",
      text: "export const a = (b?: string) => b!;",
      rule: "@typescript-eslint/no-non-null-assertion",
    },
  ])("$what", async ({ text, rule }) => {
    expect(await rulesBrokenBy(text, "server/errors.ts")).toContain(rule);
  });

  test("files of more than 300 lines", async () => {
    const text = "export const a = 1;\n".repeat(301);
    expect(await rulesBrokenBy(text, "server/errors.ts")).toContain("max-lines");
  });
});

test.each(["no-floating-promises", "no-misused-promises", "no-unsafe-assignment"])(
  "the lint knows types: %s is on",
  async (rule) => {
    const config: unknown = await new ESLint({ cwd: root }).calculateConfigForFile(
      path.join(root, "server/errors.ts"),
    );
    expect(config).toMatchObject({ rules: { [`@typescript-eslint/${rule}`]: [2] } });
  },
);

describe("the lint allows", () => {
  test("tools the clock and the console", async () => {
    const text = "console.log(Date.now());";
    expect(await rulesBrokenBy(text, "tools/check.ts")).toEqual([]);
  });

  test("the platform its browser", async () => {
    const broken = await rulesBrokenBy("export const a = fetch;", "extension/platform/ports.ts");
    expect(broken).not.toContain(globals);
  });

  test("a date that is made from an argument", async () => {
    const text = "export const a = (ms: number) => new Date(ms);";
    expect(await rulesBrokenBy(text, "recipes/errors.ts")).toEqual([]);
  });
});
