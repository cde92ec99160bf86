import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Recipe } from "#recipes/recipe.ts";
import { isLive, keyOf } from "#core/enrollment.ts";
import { EnrollmentBook } from "#core/book.ts";
import { anAuthority, type Authority, type Published } from "#kit/authority.ts";
import { servedAddon } from "#kit/bench.ts";
import { aWorld, rememberingTokens, type World } from "#kit/client.ts";
import { mortal } from "#kit/mortal.ts";
import {
  aConsoleLog,
  anAddonRollback,
  anAddonRollout,
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import { sized } from "#kit/size.ts";

// The browser is killed at every call that the client makes of it, once before the call has an
// effect and once after; what starts next must find its way to where an undisturbed client is.

/** All that a person could see of what recipes did. */
async function state(world: World) {
  const book = await EnrollmentBook.open(world.store, world.ports.log);
  return {
    preferences: names.map((name) => [name, world.preferences.stateOf(name)]),
    journal: await world.preferences.journal(),
    addons: [...world.addons.installed.values()],
    enrollments: book
      .all()
      .map((enrollment) => ({
        key: keyOf(enrollment),
        state: enrollment.state,
        preferences: "preferences" in enrollment ? enrollment.preferences : undefined,
        // A kill between an add-on's removal and its record ends the study as one whose add-on is gone.
        ...(enrollment.kind === "addon-study" ? {} : { endReason: enrollment.endReason }),
      }))
      .sort((a, b) => a.key.localeCompare(b.key)),
  };
}

/** Nothing without an owner, nobody without their treatment, nothing half. */
async function expectWhole(world: World): Promise<void> {
  const book = await EnrollmentBook.open(world.store, world.ports.log);
  const live = book.all().filter(isLive);
  const journal = await world.preferences.journal();
  for (const [name, { claims }] of Object.entries(journal))
    for (const { owner, slug } of claims)
      expect(
        live.some(
          (one) =>
            one.slug === slug &&
            one.kind === (owner === "study" ? "preference-study" : "preference-rollout"),
        ),
        `${name} is held by ${owner} ${slug}, which does not run`,
      ).toBe(true);
  for (const one of live)
    if (one.kind === "preference-study" || one.kind === "preference-rollout")
      for (const name of Object.keys(one.preferences))
        expect(
          journal[name]?.claims.some(({ slug }) => slug === one.slug),
          `${one.slug} runs without ${name}`,
        ).toBe(true);
    else expect(one.state, `${one.slug} is half installed`).toBe("active");
  const owned = new Set(
    live.flatMap((one) => ("addon" in one && one.addon ? [one.addon.addon_id] : [])),
  );
  expect([...world.addons.installed.keys()].filter((id) => !owned.has(id))).toEqual([]);
}

const after = "test.tabs.after";
const fast = "test.tabs.fast";
const shared = "test.shared";
const names = [after, fast, shared];
const builtIn = { [after]: false, [fast]: false, [shared]: 0 };

let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
});

