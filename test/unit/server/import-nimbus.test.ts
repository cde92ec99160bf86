import { describe, expect, test } from "vitest";
import { aContext } from "#kit/filter-context.ts";
import { enrolled, filterIn, imported } from "#kit/imports.ts";
import { anExperiment } from "#kit/other-systems.ts";
import { digest } from "#core/digest.ts";
import { compileFilter } from "#recipes/filter.ts";
import { bucketSample } from "#recipes/sampling.ts";

describe("an import from Nimbus", () => {
  test("makes a preference study of an experiment, and says what differs", async () => {
    const { recipes, notes, refusals } = imported({ data: [anExperiment()] });
    expect(refusals).toEqual([]);
    expect(notes.map(({ code, at }) => ({ code, at }))).toEqual([
      { code: "import/other-branches", at: "/data/0/branches" },
      { code: "import/other-endings", at: "/data/0" },
    ]);
    const [text = ""] = recipes.map((recipe) => recipe.text);
    expect(JSON.parse(text)).toMatchObject({
      action: "preference-study",
      arguments: {
        slug: "gc-parallel-marking-2026",
        isEnrollmentPaused: false,
        branches: [
          { slug: "control", ratio: 1, preferences: {} },
          {
            slug: "treatment",
            ratio: 3,
            preferences: {
              "javascript.options.mem.gc_parallel_marking": {
                preferenceType: "boolean",
                preferenceBranchType: "user",
                preferenceValue: true,
              },
            },
          },
        ],
      },
    });
    expect(await enrolled(text)).toBeGreaterThan(5);
  });

  test("means the same by its targeting", () => {
    const filter = filterIn(imported(anExperiment()).recipes);
    const everything = { start: 0, count: 10000 };
    const all = anExperiment({ bucketConfig: { ...bucketOf(), ...everything } });
    expect(filter).toBe(
      '((env.channel == "release") && ((env.version|versionCompare("115.!")) >= 0) && ((env.locale in ["de", "en-US"]) || (ctx.region == "AT")) && (!env.os.isMac) && ("app.update.auto"|preferenceValue(true)))'.replace(
        "((env.channel",
        "(((env.channel",
      ) + ') && ([env.userId, "firefox-desktop-gc-release-1"]|bucketSample(2000, 3000, 10000))',
    );
    const target = (facts: object): unknown =>
      compileFilter(filterIn(imported(all).recipes)).evaluate(
        aContext(
          { channel: "release", version: "153.0", locale: "de", userId: "a", os: {}, ...facts },
          { digest, preference: () => ({ exists: false, userSet: false, value: undefined }) },
        ),
      );
    expect(target({})).toBe(true);
    expect(target({ locale: "fr" })).toBe(false);
    expect(target({ locale: "fr", region: "AT" })).toBe(true);
    expect(target({ os: { isMac: true } })).toBe(false);
    expect(target({ version: "114.0.2" })).toBe(false);
    expect(target({ channel: "esr" })).toBe(false);
  });

  test("draws the same buckets as Nimbus: the id first, then the namespace", () => {
    const filter = filterIn(imported(anExperiment({ targeting: null })).recipes);
    const { namespace, start, count, total } = bucketOf();
    let inside = 0;
    for (let number = 0; number < 2_000; number += 1) {
      const userId = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
      const expected = bucketSample([userId, namespace], start, count, total, digest);
      const seen = compileFilter(filter).evaluate(aContext({ userId }, { digest }));
      expect({ userId, seen }).toEqual({ userId, seen: expected });
      if (expected) inside += 1;
    }
    expect(Math.abs(inside - 600)).toBeLessThan(100);
  });

  test("takes the values of prefFlips as they are, a rollout on the default branch alone", () => {
    const flip = (prefs: object, change: object = {}): object =>
      anExperiment({
        isRollout: true,
        featureIds: ["prefFlips"],
        branches: [
          { slug: "on", ratio: 1, features: [{ featureId: "prefFlips", value: { prefs } }] },
        ],
        ...change,
      });
    const { recipes } = imported(
      flip({ "a.b": { branch: "default", value: 3 }, "a.c": { branch: "default", value: "x" } }),
    );
    expect(JSON.parse(recipes[0]?.text ?? "")).toMatchObject({
      action: "preference-rollout",
      arguments: {
        slug: "gc-parallel-marking-2026",
        preferences: [
          { preferenceName: "a.b", value: 3 },
          { preferenceName: "a.c", value: "x" },
        ],
      },
    });
    const refused = imported([
      flip({ "a.b": { branch: "user", value: 3 } }),
      flip({ "a.b": { branch: "user", value: null } }),
      flip({ "a.b": { branch: "default", value: 1.5 } }),
      flip({}, { isEnrollmentPaused: true }),
    ]);
    const place = "branches/0/features/0/value/prefs/a.b/value";
    expect(refused.refusals.map(({ code, at }) => ({ code, at }))).toEqual([
      { code: "import/user-branch", at: `/0/${place}` },
      { code: "import/no-value", at: `/1/${place}` },
      { code: "import/no-value", at: `/2/${place}` },
      { code: "import/paused-rollout", at: "/3/isEnrollmentPaused" },
    ]);
  });

  test.each([
    {
      what: "another application",
      change: { appName: "fenix" },
      code: "import/other-application",
      at: "/appName",
    },
    {
      what: "Firefox Labs",
      change: { isFirefoxLabsOptIn: true },
      code: "import/firefox-labs",
      at: "/isFirefoxLabsOptIn",
    },
    {
      what: "a name that no browser here knows",
      change: { targeting: "profileAgeCreated > 3" },
      code: "import/unknown-name",
      at: "/targeting",
    },
    {
      what: "a path whose beginning is known to nobody",
      change: { targeting: "homePageSettings.isCustomUrl" },
      code: "import/unknown-name",
      at: "/targeting",
    },
    {
      what: "a member of add-ons that Normandy's have not",
      change: { targeting: "addonsInfo.addons['a@b'].userDisabled" },
      code: "import/unknown-name",
      at: "/targeting",
    },
    {
      what: "a transform that nobody knows",
      change: { targeting: "version|semver" },
      code: "filter/unknown-transform",
      at: "/targeting",
    },
    {
      what: "a targeting that cannot be read",
      change: { targeting: "version ==" },
      code: "filter/syntax",
      at: "/targeting",
    },
    {
      what: "a feature that sets no preferences",
      change: {
        branches: [
          {
            slug: "a",
            ratio: 1,
            features: [{ featureId: "nimbusIsReady", value: { eventCount: 1 } }],
          },
        ],
      },
      code: "import/unknown-feature",
      at: "/branches/0/features/0/featureId",
    },
    {
      what: "a variable that is none",
      change: {
        branches: [{ slug: "a", ratio: 1, features: [{ featureId: "gc", value: { other: 1 } }] }],
      },
      code: "import/unknown-feature",
      at: "/branches/0/features/0/value/other",
    },
    {
      what: "a value of another type",
      change: {
        branches: [
          { slug: "a", ratio: 1, features: [{ featureId: "gc", value: { gc_compacting: 1 } }] },
        ],
      },
      code: "import/no-value",
      at: "/branches/0/features/0/value/gc_compacting",
    },
    {
      what: "texts for each language",
      change: { localizations: { de: { a: "b" } } },
      code: "import/no-value",
      at: "/localizations",
    },
    {
      what: "no buckets",
      change: { bucketConfig: {} },
      code: "import/unknown-form",
      at: "/bucketConfig/randomizationUnit",
    },
  ])("refuses what would be another experiment: $what", ({ change, code, at }) => {
    const { recipes, refusals } = imported(anExperiment(change));
    expect(recipes).toEqual([]);
    expect(refusals).toMatchObject([{ code, at }]);
  });

  test("says that groups of profiles become profiles, and what clock counts", () => {
    const bucketConfig = { ...bucketOf(), randomizationUnit: "group_id" };
    const targeting = "currentDate|date > '2026-01-01'|date && experiment.slug in activeRollouts";
    const { recipes, notes } = imported(anExperiment({ bucketConfig, targeting }));
    expect(filterIn(recipes)).toContain('("gc-parallel-marking-2026" in (env.rollouts.pref|keys))');
    expect(notes.map(({ code }) => code)).toEqual([
      ...["import/clock", "import/dropped", "import/bucket-unit"],
      ...["import/other-branches", "import/other-endings"],
    ]);
  });

  test("keeps to the channel and the languages that it names beside its targeting", () => {
    const { recipes } = imported(
      anExperiment({ targeting: null, channel: "beta", locales: ["de"] }),
    );
    expect(filterIn(recipes)).toMatch(
      /^\(env\.channel == "beta"\) && \(env\.locale in \["de"\]\) && /u,
    );
  });
});

function bucketOf(): { namespace: string; start: number; count: number; total: number } {
  return (anExperiment() as { bucketConfig: ReturnType<typeof bucketOf> }).bucketConfig;
}
