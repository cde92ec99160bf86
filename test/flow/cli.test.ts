import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { expectRefusal, mulberry, temporaryFolder } from "#kit/server.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
});
afterEach(() => folder[Symbol.asyncDispose]());

describe("mulberry", () => {
  test.each([
    [["--help"], /Usage: mulberry/u],
    [["recipe", "--help"], /publish/u],
    [["recipe", "publish", "--help"], /--approve/u],
    [["serve", "--help"], /--port/u],
    [["--version"], /^\d+\.\d+\.\d+$/mu],
  ])("%j helps and exits 0", async (args, pattern) => {
    const { code, stdout } = await mulberry(args);
    expect(stdout).toMatch(pattern);
    expect(code).toBe(0);
  });

  test.each([
    [[]],
    [["nonsense"]],
    [["serve", "--nonsense"]],
    [["recipe", "publish"]],
    [["recipe", "disable"]],
    [["extension", "build", "--browser", "netscape", "--out", "x"]],
    [["extension", "build", "--browser", "chromium", "--release", "--out", "x"]],
    [
      [
        "extension",
        "build",
        "--browser",
        "firefox",
        "--out",
        "x",
        "--server",
        "http://example.com",
      ],
    ],
    [["serve", "--port", "abc"]],
    [["serve", "--port", "70000"]],
    [["serve", "--host", "two words"]],
    [["recipe", "simulate", "x.json", "--clients", "0"]],
    [["pings", "--since", "yesterday"]],
    [["filter", "eval"]],
  ])("%j is wrong usage, says so in one line with a code, and exits 2", async (args) => {
    const { code, stdout, stderr } = await mulberry([...args, "--data", data]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    // The name of a command alone asks what there is.
    if (args.length > 0) expect(stderr).toMatch(/^usage: \S.*--help.*\n$/u);
  });

  test("says in one form that a file is not there, or is a folder, whatever the command", async () => {
    const missing = join(folder.path, "missing.json");
    for (const args of [
      ["recipe", "check", missing],
      ["recipe", "publish", missing],
      ["recipe", "simulate", missing],
      ["filter", "eval", "--batch", missing],
      ["filter", "eval", "1", "--context", missing],
      ["extension", "add", missing],
      ["extension", "build", "--browser", "firefox", "--out", "x", "--root", missing],
    ]) {
      const { code, stdout, stderr } = await mulberry([...args, "--data", data]);
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(stdout + stderr).toBe(`file/unreadable: ${missing}: no such file\n`);
    }
    for (const args of [
      ["filter", "eval", "--batch", folder.path],
      ["extension", "add", folder.path],
    ])
      expectRefusal(
        await mulberry([...args, "--data", data]),
        /^file\/unreadable: \S+: this is a folder/u,
      );
  });

  test.each(["keys", "recipe", "serve"])("%s names every wrong variable at once", async (name) => {
    const args = { keys: ["keys", "init"], recipe: ["recipe", "list"], serve: ["serve"] }[name];
    const outcome = await mulberry(args ?? [], { MULBERRY_PROT: "1", MULBERRY_PORT: "x" });
    expectRefusal(outcome, /^config\/invalid: .*MULBERRY_PROT.*MULBERRY_PORT/u);
  });

  test("says when the data folder cannot be written", async () => {
    const file = join(folder.path, "file");
    await writeFile(file, "");
    for (const args of [["keys", "init"], ["serve"], ["extension", "add", file]])
      expectRefusal(await mulberry([...args, "--data", join(file, "x")]), /^data\/not-writable: /u);
  });
});

test.runIf(process.platform === "linux")(
  "a data folder that the system itself will not make is refused, not waited for",
  { timeout: 10_000 },
  async () => {
    const outcome = await mulberry(["keys", "init", "--data", "/proc/no-such-process/data"]);
    expectRefusal(outcome, /^data\/not-writable: /u);
  },
);

test.each(["events", "pings"])("%s takes --json, which it prints anyway", async (name) => {
  await mulberry(["keys", "init", "--data", data]);
  expect(await mulberry([name, "--json", "--data", data])).toMatchObject({
    code: 0,
    stdout: "",
    stderr: expect.stringMatching(/^ingest\/empty: /u) as unknown,
  });
});

test.each([
  [["recipe", "list"]],
  [["recipe", "show", "1"]],
  [["recipe", "disable", "1"]],
  [["events"]],
  [["events", "--follow"]],
  [["pings"]],
])(
  "%j of a folder that was mistyped says that nothing is there, and makes nothing",
  async (args) => {
    expectRefusal(await mulberry([...args, "--data", data]), /^data\/none: .*--data/u);
    expect(await readdir(folder.path)).toEqual([]);
  },
);

test("a folder of somebody's own is not emptied for an extension", async () => {
  await mulberry(["keys", "init", "--data", data]);
  const out = join(folder.path, "own");
  await mkdir(out);
  await writeFile(join(out, "letter.txt"), "x");
  const build = ["extension", "build", "--browser", "firefox", "--out", out, "--data", data];

  expectRefusal(await mulberry(build), /^extension\/out-in-use: /u);
  expect(await readdir(out)).toEqual(["letter.txt"]);
  expectRefusal(
    await mulberry([...build, "--out", join(out, "letter.txt")]),
    /^extension\/out-not-writable: /u,
  );
});

test("a root whose signatures do not hold is not pinned", async () => {
  await mulberry(["keys", "init", "--data", data]);
  const text = await readFile(join(data, "keys", "root.json"), "utf8");
  const root = JSON.parse(text) as { readonly signatures: readonly unknown[] };
  const file = join(folder.path, "root.json");
  await writeFile(file, JSON.stringify({ ...root, signatures: root.signatures.slice(0, 1) }));
  const args = ["extension", "build", "--browser", "firefox", "--out", join(folder.path, "out")];

  expectRefusal(
    await mulberry([...args, "--root", file, "--data", data]),
    /^keys\/malformed: .*root\.json/u,
  );
});

test("an organisation's denied preferences are pinned into the extension, and a bad line is refused", async () => {
  await mulberry(["keys", "init", "--data", data]);
  const out = join(folder.path, "extension");
  const deny = join(folder.path, "deny.txt");
  const build = ["extension", "build", "--browser", "firefox", "--out", out, "--deny", deny];
  const server = ["--server", "https://mulberry.example", "--json", "--data", data];
  await writeFile(deny, "# ours\nsignon.*\n");
  const { code, stdout } = await mulberry([...build, ...server]);
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { denied: ["signon.*"] }]);
  expect(await readFile(join(out, "experiments/rules.js"), "utf8")).toContain("signon.*");
  await writeFile(deny, "*\n");
  expectRefusal(await mulberry([...build, ...server]), /^extension\/deny-malformed: .*line 1/u);
});

