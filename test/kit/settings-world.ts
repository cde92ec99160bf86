import { expect } from "vitest";
import { EnrollmentBook } from "#core/book.ts";
import { isLive, keyOf } from "#core/enrollment.ts";
import type { Ports, TokenVerifier } from "#core/ports.ts";
import type { Authority } from "./authority.ts";
import { aWorld, type World } from "./client.ts";
import { aLife } from "./mortality.ts";
import { anEngine, aSetting, FakeSettings, type Manners } from "./settings.ts";

// A whole client in a browser without about:config: settings for preferences, no add-ons, and a
// service worker that can be stopped at any call it makes of the settings or of its own store.

export const after = "test.after";
export const fast = "test.fast";
export const shared = "test.shared";
const table = {
  [after]: { api: "privacy.after", builtIn: false },
  [fast]: { api: "privacy.fast", builtIn: false },
  [shared]: aSetting("privacy.shared", 0, [3, 5, 6, 9]),
};

export interface SettingsBrowser {
  readonly world: World;
  readonly settings: FakeSettings;
  /** A client of a service worker that has just started, and may die. */
  readonly client: (life?: ReturnType<typeof aLife>) => ReturnType<World["client"]>;
}

export function aSettingsBrowser(
  authority: Authority,
  tokens: TokenVerifier,
  manners: Manners,
): SettingsBrowser {
  const world = aWorld(authority, { tokens });
  const settings = new FakeSettings(table, manners);
  const { addons: _none, ...ports } = world.ports;
  return {
    world,
    settings,
    client(life = aLife(Infinity, "before")) {
      const { get, set, clear } = life.wrap(settings);
      const store = life.wrap(ports.store);
      const api = {
        isExclusive: settings.isExclusive,
        has: (name: string) => settings.has(name),
        get,
        set,
        clear,
      };
      const mortals: Ports = {
        ...ports,
        store,
        settings: life.wrap(ports.settings),
        network: life.wrap(ports.network),
        preferences: anEngine(table, api, store),
      };
      return world.client(mortals);
    },
  };
}

/** All that a person could see of what recipes did. */
export async function stateOf({ world, settings }: SettingsBrowser): Promise<unknown> {
  const book = await EnrollmentBook.open(world.store, world.ports.log);
  const shown = Object.values(table).map(async ({ api }) => [api, await settings.get(api)]);
  return {
    shown: await Promise.all(shown),
    ours: [...settings.ours].sort(),
    records: await world.store.get("preference_records"),
    enrollments: book
      .all()
      .map((enrollment) => ({
        key: keyOf(enrollment),
        state: enrollment.state,
        preferences: "preferences" in enrollment ? enrollment.preferences : undefined,
        endReason: enrollment.endReason,
      }))
      .sort((a, b) => a.key.localeCompare(b.key)),
  };
}

/** Every setting that is ours has an enrolment behind it. */
export async function expectOwned({ world, settings }: SettingsBrowser): Promise<void> {
  const book = await EnrollmentBook.open(world.store, world.ports.log);
  const held = book
    .all()
    .filter(isLive)
    .flatMap((one) => ("preferences" in one ? Object.keys(one.preferences) : []));
  for (const [name, { api }] of Object.entries(table))
    if (settings.ours.has(api)) expect(held, `${name} is nobody's`).toContain(name);
}
