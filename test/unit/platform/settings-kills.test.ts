import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { anAuthority, type Authority, type Published } from "#kit/authority.ts";
import { rememberingTokens } from "#kit/client.ts";
import { aLife, type Moment } from "#kit/mortality.ts";
import {
  aConsoleLog,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import type { FakeSettings } from "#kit/settings.ts";
import {
  after,
  aSettingsBrowser,
  expectOwned,
  fast,
  type SettingsBrowser,
  shared,
  stateOf,
} from "#kit/settings-world.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { sized } from "#kit/size.ts";

// A service worker is stopped at every call that it makes, of the settings API and of its own store
// too, once before the call has an effect and once after; what starts next must find its way to where
// an undisturbed one is. A killed Chromium, in addition, has lost what it was told last.

const words = { person: JSON.stringify(3), other: JSON.stringify(6) };

let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
});

const study = aPreferenceStudy({
  id: 2,
  arguments: {
    slug: "study",
    branches: [
      {
        slug: "only",
        ratio: 1,
        preferences: {
          [after]: aStudyPreference(true, "user"),
          [shared]: aStudyPreference(9, "user"),
        },
      },
    ],
  },
});
const gentleStudy = aPreferenceStudy({
  id: 2,
  arguments: {
    slug: "study",
    branches: [{ slug: "only", ratio: 1, preferences: { [shared]: aStudyPreference(9) } }],
  },
});
const rollout = aRollout({
  id: 1,
  arguments: {
    preferences: [
      { preferenceName: fast, value: true },
      { preferenceName: shared, value: 5 },
    ],
  },
});
const changedRollout = aRollout({
  id: 1,
  revision_id: "2",
  arguments: { preferences: [{ preferenceName: shared, value: 6 }] },
});
const strange = aRollout({
  id: 5,
  arguments: { slug: "strange", preferences: [{ preferenceName: "test.none", value: true }] },
});

interface Story {
  readonly what: string;
  /** Told of Firefox's settings, too, where what a person does below our control shows. */
  readonly alsoInFirefox?: true;
  /** Published one after the other; the kill comes amid the last. */
  readonly sets: readonly (readonly Recipe[])[];
  /** What happens before the last set, without us. */
  readonly meanwhile?: (browser: SettingsBrowser) => Promise<void> | void;
}

const stories: readonly Story[] = [
  {
    what: "a study and a rollout on one setting begin",
    alsoInFirefox: true,
    sets: [[rollout, study, strange]],
  },
  {
    what: "a rollout changes",
    sets: [
      [rollout, study],
      [changedRollout, study],
    ],
  },
  { what: "a study ends over a rollout", sets: [[rollout, study], [rollout]] },
  {
    what: "a rollout is rolled back",
    sets: [
      [rollout, gentleStudy],
      [aRollback({ id: 4 }), gentleStudy],
    ],
  },
  {
    what: "a study begins where the person has a value of their own",
    sets: [[aConsoleLog({ id: 9 })], [rollout, study]],
    meanwhile: ({ settings }) => {
      settings.setByPerson("privacy.shared", words.person);
    },
  },
  {
    what: "a study ends that the person has changed something under",
    alsoInFirefox: true,
    sets: [[rollout, study], [rollout]],
    meanwhile: async ({ settings, client }) => {
      settings.setByPerson("privacy.shared", words.person);
      await client().preferencesChanged([shared]);
    },
  },
  {
    what: "a study ends in a setting that another extension took",
    sets: [[rollout, study], [aConsoleLog({ id: 9 })]],
    meanwhile: async ({ settings, client }) => {
      settings.setFromAbove("privacy.shared", words.other);
      await client().preferencesChanged([shared]);
    },
  },
  {
    what: "everything ends by the person's switches",
    sets: [
      [rollout, study],
      [rollout, study],
    ],
    meanwhile: async ({ world }) => {
      await world.settings.writeSwitch("studies_enabled", false);
      await world.settings.writeSwitch("rollouts_enabled", false);
    },
  },
];

/** Every call is the last one in `npm test`. */
const stride = sized("KILL_STRIDE", { quick: 5, whole: 1 });

const signed = new Map<string, Promise<Published>>();
const tokens = rememberingTokens();

async function until(browser: SettingsBrowser, story: Story): Promise<void> {
  for (const [index, recipes] of story.sets.entries()) {
    const name = `${story.what} ${String(index)}`;
    const published =
      signed.get(name) ??
      authority.bundle({ recipes, manifest: { n: 10 + index, must: ["mass-ok"] } });
    signed.set(name, published);
    if (index === story.sets.length - 1) await story.meanwhile?.(browser);
    browser.world.network.serve(await published);
    if (index < story.sets.length - 1) await browser.client().request("timer");
  }
}

const cases = stories.flatMap((story) => [
  { what: story.what, story, manners: "chromium" as const },
  ...(story.alsoInFirefox === true
    ? [{ what: story.what, story, manners: "firefox" as const }]
    : []),
]);

/** What ends a service worker, and whether its last call had its effect; a crash comes after it. */
const ends = {
  chromium: [
    ["stop", "before"],
    ["stop", "after"],
    ["crash", "after"],
  ],
  firefox: [["stop", "after"]],
} as const;

describe.each(cases)("when $what, in $manners,", ({ story, manners }) => {
  test(
    "a stop at any call leaves nothing that the next start does not make good",
    { timeout: 120_000 },
    async () => {
      const calm = aSettingsBrowser(authority, tokens, manners);
      await until(calm, story);
      const counting = aLife(Infinity, "before");
      await calm.client(counting).request("timer");
      const expected = await stateOf(calm);
      await expectOwned(calm);
      const total = counting.calls();
      expect(total).toBeGreaterThan(10);

      for (const [end, when] of ends[manners])
        for (let limit = 1; limit <= total; limit += stride) {
          const browser = aSettingsBrowser(authority, tokens, manners);
          await until(browser, story);
          const saved = new Map(browser.settings.ours);
          await die(browser, limit, when);
          if (end === "crash") restore(browser, saved);
          await browser.client().start();
          await browser.client().request("timer");
          await expectOwned(browser);
          expect(await stateOf(browser), `${end} ${when} call ${String(limit)}`).toEqual(expected);
        }
    },
  );
});

test("however often a service worker is stopped, it gets there", { timeout: 120_000 }, async () => {
  const story = stories[1];
  if (story === undefined) throw new Error("there is no such story");
  const calm = aSettingsBrowser(authority, tokens, "chromium");
  await until(calm, story);
  await calm.client().request("timer");
  const expected = await stateOf(calm);
  const kill = fc.record({
    limit: fc.integer({ min: 1, max: 80 }),
    when: fc.constantFrom<Moment>("before", "after"),
    crash: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(kill, { minLength: 1, maxLength: 5 }), async (kills) => {
      const browser = aSettingsBrowser(authority, tokens, "chromium");
      await until(browser, story);
      for (const { limit, when, crash } of kills) {
        const saved = new Map(browser.settings.ours);
        await die(browser, limit, when);
        if (crash) restore(browser, saved);
      }
      await browser.client().start();
      await browser.client().request("timer");
      await expectOwned(browser);
      expect(await stateOf(browser)).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

/** How a dying service worker fails is nobody's to see. */
async function die(browser: SettingsBrowser, limit: number, when: Moment): Promise<void> {
  const client = browser.client(aLife(limit, when));
  await Promise.allSettled([client.start(), client.request("timer")]);
}

function restore({ settings }: SettingsBrowser, saved: FakeSettings["ours"]): void {
  settings.ours.clear();
  for (const [api, value] of saved) settings.ours.set(api, value);
}
