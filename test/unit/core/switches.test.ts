import { beforeAll, describe, expect, test } from "vitest";
import type { Recipe } from "#recipes/recipe.ts";
import type { Settings } from "#core/ports.ts";
import { anAuthority, type Authority, type Published } from "#kit/authority.ts";
import { servedAddon } from "#kit/bench.ts";
import { aWorld, rememberingTokens, type World } from "#kit/client.ts";
import { randomOf } from "#kit/filters.ts";
import { aConsoleLog, anAddonStudy, aPreferenceStudy, aRollout } from "#kit/recipes.ts";

// A switch that is turned at any moment of a run: what it forbids is gone when everything is through.
// `RACES` and `RACE_SEED` ask for more races and for the same ones again.

const races = Number(process.env["RACES"] ?? 100);
const seed = Number(process.env["RACE_SEED"] ?? Date.now() % 1_000_000);

const turned = {
  studies_enabled: { studiesEnabled: false },
  rollouts_enabled: { rolloutsEnabled: false },
  enabled: { enabled: false },
} as const satisfies Readonly<Record<string, Partial<Settings>>>;
type Turned = keyof typeof turned;
const names = Object.keys(turned) as readonly Turned[];
const isForbidden = (name: Turned, isRollout: boolean): boolean =>
  name === "enabled" || isRollout === (name === "rollouts_enabled");

const tokens = rememberingTokens();
let authority: Authority;
let recipes: readonly Recipe[];
let published: Published;
beforeAll(async () => {
  authority = await anAuthority();
  const addon = servedAddon(aWorld(authority).network);
  const treatment = { slug: "treatment", ratio: 1, extensionApiId: 1, addon };
  recipes = [
    aPreferenceStudy({ id: 1 }),
    aRollout({ id: 2 }),
    anAddonStudy({ id: 3, arguments: { branches: [treatment] } }),
    aConsoleLog({ id: 4 }),
  ];
  published = await authority.bundle({ recipes });
});

function served(): World {
  const world = aWorld(authority, { tokens });
  world.network.serve(published);
  servedAddon(world.network);
  return world;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

/** How many turns of the queue one whole run takes. */
async function lengthOfRun(): Promise<number> {
  const run = { count: 0, isOver: false };
  void served()
    .client()
    .start()
    .then(() => (run.isOver = true));
  for (; !run.isOver; run.count += 1) await turns(1);
  return run.count;
}

const title = `of ${String(races)} switches turned amid a run none leaves anything of its kind (seed ${String(seed)})`;
test(title, { timeout: 5_000 + races * 50 }, async () => {
  const random = randomOf(seed);
  // The first verification takes its time, the others are remembered.
  await served().client().start();
  const length = await lengthOfRun();
  let live = 0;
  for (let race = 0; race < races; race += 1) {
    const name = names[Math.floor(random() * names.length)] ?? "enabled";
    const afterTurns = Math.floor(random() * length * 1.1);
    const byPage = name !== "enabled" && random() < 0.5;
    const at = `seed ${String(seed)}, race ${String(race)}: ${name} after ${String(afterTurns)}`;
    const world = served();
    const client = world.client();
    const run = client.start();
    await turns(afterTurns);
    if (!byPage) world.settings.current = { ...world.settings.current, ...turned[name] };
    await Promise.all([run, byPage ? client.setSwitch(name, false) : client.settingChanged(name)]);
    const { enrollments } = await client.look();
    const left = enrollments.filter(({ state }) => state === "active" || state === "installing");
    const forbidden = left.filter(({ kind }) => isForbidden(name, kind === "preference-rollout"));
    expect(forbidden, at).toEqual([]);
    const claims = Object.values(await world.preferences.journal()).flatMap((one) => one.claims);
    expect(
      claims.filter(({ owner }) => isForbidden(name, owner === "rollout")),
      at,
    ).toEqual([]);
    if (isForbidden(name, false)) expect([...world.addons.installed], at).toEqual([]);
    const events = (await world.events()).filter(([, category]) => category === "normandy");
    const count = (method: string) => events.filter((event) => event[2] === method).length;
    expect(count("enroll") - count("unenroll"), at).toBe(left.length);
    live += left.length;
  }
  // A test in which nothing is ever enrolled would prove nothing.
  expect(live).toBeGreaterThan(0);
});

describe("a switch that is turned while a recipe is looked at", () => {
  test.each([
    { name: "studies_enabled", id: 1 },
    { name: "rollouts_enabled", id: 2 },
  ] as const)("$name: nothing of it is begun", async ({ name, id }) => {
    const world = served();
    let begun = 0;
    const client = world.client({
      ...world.ports,
      preferences: {
        branches: world.preferences.branches,
        journal: () => world.preferences.journal(),
        write: (changes) => {
          begun += 1;
          return world.preferences.write(changes);
        },
        read: async (asked) => {
          world.settings.current = { ...world.settings.current, ...turned[name] };
          void client.settingChanged(name);
          await turns(50);
          return world.preferences.read(asked);
        },
      },
    });
    world.network.serve(
      await authority.bundle({ recipes: recipes.filter((recipe) => recipe.id === id) }),
    );
    expect((await client.start())?.recipes).toEqual({ [String(id)]: "custom_1_error" });
    expect(begun).toBe(0);
  });
});

describe("a switch that is turned while nothing of ours runs", () => {
  test.each(names)("%s holds at the next start, offline too", async (name) => {
    const world = served();
    await world.client().start();
    world.settings.current = { ...world.settings.current, ...turned[name] };
    const offline = () => Promise.resolve({ kind: "offline" } as const);
    const client = world.client({ ...world.ports, network: { get: offline, post: offline } });
    await client.start();
    const { enrollments } = await client.look();
    const ended = enrollments.filter(({ endReason }) => endReason === "general-opt-out");
    expect(ended.map(({ kind }) => kind).sort()).toEqual(
      ["addon-study", "preference-rollout", "preference-study"].filter((kind) =>
        isForbidden(name, kind === "preference-rollout"),
      ),
    );
  });
});
