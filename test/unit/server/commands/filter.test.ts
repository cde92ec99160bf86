import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { addFilterCommands } from "#server/commands/filter.ts";

let folder: string;
let printed: string[];
let noted: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mulberry-filter-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  printed = [];
  const print = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  noted = [];
  const say = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    noted.push(String(text));
    return true;
  });
  return () => {
    print.mockRestore();
    say.mockRestore();
  };
});

async function mulberry(...args: readonly string[]): Promise<readonly unknown[]> {
  const program = new Command("mulberry")
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addFilterCommands(program);
  for (const command of program.commands.flatMap((group) => [group, ...group.commands])) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync([...args], { from: "user" });
  return printed.map((line) => JSON.parse(line) as unknown);
}

async function aFile(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

describe("mulberry filter eval", () => {
  test("says what no browser knows, and answers all the same", async () => {
    expect(await mulberry("filter", "eval", "env.versoin == '1'")).toEqual([{ value: false }]);
    expect(noted.join("")).toMatch(/^warning\/unknown-attribute: env\.versoin .*"version"\?$/mu);
  });

  test.each([
    ["1 + 1", { value: 2 }],
    ["missing", { value: { $: "undefined" } }],
    [
      "[0/0, 1/0, 0 - 1/0, missing]",
      { value: [{ $: "NaN" }, { $: "Infinity" }, { $: "-Infinity" }, { $: "undefined" }] },
    ],
    ['"2020-01-01"|date', { value: { $: "date", v: "2020-01-01T00:00:00.000Z" } }],
    ['{a: "x"|date}', { value: { a: { $: "date", v: null } } }],
  ])("prints what %s comes to", async (expression, answer) => {
    expect(await mulberry("filter", "eval", expression, "--json")).toEqual([answer]);
  });

  test("judges for the client in the context file, under all names of the environment", async () => {
    const file = await aFile("client.json", '{"env":{"a":1},"prefs":{"p.q":"v"}}');
    const filter =
      '[env.a, normandy.a, ctx.a, env|keys, "p.q"|preferenceValue, "p.q"|preferenceIsUserSet, "no"|preferenceExists]';
    expect(await mulberry("filter", "eval", filter, "--context", file)).toEqual([
      { value: [1, 1, 1, ["a"], "v", true, false] },
    ]);
  });

  test("prints an error as the answer, and then fails with it", async () => {
    await expect(mulberry("filter", "eval", "1 +")).rejects.toMatchObject({
      code: "filter/syntax",
    });
    expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      { error: { code: "filter/syntax", message: expect.any(String) as unknown } },
    ]);
  });

  test("answers every line of a batch, errors included", async () => {
    const lines = ['{"expr":"1"}', '{"expr":"("}', '{"expr":"1|nope"}', '{"expr":"true # x"}'];
    const file = await aFile("batch.jsonl", `${lines.join("\n")}\n`);
    expect(await mulberry("filter", "eval", "--batch", file)).toEqual([
      { value: 1 },
      { error: expect.objectContaining({ code: "filter/syntax" }) as unknown },
      { error: expect.objectContaining({ code: "filter/unknown-transform" }) as unknown },
      { value: true },
    ]);
  });

  test("explains each part", async () => {
    expect(await mulberry("filter", "eval", "env.x == 1", "--explain")).toEqual([
      {
        value: false,
        explain: [
          { text: "env.x == 1", kind: "operator", depth: 0, value: false },
          { text: "env.x", kind: "name", depth: 1, value: { $: "undefined" } },
        ],
      },
    ]);
  });

  test("needs either a filter or a batch", async () => {
    await expect(mulberry("filter", "eval")).rejects.toMatchObject({ exitCode: 2 });
    await expect(mulberry("filter", "eval", "1", "--batch", "x")).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  test.each([
    { what: "no JSON", text: "{", code: "context/malformed", at: "" },
    { what: "a list", text: "[]", code: "context/malformed", at: "" },
    { what: "an env that is no object", text: '{"env":5}', code: "context/malformed", at: "/env" },
    { what: "a list of prefs", text: '{"prefs":[]}', code: "context/malformed", at: "/prefs" },
    {
      what: "too much depth",
      text: `{"env":{"a":${"[".repeat(80)}${"]".repeat(80)}}}`,
      code: "context/malformed",
      at: expect.stringMatching(/^\/env\/a\/0/u) as unknown,
    },
    { what: "another member", text: '{"pref":{}}', code: "context/unknown-member", at: "/pref" },
  ])("refuses a context file that holds $what", async ({ text, code, at }) => {
    const file = await aFile("bad.json", text);
    await expect(mulberry("filter", "eval", "1", "--context", file)).rejects.toMatchObject({
      findings: [{ code, file, at }],
    });
  });

  test.each([
    ["{", "line 2 is not JSON"],
    ['{"filter":"1"}', 'line 2 must be {"expr": "…"}'],
  ])("refuses a batch with the line %s as a whole", async (line, message) => {
    const file = await aFile("batch.jsonl", `{"expr":"1"}\n${line}\n`);
    await expect(mulberry("filter", "eval", "--batch", file)).rejects.toMatchObject({
      findings: [{ code: "batch/malformed", file, message }],
    });
    expect(printed).toEqual([]);
  });

  test.each([
    ["env.version == 1", true],
    ['"p.q"|preferenceExists', true],
    ["env|keys", true],
    ["1 + 1", false],
    ["env.version ==", false],
  ])("says beside the answer of %s that there is no client: %j", async (filter, isSaid) => {
    const batch = await aFile("batch.jsonl", JSON.stringify({ expr: filter }));
    await mulberry("filter", "eval", "--batch", batch);
    expect(noted).toEqual(
      isSaid ? [expect.stringMatching(/^filter\/no-client: without --context/u)] : [],
    );
  });

  test("says of an attribute that only the context file knows that no browser tells it", async () => {
    const file = await aFile("client.json", '{"env":{"verzion":1,"version":"1","region":"DE"}}');
    expect(await mulberry("filter", "eval", "env.verzion", "--context", file)).toEqual([
      { value: 1 },
    ]);
    expect(noted).toEqual([
      `warning/unknown-attribute: ${file}#/env/verzion no browser tells this attribute; did you mean "version"?\n`,
      expect.stringMatching(/^warning\/unknown-attribute: env\.verzion is known to no browser/u),
    ]);
  });

  test("refuses a file that is not there", async () => {
    const file = join(folder, "none");
    await expect(mulberry("filter", "eval", "--batch", file)).rejects.toMatchObject({
      findings: [{ code: "file/unreadable", file, message: "no such file" }],
    });
  });
});

describe("mulberry filter compile", () => {
  const esr = { type: "channel", channels: ["esr"] };

  test("prints the filter that objects come to, of a list or of one", async () => {
    const file = await aFile(
      "objects.json",
      JSON.stringify([esr, { type: "negate", filter_to_negate: esr }]),
    );
    const one = await aFile("object.json", JSON.stringify({ type: "qaOnly" }));
    expect(await mulberry("filter", "compile", file, "--json")).toEqual([
      { expression: '(env.channel in ["esr"]) && (!(env.channel in ["esr"]))', capabilities: [] },
    ]);
    printed = [];
    expect(await mulberry("filter", "compile", one, "--slug", "tabs", "--json")).toMatchObject([
      { expression: expect.stringContaining(",tabs,") as unknown },
    ]);
  });

  test("says in which file and where an object is wrong", async () => {
    const file = await aFile("wrong.json", JSON.stringify([esr, { type: "chanel" }]));
    await expect(mulberry("filter", "compile", file)).rejects.toMatchObject({
      findings: [{ code: "recipe/out-of-range", file, at: "/1/type" }],
    });
  });
});
