import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { buildExtension } from "#extension/vite.config.ts";
import { parseSignedRoot } from "#recipes/manifest-parse.ts";
import { addonId, next, nothing } from "#kit/lived-in.ts";
import { aRollback, aRollout } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import { readKeyFiles } from "#server/store/key-files.ts";
import { packXpi } from "#tools/xpi.ts";

// Recipes as Normandy's servers publish them, names and shapes of its own, in a real Firefox.

const folder = path.join(import.meta.dirname, "../fixtures/study-addon");

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
});
// A study that one test leaves must not end in the next.
afterEach(() => run());
afterAll(() => stage[Symbol.asyncDispose]());

async function run(...recipes: readonly object[]) {
  const before = (await stage.events("normandy")).length;
  await stage.publish([...recipes, nothing()]);
  const { recipes: statuses } = await stage.run();
  const events = (await stage.events("normandy")).slice(before);
  return {
    statuses,
    told: events.map(({ method, object, value, extra }) => [method, object, value, extra]),
  };
}
const anId = expect.stringMatching(/^[0-9a-f-]{36}$/u) as unknown;

describe("a study of one preference in Normandy's form", () => {
  test.each(["preference-experiment", "single-preference-experiment"])(
    "is carried out under the name %s, and given back",
    async (action) => {
      const id = next();
      const slug = `one-${action}`;
      const name = `test.${action}`;
      const recipe = {
        id,
        name: "One preference",
        action,
        arguments: {
          slug,
          experimentDocumentUrl: "https://mulberry.example/one",
          preferenceName: name,
          preferenceType: "integer",
          preferenceBranchType: "user",
          isHighPopulation: true,
          isEnrollmentPaused: false,
          branches: [{ slug: "only", ratio: 1, value: 7 }],
        },
      };
      const { statuses, told } = await run(recipe);
      expect(statuses[id]).toBe("success");
      expect(await stage.firefox.getPref(name, "user")).toBe(7);
      const extra = { experimentType: "exp-highpop", branch: "only", enrollmentId: anId };
      expect(told).toEqual([["enroll", "preference_study", slug, extra]]);
      expect((await run()).told).toMatchObject([
        ["unenroll", "preference_study", slug, { reason: "recipe-not-seen" }],
      ]);
      expect(await stage.firefox.getPref(name)).toBeNull();
    },
  );

  test("enrols nobody where it does not say that enrolment is open, and takes the default branch", async () => {
    const said = {
      slug: "says-little",
      preferenceName: "test.says-little",
      preferenceType: "string",
      branches: [{ slug: "only", ratio: 1, value: "x" }],
    };
    const recipe = { id: next(), action: "single-preference-experiment", arguments: said };
    expect(await run(recipe)).toMatchObject({ statuses: { [recipe.id]: "success" }, told: [] });
    const open = { ...recipe, arguments: { ...said, isEnrollmentPaused: false } };
    expect((await run(open)).told).toMatchObject([
      ["enroll", "preference_study", "says-little", { experimentType: "exp" }],
    ]);
    expect(await stage.firefox.getPref("test.says-little", "default")).toBe("x");
  });
});

test("a study of several preferences is carried out under its own name", async () => {
  const preferences = Object.fromEntries(
    ["default", "user"].map((preferenceBranchType) => [
      `test.multi.${preferenceBranchType}`,
      { preferenceType: "boolean", preferenceBranchType, preferenceValue: true },
    ]),
  );
  const recipe = {
    id: next(),
    action: "multi-preference-experiment",
    arguments: {
      slug: "Several_Preferences-1",
      userFacingName: "Several",
      userFacingDescription: "Several preferences at once.",
      experimentDocumentUrl: "",
      isHighPopulation: false,
      isEnrollmentPaused: false,
      branches: [{ slug: "only", ratio: 1, preferences }],
    },
  };
  expect((await run(recipe)).told).toMatchObject([
    ["enroll", "preference_study", "Several_Preferences-1", { experimentType: "exp" }],
  ]);
  expect(await stage.firefox.getPref("test.multi.default", "default")).toBe(true);
  expect(await stage.firefox.getPref("test.multi.user", "user")).toBe(true);
});

describe("an add-on study in Normandy's form", () => {
  test.each([
    {
      action: "opt-out-study",
      branch: "__NO_BRANCHES__",
      argumentsOf: (slug: string, extensionApiId: number) => ({
        name: slug,
        description: "Older than branches.",
        addonUrl: "https://mulberry.example/study.xpi",
        extensionApiId,
        isEnrollmentPaused: false,
      }),
    },
    {
      action: "branched-addon-study",
      branch: "only",
      argumentsOf: (slug: string, extensionApiId: number) => ({
        slug,
        userFacingName: "Branched",
        userFacingDescription: "With branches.",
        isEnrollmentPaused: false,
        branches: [{ slug: "only", ratio: 1, extensionApiId }],
      }),
    },
  ])("is carried out under the name $action, and removed", async (row) => {
    const { action, branch } = row;
    const id = next();
    const slug = `Study by ${action}`;
    const said = row.argumentsOf(slug, await stage.addAddon(folder));
    const { statuses, told } = await run({ id, action, arguments: said });
    expect(statuses[id]).toBe("success");
    const addons = async () => (await stage.firefox.listAddons()).map((one) => one.id);
    expect(await addons()).toContain(addonId);
    const extra = { addonId, addonVersion: "1.0.0", branch, enrollmentId: anId };
    expect(told).toEqual([["enroll", "addon_study", slug, extra]]);
    expect((await run()).told).toMatchObject([
      ["unenroll", "addon_study", slug, { reason: "recipe-not-seen", branch }],
    ]);
    expect(await addons()).not.toContain(addonId);
  });
});

