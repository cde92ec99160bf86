import { bucketSample, stableSample } from "#recipes/sampling.ts";
import { versionCompare } from "#recipes/version-compare.ts";
import { below } from "./filters.ts";
import {
  addons,
  channels,
  countries,
  dates,
  day,
  digest,
  locales,
  pick,
  preferences,
  type Random,
  some,
  type SomeBrowser,
  values,
  versions,
  windows,
} from "./some-browsers.ts";

// Filter objects made at random, and what each means, said without any filter.

const operators = [
  "equal",
  "not_equal",
  "greater_than",
  "greater_than_equal",
  "less_than",
  "less_than_equal",
] as const;

/** The slug of the recipe that every object is for. */
export const objectSlug = "new-tabs";

export type SomeObject = Readonly<Record<string, unknown>> & { readonly type: string };

/** @param depth - how many objects may stand inside each other */
export function someObject(random: Random, depth: number): SomeObject {
  const makers = Object.entries(objects).filter(
    ([type]) => depth > 1 || !["and", "or", "negate"].includes(type),
  );
  const [type, { make }] = pick(random, makers);
  return { type, ...make(random, depth) };
}

/** Whether the object lets the browser in. */
export function meaningOf(object: SomeObject, browser: SomeBrowser): boolean {
  const { type, ...members } = object;
  const found = objects[type];
  if (found === undefined) throw new Error(`nobody has said what ${type} means`);
  return found.means(members, browser);
}

interface ObjectKind {
  make(random: Random, depth: number): Readonly<Record<string, unknown>>;
  // Each says what its own members are: they come out of `make`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a table of different shapes
  means(object: any, browser: SomeBrowser): boolean;
}

const anyOrAll = ["any", "all"] as const;