const userStudy = aPreferenceStudy({
  id: 2,
  arguments: {
    slug: "user-study",
    branches: [
      {
        slug: "only",
        ratio: 1,
        preferences: {
          [after]: aStudyPreference(true, "user"),
          [shared]: aStudyPreference(9, "default"),
        },
      },
    ],
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

interface Story {
  readonly what: string;
  /** Published one after the other; the kill comes amid the last. */
  readonly sets: readonly ((world: World) => readonly Recipe[])[];
  /** What the person does before the last set. */
  readonly person?: (world: World) => Promise<void>;
}

const addonStudy = (world: World, version = "1.0.0"): Recipe => {
  const addon = servedAddon(world.network, { version }, `add-on ${version}`);
  return anAddonStudy({
    id: 3,
    revision_id: version.charAt(0),
    arguments: { branches: [{ slug: "treatment", ratio: 1, extensionApiId: 1, addon }] },
  });
};

const addonRollout = (world: World, version = "1.0.0"): Recipe => {
  const addon = servedAddon(world.network, { version }, `add-on ${version}`);
  return anAddonRollout({ id: 5, revision_id: version.charAt(0), arguments: { addon } });
};

const stories: readonly Story[] = [
  { what: "a study and a rollout on one preference begin", sets: [() => [rollout, userStudy]] },
  {
    what: "a rollout changes",
    sets: [() => [rollout, userStudy], () => [changedRollout, userStudy]],
  },
  { what: "a study ends", sets: [() => [rollout, userStudy], () => [rollout]] },
  {
    what: "a study ends whose preference the person changed",
    sets: [() => [rollout, userStudy], () => [rollout]],
    person: async (world) => {
      world.preferences.setByPerson(after, false);
      await world.client().preferencesChanged([after]);
    },
  },
  {
    what: "a rollout is rolled back",
    sets: [() => [rollout], () => [aRollback({ id: 4 })]],
  },
  { what: "an add-on study begins", sets: [(world) => [addonStudy(world)]] },
  {
    what: "an add-on study updates",
    sets: [(world) => [addonStudy(world)], (world) => [addonStudy(world, "2.0.0")]],
  },
  {
    what: "an add-on study ends",
    sets: [(world) => [addonStudy(world)], () => [aConsoleLog({ id: 9 })]],
  },
  { what: "an add-on rollout begins", sets: [(world) => [addonRollout(world)]] },
  {
    what: "an add-on rollout updates",
    sets: [(world) => [addonRollout(world)], (world) => [addonRollout(world, "2.0.0")]],
  },
  {
    what: "an add-on rollout is rolled back",
    sets: [(world) => [addonRollout(world)], () => [anAddonRollback({ id: 6 })]],
  },
  {
    what: "everything ends at once by the person's switches",
    sets: [
      (world) => [rollout, userStudy, addonStudy(world)],
      (world) => [rollout, userStudy, addonStudy(world)],
    ],
    person: async (world) => {
      await world.settings.writeSwitch("studies_enabled", false);
      await world.settings.writeSwitch("rollouts_enabled", false);
    },
  },
];

/** Every call is the last one in `npm test`. */
const stride = sized("KILL_STRIDE", { quick: 5, whole: 1 });

const signed = new Map<string, Promise<Published>>();
const tokens = rememberingTokens();
const aWorldToDieIn = (): World => aWorld(authority, { defaults: builtIn, tokens });

/** Everything up to the run that is killed. */
async function until(world: World, story: Story): Promise<void> {
  for (const [index, recipesOf] of story.sets.entries()) {
    const recipes = recipesOf(world);
    const name = `${story.what} ${String(index)}`;
    const published =
      signed.get(name) ??
      authority.bundle({ recipes, manifest: { n: 10 + index, must: ["mass-ok"] } });
    signed.set(name, published);
    world.network.serve(await published);
    if (index < story.sets.length - 1) await world.client().request("timer");
  }
  await story.person?.(world);
}

describe.each(stories)("when $what", (story) => {
  test(
    "a kill at any call leaves nothing that the next start does not make good",
    {
      timeout: 120_000,
    },
    async () => {
      const calm = aWorldToDieIn();
      await until(calm, story);
      const counted = mortal(calm.ports, Infinity, "before");
      await calm.client(counted.ports).request("timer");
      const expected = await state(calm);
      await expectWhole(calm);
      const total = counted.calls();
      expect(total).toBeGreaterThan(5);

      for (const when of ["before", "after"] as const)
        for (let limit = 1; limit <= total; limit += stride) {
          const world = aWorldToDieIn();
          await until(world, story);
          const dying = mortal(world.ports, limit, when).ports;
          // How a dying browser fails is nobody's to see.
          await Promise.allSettled([world.client(dying).request("timer")]);
          // The browser starts again: its defaults are its own, then what the undo records ask for.
          world.preferences.restart(builtIn);
          await world.client().start();
          await world.client().request("timer");
          await expectWhole(world);
          expect(await state(world), `killed ${when} call ${String(limit)}`).toEqual(expected);
        }
    },
  );
});

test(
  "however often and wherever it is killed, a client gets there",
  { timeout: 120_000 },
  async () => {
    const story = stories[1];
    if (story === undefined) throw new Error("there is no such story");
    const calm = aWorldToDieIn();
    await until(calm, story);
    await calm.client().request("timer");
    const expected = await state(calm);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ limit: fc.integer({ min: 1, max: 60 }), restart: fc.boolean() }), {
          minLength: 1,
          maxLength: 5,
        }),
        async (kills) => {
          const world = aWorldToDieIn();
          await until(world, story);
          for (const { limit, restart } of kills) {
            const dying = mortal(world.ports, limit, "after").ports;
            const client = world.client(dying);
            await Promise.allSettled([client.start(), client.request("timer")]);
            if (restart) world.preferences.restart(builtIn);
          }
          await world.client().start();
          await world.client().request("timer");
          await expectWhole(world);
          expect(await state(world)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  },
);
