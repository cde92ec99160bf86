import { describe, expect, test } from "vitest";
import {
  aConsoleLog,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import { checkFiles } from "#server/authoring/drafts.ts";
import { warningsIn } from "#server/authoring/lint.ts";
import { exampleFiles } from "#tools/examples.ts";
import { liveRecipes, rivalries } from "#server/authoring/rivals.ts";

const fine = aRollout({ filter_expression: "env.isFirstRun" });

describe("a recipe raises no doubt", () => {
  test.each([
    ["as it is", fine],
    ["with a filter that says that everybody is meant", aRollout({ filter_expression: "true" })],
    ["as a rollback without a filter", aRollback()],
    ["with a filter that is refused anyway", aRollout({ filter_expression: "env.verzion ==" })],
    ["with words for nothing", aRollout({ filter_expression: "env.country == null" })],
    [
      "with names of elements",
      aRollout({ filter_expression: "env.addons|values[.isActive]|length" }),
    ],
    [
      "with preferences of any name",
      aPreferenceStudy({
        filter_expression: "true",
        arguments: {
          branches: [{ slug: "a", ratio: 1, preferences: { any: aStudyPreference(1) } }],
        },
      }),
    ],
    [
      "in an older form",
      {
        ...fine,
        action: "preference-experiment",
        arguments: {
          slug: "old",
          preferenceName: "p",
          preferenceType: "integer",
          preferenceBranchType: "default",
          isEnrollmentPaused: false,
          branches: [{ slug: "a", ratio: 1, value: 1 }],
        },
      },
    ],
  ])("%s", (_what, recipe) => {
    expect(warningsIn(recipe)).toEqual([]);
  });
});

test("the examples raise no doubt, each alone and all together", async () => {
  const { drafts, findings, warnings } = checkFiles(await exampleFiles());
  expect(drafts.length).toBeGreaterThan(0);
  expect([...findings, ...warnings, ...rivalries(drafts, [])]).toEqual([]);
});

describe("a recipe raises a doubt", () => {
  test.each([
    {
      doubt: "a member that nothing looks at",
      recipe: { ...fine, filter: "true" },
      code: "warning/unknown-member",
      at: "/filter",
      says: /did you mean "filter_expression"\?$/u,
    },
    {
      doubt: "an argument that nothing looks at",
      recipe: { ...fine, arguments: { ...fine.arguments, colour: 1 } },
      code: "warning/unknown-member",
      at: "/arguments/colour",
      says: /^nothing looks at this member$/u,
    },
    {
      doubt: "a member of a preference that nothing looks at",
      recipe: aPreferenceStudy({
        filter_expression: "true",
        arguments: {
          branches: [
            {
              slug: "a",
              ratio: 1,
              preferences: { p: { ...aStudyPreference(1), preferenceBranch: "user" } as never },
            },
          ],
        },
      }),
      code: "warning/unknown-member",
      at: "/arguments/branches/0/preferences/p/preferenceBranch",
      says: /did you mean "preferenceBranchType"\?$/u,
    },
    {
      doubt: "an argument of an older form that nothing looks at",
      recipe: {
        ...fine,
        action: "opt-out-study",
        arguments: {
          name: "n",
          description: "d",
          addonUrl: "https://a.example/a.xpi",
          extensionApiId: 1,
          isEnrollmentPaused: false,
          extensionID: 2,
        },
      },
      code: "warning/unknown-member",
      at: "/arguments/extensionID",
      says: /did you mean "extensionApiId"\?$/u,
    },
    {
      doubt: "an attribute that no browser knows",
      recipe: { ...fine, filter_expression: "normandy.verzion == 1" },
      code: "warning/unknown-attribute",
      at: "/filter_expression",
      says: /^normandy\.verzion is known to no browser.*"version"\?$/u,
    },
    {
      doubt: "an attribute that targeting does not know",
      recipe: { ...fine, filter_expression: "ctx.regoin == 'DE'" },
      code: "warning/unknown-attribute",
      at: "/filter_expression",
      says: /^ctx\.regoin is undefined in every browser.*"region"\?$/u,
    },
    {
      doubt: "an attribute without its namespace",
      recipe: { ...fine, filter_expression: "version == 1" },
      code: "warning/unknown-name",
      at: "/filter_expression",
      says: /^version is undefined in every browser; did you mean "env\.version"\?$/u,
    },
    {
      doubt: "a missing filter",
      recipe: { ...fine, filter_expression: undefined },
      code: "warning/every-browser",
      at: "/filter_expression",
      says: /reaches every browser/u,
    },
    {
      doubt: "an empty filter",
      recipe: aConsoleLog({ filter_expression: " " }),
      code: "warning/every-browser",
      at: "/filter_expression",
      says: /reaches every browser/u,
    },
    {
      doubt: "a study that says nothing of being open",
      recipe: aPreferenceStudy({
        filter_expression: "true",
        arguments: { isEnrollmentPaused: undefined as never },
      }),
      code: "warning/nobody-enters",
      at: "/arguments/isEnrollmentPaused",
      says: /^nobody enters/u,
    },
  ])("by $doubt", ({ recipe, code, at, says }) => {
    expect(warningsIn(JSON.parse(JSON.stringify(recipe)))).toEqual([
      { code, at, message: expect.stringMatching(says) as unknown },
    ]);
  });

  test("also where it is refused for something else", () => {
    const text = JSON.stringify({ ...fine, name: 3, filter: "true" });
    const { findings, warnings } = checkFiles([{ file: "x.json", text }]);
    expect(findings.map(({ at }) => at)).toEqual(["/name"]);
    expect(warnings.map(({ file, at }) => [file, at])).toEqual([["x.json", "/filter"]]);
  });
});

describe("two recipes on one preference", () => {
  const a = aRollout({ id: 1, slug: "a", arguments: { slug: "a" } });
  const b = aRollout({ id: 2, slug: "b", arguments: { slug: "b" } });
  const study = aPreferenceStudy({
    id: 3,
    arguments: {
      branches: [
        { slug: "x", ratio: 1, preferences: { "test.tabs.fast": aStudyPreference(false) } },
      ],
    },
  });

  test("are told of once, at the later one, with what becomes of it", async () => {
    expect(await rivals([a, b, study], [])).toEqual([
      [
        "1.json",
        "test.tabs.fast is set by the recipe of 0.json too: a browser that both reach lets the first have it and refuses the other",
      ],
      [
        "2.json",
        expect.stringMatching(/recipe of 0\.json too: .*shows the study's value/u) as unknown,
      ],
      ["2.json", expect.stringMatching(/recipe of 1\.json too: /u) as unknown],
    ]);
  });

  test("are told of when one of them is live, unless it is the same recipe", async () => {
    expect(await rivals([a], [b])).toEqual([
      ["0.json", expect.stringMatching(/ the live recipe b too: /u) as unknown],
    ]);
    expect(await rivals([a], [{ ...a, id: 9 }])).toEqual([]);
    expect(await rivals([a], [{ ...b, id: 1 }])).toEqual([]);
  });

  test("are not looked for in what only a client could judge", async () => {
    expect(await rivals([a], [{ ...b, arguments: 5 }, "[", { ...b, action: "dance" }])).toEqual([]);
  });
});

async function rivals(
  given: readonly object[],
  live: readonly (object | string)[],
): Promise<readonly (readonly [string, string])[]> {
  const { drafts } = checkFiles(
    given.map((recipe, index) => ({
      file: `${String(index)}.json`,
      text: JSON.stringify(recipe),
    })),
  );
  const bodies = live.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  const standing = await liveRecipes({
    liveRevisions: () => Promise.resolve(bodies.map((body) => ({ body }) as never)),
  });
  return rivalries(drafts, standing).map(({ file, message }) => [file, message]);
}