/** Every kind there is, the table's own types among the keys. */
export const objects: Readonly<Record<string, ObjectKind>> = {
  channel: {
    make: (random) => ({ channels: some(random, channels) }),
    means: (one: { channels: string[] }, { env }) => one.channels.includes(env.channel),
  },
  locale: {
    make: (random) => ({ locales: some(random, locales) }),
    means: (one: { locales: string[] }, { env }) => one.locales.includes(env.locale),
  },
  country: {
    make: (random) => ({ countries: some(random, countries) }),
    means: (one: { countries: string[] }, { env }) => one.countries.includes(env.country ?? ""),
  },
  platform: {
    make: (random) => ({ platforms: some(random, ["all_mac", "all_windows", "all_linux"]) }),
    means: (one: { platforms: string[] }, { env }) => {
      const name = env.os.isMac ? "all_mac" : env.os.isWindows ? "all_windows" : "all_linux";
      return one.platforms.includes(name);
    },
  },
  version: {
    make: (random) => ({ versions: some(random, [139, 140, 141, 142, 153]) }),
    means: (one: { versions: number[] }, { env }) =>
      one.versions.includes(Number.parseInt(env.version, 10)),
  },
  versionRange: {
    make: (random) => ({
      min_version: pick(random, versions),
      max_version: pick(random, versions),
    }),
    means: (one: { min_version: string; max_version: string }, { env }) =>
      versionCompare(env.version, one.min_version) >= 0 &&
      versionCompare(env.version, one.max_version) < 0,
  },
  dateRange: {
    make: (random) => ({
      not_before: `${pick(random, dates)}T00:00:00Z`,
      not_after: `${pick(random, dates)}T12:00:00+02:00`,
    }),
    means: (one: { not_before: string; not_after: string }, { env }) =>
      env.request_time.getTime() >= Date.parse(one.not_before) &&
      env.request_time.getTime() < Date.parse(one.not_after),
  },
  profileCreationDate: {
    make: (random) => ({
      direction: pick(random, ["olderThan", "newerThan"]),
      date: pick(random, dates),
    }),
    means: (one: { direction: string; date: string }, { env }) => {
      const made = env.telemetry.main?.environment.profile.creationDate;
      if (made === undefined) return one.direction === "newerThan";
      const isOld = made * day <= Date.parse(one.date);
      return one.direction === "olderThan" ? isOld : !isOld;
    },
  },
  bucketSample: {
    make: (random) => ({
      input: ["env.userId", '"a"'],
      start: below(random, 10),
      count: below(random, 10),
      total: 10,
    }),
    means: (one: { start: number; count: number; total: number }, { env }) =>
      bucketSample([env.userId, "a"], one.start, one.count, one.total, digest),
  },
  stableSample: {
    make: (random) => ({ input: ["env.userId"], rate: below(random, 101) / 100 }),
    means: (one: { rate: number }, { env }) => stableSample([env.userId], one.rate, digest),
  },
  namespaceSample: {
    make: (random) => ({
      namespace: pick(random, channels),
      start: below(random, 10_000),
      count: below(random, 5_000),
    }),
    means: (one: { namespace: string; start: number; count: number }, { env }) =>
      bucketSample([one.namespace, env.userId], one.start, one.count, 10_000, digest),
  },
  preferenceValue: {
    make: (random) => ({
      pref: pick(random, preferences),
      value: pick(random, values),
      comparison: pick(random, [...operators, "contains"]),
    }),
    means: (
      { pref, value, comparison }: { pref: string; value: string | number; comparison: string },
      browser,
    ) => {
      const held = browser.preferences.get(pref)?.value as string | number | undefined;
      if (comparison === "contains")
        return typeof held === "string" && held.includes(String(value));
      return compares(comparison, held, value);
    },
  },
  preferenceExists: {
    make: (random) => ({ pref: pick(random, preferences), value: below(random, 2) === 0 }),
    means: (one: { pref: string; value: boolean }, browser) =>
      browser.preferences.has(one.pref) === one.value,
  },
  preferenceIsUserSet: {
    make: (random) => ({ pref: pick(random, preferences), value: below(random, 2) === 0 }),
    means: (one: { pref: string; value: boolean }, browser) =>
      (browser.preferences.get(one.pref)?.userSet === true) === one.value,
  },
  addonActive: {
    make: (random) => ({ addons: some(random, addons), any_or_all: pick(random, anyOrAll) }),
    means: (one: { addons: string[]; any_or_all: "any" | "all" }, { env }) =>
      anyOf(one, (id) => env.addons[id]?.isActive === true),
  },
  addonInstalled: {
    make: (random) => ({ addons: some(random, addons), any_or_all: pick(random, anyOrAll) }),
    means: (one: { addons: string[]; any_or_all: "any" | "all" }, { env }) =>
      anyOf(one, (id) => env.addons[id] !== undefined),
  },
  windowsBuildNumber: {
    make: (random) => ({
      value: 15_000 + below(random, 100),
      comparison: pick(random, operators),
    }),
    means: (one: { value: number; comparison: string }, { env }) =>
      env.os.isWindows && compares(one.comparison, env.os.windowsBuildNumber ?? 0, one.value),
  },
  windowsVersion: {
    make: (random) => ({ versions_list: some(random, windows) }),
    means: (one: { versions_list: number[] }, { env }) =>
      env.os.isWindows && one.versions_list.includes(env.os.windowsVersion ?? 0),
  },
  negate: {
    make: (random, depth) => ({ filter_to_negate: someObject(random, depth - 1) }),
    means: (one: { filter_to_negate: SomeObject }, browser) =>
      !meaningOf(one.filter_to_negate, browser),
  },
  and: {
    make: (random, depth) => ({ subfilters: someObjects(random, depth) }),
    means: (one: { subfilters: SomeObject[] }, browser) =>
      one.subfilters.every((inner) => meaningOf(inner, browser)),
  },
  or: {
    make: (random, depth) => ({ subfilters: someObjects(random, depth) }),
    means: (one: { subfilters: SomeObject[] }, browser) =>
      one.subfilters.some((inner) => meaningOf(inner, browser)),
  },
  preset: {
    make: () => ({ name: "pocket-1" }),
    // No browser here has touched its new tab page.
    means: () => true,
  },
  qaOnly: {
    make: () => ({}),
    means: (_one, browser) => {
      const held = browser.preferences.get("extensions.mulberry.testing_for_recipes")?.value;
      return typeof held === "string" && held.split(",").includes(objectSlug);
    },
  },
  jexl: {
    make: (random) => ({
      expression: pick(random, [
        'env.locale == "de" || env.locale == "fr"',
        'env.locale in ["de", "fr"] # a comment',
      ]),
      comment: "why",
    }),
    means: (_one, { env }) => env.locale === "de" || env.locale === "fr",
  },
};

function someObjects(random: Random, depth: number): readonly SomeObject[] {
  return Array.from({ length: 1 + below(random, 3) }, () => someObject(random, depth - 1));
}

function compares(comparison: string, left: unknown, right: unknown): boolean {
  // As JavaScript does it, which is what filters promise.
  const [a, b] = [left, right] as [number, number];
  switch (comparison) {
    case "equal":
      // eslint-disable-next-line eqeqeq -- the language's own
      return a == b;
    case "not_equal":
      // eslint-disable-next-line eqeqeq -- the language's own
      return a != b;
    case "greater_than":
      return a > b;
    case "greater_than_equal":
      return a >= b;
    case "less_than":
      return a < b;
    default:
      return a <= b;
  }
}

function anyOf(
  { addons: ids, any_or_all }: { addons: readonly string[]; any_or_all: "any" | "all" },
  is: (id: string) => boolean,
): boolean {
  return any_or_all === "any" ? ids.some(is) : ids.every(is);
}