describe("what Normandy tells of failures", () => {
  const study = (slug: string, preferences: object, id = next()) => ({
    id,
    action: "preference-study",
    arguments: {
      slug,
      userFacingName: "A",
      userFacingDescription: "B",
      isEnrollmentPaused: false,
      branches: [{ slug: "only", ratio: 1, preferences }],
    },
  });
  const integer = { preferenceType: "integer", preferenceValue: 1 };

  test("is told of a preference branch that is none, and of another type", async () => {
    const odd = { ...integer, preferenceBranchType: "locked" };
    const { statuses, told } = await run(
      study("odd-branch", { "test.odd": odd }, 90),
      study("odd-type", { "browser.startup.homepage": integer }, 91),
    );
    expect(statuses).toMatchObject({ 90: "apply_error", 91: "apply_error" });
    expect(told).toEqual([
      [
        "enrollFailed",
        "preference_study",
        "odd-branch",
        { reason: "invalid-branch", preferenceBranch: "locked" },
      ],
      ["enrollFailed", "preference_study", "odd-type", { reason: "invalid-type" }],
    ]);
  });

  test("is told of what a person had set when it began, and once more when they change it", async () => {
    const name = "test.set-before";
    await stage.firefox.setPref(name, 5);
    const recipe = study("set-before", { [name]: integer });
    const changed = (reason: string) => [
      "expPrefChanged",
      "preference_study",
      "set-before",
      { preferenceName: name, reason, enrollmentId: anId },
    ];
    expect((await run(recipe)).told.slice(1)).toEqual([changed("atEnroll")]);
    await stage.firefox.setPref(name, 6);
    await stage.firefox.setPref(name, 8);
    expect((await run(recipe)).told).toEqual([changed("observer")]);
    expect(await stage.firefox.getPref(name)).toBe(8);
  });

  test("is told of a rollout that a new build of ours needs no longer, and of its rollback", async () => {
    const slug = "grown-out";
    const name = "browser.sessionhistory.max_entries";
    const recipe = aRollout({
      id: next(),
      arguments: { slug, preferences: [{ preferenceName: name, value: 40 }] },
    });
    await run(recipe);
    expect(await stage.firefox.getPref(name)).toBe(40);
    const before = await stage.run();
    const build = path.join(stage.dataDir, "next");
    await buildExtension({
      browser: "firefox",
      outDir: build,
      root: parseSignedRoot(JSON.parse((await readKeyFiles(stage.dataDir)).root)),
      serverUrl: stage.server.url,
      graduated: [slug],
    });
    await writeFile(`${build}.xpi`, await packXpi(build));
    await stage.firefox.installAddon(`${build}.xpi`);
    await stage.nextRun(before);
    const told = async () =>
      (await stage.events("normandy"))
        .filter(({ value }) => value === slug)
        .map(({ method, object, extra }) => [method, object, extra]);
    expect(await told()).toEqual([
      ["enroll", "preference_rollout", { enrollmentId: anId }],
      ["graduate", "preference_rollout", { reason: "in-graduation-set", enrollmentId: anId }],
    ]);
    expect(await stage.firefox.getPref(name)).toBe(50);
    expect(await run(recipe)).toMatchObject({ statuses: { [recipe.id]: "success" }, told: [] });
    const back = aRollback({ id: next(), arguments: { rolloutSlug: slug } });
    expect(await run(back)).toEqual({
      statuses: expect.objectContaining({ [back.id]: "apply_error" }) as unknown,
      told: [
        [
          "unenrollFailed",
          "preference_rollback",
          slug,
          { reason: "in-graduation-set", enrollmentId: anId },
        ],
      ],
    });
  });

  test("is told of the end of a study that has ended, or never was", async () => {
    const recipe = study("left-twice", { "test.left-twice": integer });
    await run(recipe);
    const page = await stage.firefox.openPage("pages/studies.html");
    const leave = (slug: string) =>
      page.run(
        `(key) => browser.runtime.sendMessage({ ask: "leave", key })`,
        `preference-study/${slug}`,
      );
    for (const slug of ["left-twice", "left-twice", "never-was"]) await leave(slug);
    await page.close();
    const originalReason = "individual-opt-out";
    expect((await run(recipe)).told).toEqual([
      [
        "unenroll",
        "preference_study",
        "left-twice",
        { didResetValue: "true", branch: "only", reason: originalReason, enrollmentId: anId },
      ],
      [
        "unenrollFailed",
        "preference_study",
        "left-twice",
        { reason: "already-unenrolled", originalReason, enrollmentId: anId },
      ],
      [
        "unenrollFailed",
        "preference_study",
        "never-was",
        { reason: "does-not-exist", originalReason },
      ],
    ]);
  });
});
