import { createHash } from "node:crypto";
import type { FilterContext, PreferenceFact } from "#recipes/filter-context.ts";
import { aContext } from "./filter-context.ts";
import { below } from "./filters.ts";

// Browsers made at random, from few values, so that filters made from the same ones let some of them in.

/** What of a browser filter objects ask. */
export interface SomeBrowser {
  readonly env: {
    readonly userId: string;
    readonly channel: string;
    readonly locale: string;
    readonly country: string | null;
    readonly version: string;
    readonly request_time: Date;
    readonly os: {
      readonly isWindows: boolean;
      readonly isMac: boolean;
      readonly isLinux: boolean;
      readonly windowsVersion: number | null;
      readonly windowsBuildNumber: number | null;
    };
    readonly addons: Readonly<Record<string, { readonly isActive: boolean }>>;
    readonly telemetry: {
      readonly main?: { readonly environment: { readonly profile: { creationDate: number } } };
    };
  };
  readonly preferences: ReadonlyMap<string, PreferenceFact>;
}

export type Random = () => number;

export const channels = ["release", "esr", 'a "quoted" one', "it's", "back\\slash"];
export const locales = ["en-US", "de", "fr"];
export const countries = ["DE", "AT", "US"];
export const addons = ["one@example.com", 'odd"id', "{3}"];
export const preferences = [
  "a.b",
  "a'b",
  'a"b',
  "a.number",
  "extensions.mulberry.testing_for_recipes",
];
export const values = [
  "x",
  "",
  'say "hi"',
  "new-tabs",
  "old,new-tabs,more",
  "new-tabs-2",
  3,
  0,
  true,
  false,
];
export const dates = ["2026-01-01", "2026-02-28", "2026-12-31"];
export const windows = [6.1, 6.3, 10];
export const versions = ["139.0", "140.0a1", "140.0", "140.12.1esr", "141.0b3", "142.0", "153.0.1"];
export const day = 86_400_000;
export const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

export function someBrowser(random: Random): SomeBrowser {
  const os = below(random, 3);
  const held = preferences.flatMap((name): readonly [string, PreferenceFact][] =>
    below(random, 3) === 0
      ? []
      : [[name, { exists: true, userSet: below(random, 2) === 0, value: pick(random, values) }]],
  );
  const isWindows = os === 0;
  return {
    env: {
      userId: String(below(random, 1_000_000)),
      channel: pick(random, channels),
      locale: pick(random, locales),
      country: below(random, 4) === 0 ? null : pick(random, countries),
      version: pick(random, versions),
      request_time: new Date(Date.parse(pick(random, dates)) + below(random, 2 * day)),
      os: {
        isWindows,
        isMac: os === 1,
        isLinux: os === 2,
        windowsVersion: isWindows ? pick(random, windows) : null,
        windowsBuildNumber: isWindows ? 15_000 + below(random, 100) : null,
      },
      addons: Object.fromEntries(
        addons
          .filter(() => below(random, 2) === 0)
          .map((id) => [id, { isActive: below(random, 2) === 0 }]),
      ),
      telemetry:
        below(random, 4) === 0
          ? {}
          : {
              main: {
                environment: {
                  profile: {
                    creationDate: Date.parse(pick(random, dates)) / day + below(random, 3) - 1,
                  },
                },
              },
            },
    },
    preferences: new Map(held),
  };
}

/** The browser, as filters ask it. */
export function contextOfBrowser({ env, preferences: held }: SomeBrowser): FilterContext {
  return aContext(env, {
    digest,
    preference: (name) => held.get(name) ?? { exists: false, userSet: false, value: undefined },
  });
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[below(random, choices.length)];
  if (choice === undefined) throw new Error("nothing to choose from");
  return choice;
}

export function some<T>(random: Random, choices: readonly T[]): readonly T[] {
  const chosen = choices.filter(() => below(random, 2) === 0);
  return chosen.length === 0 ? [pick(random, choices)] : chosen;
}
