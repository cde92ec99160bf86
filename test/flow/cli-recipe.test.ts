import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aClientId, anArchiveOf } from "#kit/environments.ts";
import { aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import {
  expectRefusal,
  mulberry,
  type Outcome,
  spawnMulberry,
  temporaryFolder,
} from "#kit/server.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
});
afterEach(() => folder[Symbol.asyncDispose]());

describe("mulberry recipe", () => {
  test("publish, list, show and disable work without a server", async () => {
    const study = await recipeFile("study.json", aPreferenceStudy());
    const rollout = await recipeFile("rollout.json", aRollout());
    const published = lines(await run("publish", study, rollout, "--approve"));
    expect(published).toEqual([
      { id: 1, slug: "tab-study", revision_id: "1", sha256: expect.any(String) as unknown, n: 1 },
      { id: 2, slug: "fast-tabs", revision_id: "2", sha256: expect.any(String) as unknown, n: 1 },
    ]);

    expect(lines(await run("disable", "1", "--json"))).toEqual([
      { id: 1, slug: "tab-study", n: 2 },
    ]);
    // A stop is meant, whatever share of a client's studies it ends.
    const bundle = await readFile(join(data, "public", "v2", "bundle.json"), "utf8");
    const { manifest } = JSON.parse(bundle) as { readonly manifest: string };
    const payload = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString();
    expect(JSON.parse(payload)).toMatchObject({ n: 2, must: ["mass-ok"] });
    expect(lines(await run("list", "--json"))).toMatchObject([
      [
        { id: 1, slug: "tab-study", live: false },
        { id: 2, slug: "fast-tabs", live: true },
      ],
    ]);
    expect(lines(await run("show", "2", "--json"))).toMatchObject([
      { id: 2, live: true, recipe: { revision_id: "2" }, revisions: [{ live: true }] },
    ]);
    expectRefusal(await run("disable", "1"), /^recipe\/not-live: /u);
    expectRefusal(await run("disable", "9"), /^recipe\/not-found: /u);
    expectRefusal(await run("show", "fast-tab"), /^recipe\/not-found: .*"fast-tabs"\?/u);
  });

  test("show, disable and simulate take a slug as well as an id", async () => {
    const rollout = await recipeFile("rollout.json", aRollout({ filter_expression: "true" }));
    await run("publish", rollout, "--approve");

    expect(lines(await run("show", "fast-tabs", "--json"))).toMatchObject([{ id: 1 }]);
    for (const name of ["1", "fast-tabs", rollout]) {
      const [simulation] = lines(await run("simulate", name, "--clients", "7", "--json"));
      expect(simulation).toMatchObject({ recipes: [{ slug: "fast-tabs", enrolled: 7 }] });
    }
    expect(lines(await run("disable", "fast-tabs", "--json"))).toMatchObject([{ id: 1 }]);
    expectRefusal(await run("simulate", "slow-tabs"), /^recipe\/not-found: /u);
    expectRefusal(await run("simulate", "slow.json"), /^file\/unreadable: slow\.json: /u);
  });

  test("simulate has a thousand browsers unless it is told otherwise", async () => {
    const rollout = await recipeFile("rollout.json", aRollout());
    expect(lines(await run("simulate", rollout, "--json"))).toMatchObject([{ clients: 1_000 }]);
  });

  test("preview counts what files would do beside what is live", async () => {
    const rollout = await recipeFile("rollout.json", aRollout({ filter_expression: "true" }));
    expectRefusal(await run("preview", rollout), /^data\/none: /u);
    await run("publish", rollout, "--approve");
    const rival = aRollout({ slug: "rival", filter_expression: "true" });
    const draft = { ...rival, id: undefined, arguments: { ...rival.arguments, slug: "rival" } };
    const file = await recipeFile("rival.json", draft);
    expect(lines(await run("preview", file, "--clients", "9", "--json"))).toMatchObject([
      {
        browsers: "synthetic",
        clients: 9,
        warnings: [{ code: "warning/shared-preference" }],
        recipes: [
          { slug: "fast-tabs", standing: "same", enrolled: 9, enrol: 0 },
          { slug: "rival", standing: "new", matches: 9, enrolled: 0, refused: 9 },
        ],
      },
    ]);
    const { stdout } = await run("preview", file, "--clients", "9");
    expect(stdout).toContain("9 made-up browsers");
    expect(stdout).toMatch(/^rival +new +9 +0 +0 +0 +9 +0 in it, conflict 9$/mu);
  });

  test("preview says of one browser why it would match, or not", async () => {
    const filter_expression = 'env.locale == "de"';
    const file = await recipeFile("study.json", aPreferenceStudy({ filter_expression }));
    await run("publish", file, "--approve");
    await anArchiveOf(data, 3, Date.now());
    const { stdout } = await run("preview", file, "--why", aClientId(1));
    expect(stdout).toContain(`${file}: ${aClientId(1)} matches\n`);
    expect(stdout).toContain('    env.locale: "de"\n');
    const why = lines(await run("preview", file, "--why", aClientId(2), "--json"));
    expect(why).toMatchObject([
      { matches: false, flips: [[{ text: filter_expression, to: true }]] },
    ]);
    expectRefusal(await run("preview", file, "--why", "nobody"), /^archive\/no-such-client: /u);
  });

  test("publish says on stderr that keys were made, what it replaced, and that nobody serves it", async () => {
    const file = (name: string): Promise<string> =>
      recipeFile("rollout.json", aRollout({ name, filter_expression: "true" }));
    const notes = async (name: string): Promise<readonly string[]> => {
      const { code, stderr } = await run("publish", await file(name), "--approve");
      expect(code).toBe(0);
      return stderr.trimEnd().split("\n");
    };

    const unserved = expect.stringMatching(/^server\/not-running: .*mulberry serve/u) as unknown;
    expect(await notes("One")).toEqual([expect.stringMatching(/^keys\/made: .*keys$/u), unserved]);
    expect(await notes("One")).toEqual([
      "publish/unchanged: recipe 1 (fast-tabs) is live as this already",
      unserved,
    ]);
    expect(await notes("Two")).toEqual([
      "publish/new-revision: recipe 1 (fast-tabs) was live: revision 2 replaces 1",
      unserved,
    ]);
    const { stderr } = await run("disable", "1");
    expect(stderr.trimEnd().split("\n")).toEqual([unserved]);
  });

  test("publish does not turn a live recipe into one of another action", async () => {
    await run("publish", await recipeFile("study.json", aPreferenceStudy()), "--approve");
    const rollout = aRollout({ arguments: { slug: "tab-study" }, filter_expression: "true" });
    const file = await recipeFile("rollout.json", rollout);

    expectRefusal(
      await run("publish", file, "--approve"),
      /^recipe\/action-changed: \S+#\/action recipe 1 \(tab-study\) .*recipe disable 1/u,
    );
    expect(lines(await run("list", "--json"))).toMatchObject([
      [{ id: 1, action: "preference-study", live: true }],
    ]);

    // What was ended is over: the slug is free, and the study keeps its id and its history.
    await run("disable", "1");
    expect(lines(await run("publish", file, "--approve"))).toMatchObject([{ id: 2 }]);
    const back = await recipeFile("back.json", aPreferenceStudy({ filter_expression: "true" }));
    expectRefusal(await run("publish", back, "--approve"), /recipe\/action-changed: /u);
    await run("disable", "2");
    expect(lines(await run("publish", back, "--approve"))).toMatchObject([{ id: 1 }]);
  });

  test("publish without --approve stores a revision that waits, and production knows nothing else", async () => {
    const rollout = await recipeFile("rollout.json", aRollout());
    const stored = await run("publish", rollout);
    expect(stored.stderr).toMatch(/^approval\/required: .*recipe request 1.* or use --approve/mu);
    expect(lines(stored)).toMatchObject([{ id: 1, revision_id: "1", n: null }]);
    expect(lines(await run("list", "--json"))).toMatchObject([[{ id: 1, live: false }]]);

    const environment = { MULBERRY_ENV: "production" };
    const args = ["recipe", "publish", rollout, "--approve", "--data", join(folder.path, "other")];
    expectRefusal(await mulberry(args, environment), /^approval\/required: .*recipe request/u);
    expect(await readdir(folder.path)).not.toContain("other");
  });

  test("check prints each finding as code, file, pointer and sentence", async () => {
    const good = await recipeFile("good.json", aRollout({ filter_expression: "true" }));
    const bad = await recipeFile(
      "bad.json",
      aRollout({ name: 3 as never, filter_expression: "(" }),
    );

    expect(await run("check", good)).toEqual({
      code: 0,
      stdout: `${good}: no findings\n`,
      stderr: "",
    });
    const { code, stdout } = await run("check", good, bad);
    expect(code).toBe(1);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^recipe\/wrong-type: \S+bad\.json#\/name \S/u),
      expect.stringMatching(/^filter\/syntax: \S+bad\.json#\/filter_expression \S/u),
      `${good}: no findings`,
      "",
    ]);
  });

  test("check, publish and show print nothing that steers a terminal", async () => {
    const study = aPreferenceStudy({ name: "a\u009b31m", filter_expression: "true" });
    const [branch] = study.arguments.branches;
    const branches = [{ ...branch, preferences: { "a\n\u001b[31m": aStudyPreference(1) } }];
    const hostile = { ...study, arguments: { ...study.arguments, branches } };
    const file = await recipeFile("odd.json", hostile);
    const checked = await run("check", file);
    expect(checked.stdout).toContain("/preferences/a \\u001b[31m ");
    const refused = await run("publish", file);
    expect(refused.stderr).toMatch(/^recipe\/out-of-range: .*\/a \\u001b\[31m /mu);

    await run("publish", await recipeFile("named.json", study), "--approve");
    const shown = await run("show", "1");
    expect(JSON.parse(shown.stdout)).toMatchObject({ recipe: { name: study.name } });
    for (const text of [checked.stdout, refused.stderr, shown.stdout])
      expect(text).toMatch(/^[\n\x20-\x7e]+$/u);
  });

  test("check and publish warn of the same, publish goes on, and neither fails", async () => {
    const rollout = aRollout({ filter_expression: "env.verzion == 1" });
    const file = await recipeFile("rollout.json", rollout);
    const warning = `warning/unknown-attribute: ${file}#/filter_expression env.verzion`;

    const checked = await run("check", file);
    expect(checked).toMatchObject({ code: 0, stderr: "" });
    expect(checked.stdout).toContain(warning);
    expect(lines(await run("check", file, "--json"))).toMatchObject([
      [{ severity: "warning", code: "warning/unknown-attribute", file, at: "/filter_expression" }],
    ]);
    const published = await run("publish", file, "--approve");
    expect(published).toMatchObject({ code: 0 });
    expect(published.stderr).toContain(warning);
  });

  test("check and publish compare with what is live, and check makes no data folder", async () => {
    const rival = aRollout({ filter_expression: "true", arguments: { slug: "rival" } });
    const file = await recipeFile("rival.json", rival);
    expect((await run("check", file)).stdout).toBe(`${file}: no findings\n`);
    expect(await readdir(folder.path)).toEqual(["rival.json"]);

    const rollout = await recipeFile("rollout.json", aRollout({ filter_expression: "true" }));
    await run("publish", rollout, "--approve");
    const sentence = "test.tabs.fast is set by the live recipe fast-tabs too";
    expect((await run("check", file)).stdout).toContain(sentence);
    expect((await run("publish", file)).stderr).toContain(sentence);
    expect((await run("check", rollout)).stdout).toBe(`${rollout}: no findings\n`);
  });

  test("publish from several processes at once loses nothing and counts each once", async () => {
    await mulberry(["keys", "init", "--data", data]);
    const slugs = ["one", "two", "three", "four"];
    const outcomes = await Promise.all(
      slugs.map(async (slug) => {
        const rollout = aRollout({ arguments: { slug } });
        const recipe = await recipeFile(`${slug}.json`, rollout);
        return spawnMulberry(["recipe", "publish", recipe, "--approve", "--data", data]);
      }),
    );

    expect(outcomes.filter(({ code }) => code !== 0)).toEqual([]);
    const published = outcomes.flatMap((outcome) => lines(outcome)) as { id: number; n: number }[];
    expect(published.map(({ n }) => n).sort()).toEqual([1, 2, 3, 4]);
    expect(published.map(({ id }) => id).sort()).toEqual([1, 2, 3, 4]);
    const { stdout } = await run("list", "--json");
    expect(JSON.parse(stdout)).toMatchObject(slugs.map(() => ({ live: true })));
  }, 60_000);
});

function run(...args: readonly string[]): Promise<Outcome> {
  return mulberry(["recipe", ...args, "--data", data]);
}

function lines({ stdout }: Outcome): readonly unknown[] {
  return stdout
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

async function recipeFile(name: string, recipe: object): Promise<string> {
  const { id: _id, revision_id: _revision, ...draft } = { id: 0, revision_id: "", ...recipe };
  const file = join(folder.path, name);
  await writeFile(file, JSON.stringify(draft));
  return file;
}