test("a store that was lost does not begin to count anew", async () => {
  const file = join(folder.path, "r.json");
  await writeFile(file, JSON.stringify(aPreferenceStudy({ filter_expression: "true" })));
  await mulberry(["recipe", "publish", file, "--approve", "--data", data]);
  const bundle = join(data, "public", "v2", "bundle.json");
  const before = await readFile(bundle, "utf8");
  for (const suffix of ["", "-wal", "-shm"])
    await rm(join(data, `mulberry.db${suffix}`), { force: true });

  expectRefusal(
    await mulberry(["recipe", "publish", file, "--approve", "--data", data]),
    /^data\/damaged: .*manifest 1\.1/u,
  );
  expect(await readFile(bundle, "utf8")).toBe(before);
});

describe("mulberry keys", () => {
  test("init makes private files in a private folder, once", async () => {
    expect(await mulberry(["keys", "init", "--data", data])).toMatchObject({ code: 0 });

    expect((await readdir(join(data, "keys"))).sort()).toEqual([
      "keycert.jwt",
      "online.json",
      "root-1.json",
      "root-2.json",
      "root-3.json",
      "root.json",
    ]);
    expect((await stat(join(data, "keys"))).mode & 0o777).toBe(0o700);
    for (const name of ["online.json", "root-1.json", "root-2.json", "root-3.json"])
      expect((await stat(join(data, "keys", name))).mode & 0o777, name).toBe(0o600);
    expectRefusal(await mulberry(["keys", "init", "--data", data]), /^keys\/exist: /u);
  });

  test("status lists every credential, and says so when there are none", async () => {
    await mkdir(data);
    const production = { MULBERRY_ENV: "production" };
    const status = ["keys", "status", "--json", "--data", data];
    expectRefusal(await mulberry(status, production), /^keys\/missing: .*mulberry keys init/u);

    await mulberry(["keys", "init", "--data", data], production);
    const { stdout } = await mulberry(status, production);
    expect(JSON.parse(stdout)).toMatchObject({
      env: "production",
      credentials: [
        { name: "root 1", state: "good" },
        { name: "keycert", state: "good", lifeLeft: expect.closeTo(1, 3) as unknown },
      ],
    });
    expectRefusal(await mulberry(status), /^keys\/wrong-environment: /u);
  });
});
