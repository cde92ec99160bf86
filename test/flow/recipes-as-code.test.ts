import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Api, openApiServer } from "#kit/api.ts";
import { inFile } from "#kit/recipe-file.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { expectRefusal, type Outcome } from "#kit/server.ts";

// A folder of recipe files against a production data folder, and against the server that runs on one:
// what may be seen of the two is the same.

const here = [
  { where: "a data folder", isRemote: false },
  { where: "a server", isRemote: true },
];

describe.each(here)("a folder of recipes and $where", ({ isRemote }) => {
  let api: Api;
  let ines: string;
  let otto: string;
  let folder: string;
  let round = 0;
  beforeAll(async () => {
    api = await openApiServer();
    await api.office.admit("ada", "admin");
    ines = await api.office.admit("ines", "author");
    otto = await api.office.admit("otto", "approver");
  });
  afterAll(() => api[Symbol.asyncDispose]());
  beforeEach(async () => {
    folder = join(api.office.path, `recipes-${String((round += 1))}`);
    await mkdir(folder);
    // What an earlier test has left live is no part of this one.
    for (const { id, live } of await list())
      if (live) await api.office.done(otto, "recipe", "disable", String(id));
  });

  const run = (token: string | undefined, name: string, ...args: readonly string[]) =>
    api.office.run(
      token,
      "recipe",
      name,
      folder,
      ...args,
      ...(isRemote ? ["--server", api.server.url] : []),
    );
  const apply = (...args: readonly string[]): Promise<Outcome> => run(ines, "apply", ...args);
  const pull = (...args: readonly string[]): Promise<Outcome> => run(ines, "pull", ...args);
  const approve = async (slug: string): Promise<void> => {
    const waiting = JSON.parse(
      await api.office.done(otto, "recipe", "waiting", "--json"),
    ) as readonly { readonly slug: string; readonly sha256: string }[];
    const sha256 = waiting.find((one) => one.slug === slug)?.sha256 ?? "";
    await api.office.done(otto, "recipe", "approve", slug, "--sha256", sha256);
  };
  const list = async (): Promise<
    readonly { readonly id: number; readonly slug: string; readonly live: boolean }[]
  > =>
    JSON.parse(await api.office.done(ines, "recipe", "list", "--json")) as Awaited<
      ReturnType<typeof list>
    >;
  const put = (name: string, content: object): Promise<void> =>
    writeFile(join(folder, name), JSON.stringify(content));
  const rollout = (change: object = {}): object =>
    inFile(
      aRollout({ filter_expression: "true", arguments: { slug: `fast-${String(round)}` } }),
      change,
    );
  const study = (change: object = {}): object =>
    inFile(
      aPreferenceStudy({ filter_expression: "true", arguments: { slug: `tabs-${String(round)}` } }),
      change,
    );

  test("is applied once: revisions and requests, and a second time nothing", async () => {
    await put("rollout.json", rollout());
    await mkdir(join(folder, "studies"));
    await put("studies/study.json", study());
    const first = await apply("--yes", "--comment", "from git");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout.split("\n")).toEqual([
      expect.stringMatching(/^create {3}\S+rollout\.json: a new recipe \(fast-\d+\); approval/u),
      expect.stringMatching(/^create {3}\S+study\.json: a new recipe \(tabs-\d+\); approval/u),
      expect.stringMatching(/^recipe \d+ \(fast-\d+\) waits for somebody else: mulberry recipe/u),
      expect.stringMatching(/^recipe \d+ \(tabs-\d+\) waits for somebody else: mulberry recipe/u),
      "",
    ]);

    const second = await apply("--yes");
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toMatch(
      /^nothing {2}\S+: recipe \d+ \(\S+\) waits for approval as this\nnothing .*\nnothing to do\n$/u,
    );
    await approve(`fast-${String(round)}`);
    expect(await plan()).toMatchObject({
      files: [
        { do: "nothing", state: "live" },
        { do: "nothing", state: "waiting" },
      ],
    });
  });

  test("shows what would change, place by place, and changes nothing without a yes", async () => {
    await put("study.json", study());
    await apply("--yes");
    await put("study.json", study({ name: "Renamed" }));

    const dry = await apply("--dry-run");
    expect(dry.stdout).toContain(`\n    /name: "${aPreferenceStudy().name}" → "Renamed"\n`);
    const unasked = await apply();
    expect(unasked).toMatchObject({ code: 1 });
    expect(unasked.stderr).toMatch(/^apply\/not-confirmed: .*--yes/u);
    expect(await plan()).toMatchObject({ files: [{ do: "update", changes: [{ at: "/name" }] }] });

    expect(await apply("--yes")).toMatchObject({ code: 0, stderr: "" });
    expect(await plan()).toMatchObject({ files: [{ do: "nothing", state: "waiting" }] });
  });

  test("does not ask again for what somebody rejected, or stopped", async () => {
    await put("rollout.json", rollout());
    await put("study.json", study());
    await apply("--yes");
    await approve(`fast-${String(round)}`);
    await api.office.done(otto, "recipe", "reject", `tabs-${String(round)}`, "--comment", "no");
    await api.office.done(otto, "recipe", "disable", `fast-${String(round)}`);

    const again = await apply("--yes");
    expect(again.stdout).toContain("was stopped as this: start it again with");
    expect(again.stdout).toContain("was rejected as this: change the file, or ask again with");
    expect(again.stdout).toMatch(/\nnothing to do\n$/u);

    await put("rollout.json", rollout({ name: "Better" }));
    await apply("--yes");
    expect(await plan()).toMatchObject({ files: [{ state: "waiting" }, { state: "rejected" }] });
  });

  test("ends nothing by a file that is gone, unless it is told to", async () => {
    await put("rollout.json", rollout());
    await apply("--yes");
    await approve(`fast-${String(round)}`);
    await rm(join(folder, "rollout.json"));

    const kept = await apply("--yes");
    expect(kept.stdout).toMatch(
      /^keep {5}no file speaks of recipe \d+ .*--disable-missing ends it/mu,
    );
    expect((await list()).filter(({ live }) => live)).toHaveLength(1);

    const ended = await apply("--yes", "--disable-missing");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(
      /^disable .*\n(?:keep .*\n)*recipe \d+ \(\S+\) is no longer live\n$/mu,
    );
    expect((await list()).filter(({ live }) => live)).toHaveLength(0);
    expect((await apply("--yes", "--disable-missing")).stdout).toMatch(/^nothing to do\n$/mu);
  });

  test("makes no revision at all where one file is refused", async () => {
    await put("good.json", rollout());
    await put("bad.json", study({ arguments: {} }));
    const before = await list();
    const refused = await apply("--yes");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/^recipe\/missing: \S+bad\.json#\/arguments\/slug /u);
    expect(await list()).toEqual(before);
  });

  test("takes no file for the next revision of a live recipe with another action", async () => {
    await put("study.json", study());
    await apply("--yes");
    await approve(`tabs-${String(round)}`);
    await put(
      "study.json",
      rollout({ arguments: { ...aRollout().arguments, slug: `tabs-${String(round)}` } }),
    );
    expectRefusal(await apply("--yes"), /^recipe\/action-changed: \S+study\.json#\/action /u);
  });

  test("is written back by pull, and applied again there is nothing to do", async () => {
    await put("rollout.json", rollout({ $schema: "../recipe.schema.json" }));
    await put("hello.json", {
      name: `Hello ${String(round)}`,
      action: "console-log",
      arguments: { message: "hello" },
      filter_expression: "",
      capabilities: ["made-up-capability"],
    });
    await apply("--yes");
    const mine = await readFile(join(folder, "rollout.json"), "utf8");
    const author = folder;

    folder = join(author, "elsewhere");
    const pulled = await pull("--yes");
    expect(pulled).toMatchObject({ code: 0, stderr: "" });
    expect((await readdir(folder)).length).toBeGreaterThanOrEqual(2);
    expect(await plan()).toMatchObject({ missing: [] });
    expect((await apply("--yes")).stdout).toMatch(/nothing to do\n$/u);
    expect(await fileOf("made-up-capability")).toMatch(
      /^\{\n {2}"slug": "recipe-\d+",\n {2}"name"/u,
    );
    const twice = await pull("--yes");
    expect(twice.stdout).toMatch(/\nnothing to write\n$/u);
    await rm(folder, { recursive: true });

    // A file that says the same stays as its author wrote it; a newer revision is written over it.
    folder = author;
    await pull("--yes");
    expect(await readFile(join(folder, "rollout.json"), "utf8")).toBe(mine);
    await put("rollout.json", rollout({ $schema: "../recipe.schema.json", name: "Mine alone" }));
    const over = await pull("--yes");
    expect(over.stdout).toContain('/name: "Mine alone" → ');
    const text = await readFile(join(folder, "rollout.json"), "utf8");
    expect(text).toMatch(/^\{\n {2}"\$schema": "\.\.\/recipe\.schema\.json",\n {2}"name": "/u);
    expect((await apply("--yes")).stdout).toMatch(/\nnothing to do\n$/u);
  });

  test("pull writes only after a yes, and removes nothing", async () => {
    await put("rollout.json", rollout());
    await apply("--yes");
    await rm(join(folder, "rollout.json"));
    await put("new.json", study());
    expect(await pull()).toMatchObject({ code: 1 });
    expect(await pull("--dry-run")).toMatchObject({ code: 0 });
    expect(await readdir(folder)).toEqual(["new.json"]);
    const { stdout } = await pull("--yes");
    expect(stdout).toMatch(/^keep {5}\S+new\.json: no recipe is of it\n/u);
    expect(await readdir(folder)).toContain("new.json");
  });

  test("needs the right to write, and says who else has it", async () => {
    await put("rollout.json", rollout());
    const vera = await api.office.admit(`vera-${String(round)}`, "viewer");
    const refused = await run(vera, "apply", "--yes");
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/^access\/not-allowed: /u);
    const nameless = await run(undefined, "apply", "--yes");
    expect(nameless.stderr).toMatch(/^access\/token-missing: /u);
  });

  async function plan(): Promise<unknown> {
    const { stdout } = await apply("--dry-run", "--json");
    return (JSON.parse(stdout) as { readonly plan: unknown }).plan;
  }

  async function fileOf(words: string): Promise<string> {
    const texts = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")),
    );
    return texts.find((text) => text.includes(words)) ?? "";
  }
});
