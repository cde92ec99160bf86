import { describe } from "vitest";
import { MemoryStore } from "#core/memory.ts";
import type { PreferenceEngine } from "#core/ports.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import type { SettingTable } from "#recipes/settings.ts";
import { anEngine, aSetting, FakeSettings } from "#kit/settings.ts";
import { preferencesSuite } from "./preferences-suite.ts";

// Settings keep the promises of preferences, on one level of their own. The same suite runs on real
// browsers in test/browser/chromium.test.ts and test/browser/firefox-release.test.ts.

const manners = ["chromium", "firefox"] as const;

describe.each(manners.map((kind) => ({ kind })))("like $kind's settings,", ({ kind }) => {
  preferencesSuite(
    async (builtIn) => {
      let table = tableOf(builtIn);
      const api = new FakeSettings(table, kind);
      const store = new MemoryStore();
      let running = anEngine(table, api, store);
      const engine: PreferenceEngine = {
        branches: running.branches,
        read: (names) => running.read(names),
        journal: () => running.journal(),
        write: (changes) => running.write(changes),
      };
      return {
        engine,
        setByPerson: async (name, value) =>
          api.setByPerson(name, value === null ? null : JSON.stringify(value)),
        restart: async (defaults) => {
          table = tableOf(defaults);
          api.build(table);
          running = anEngine(table, api, store);
        },
      };
    },
    { hearsThePerson: false },
  );
});

function tableOf(builtIn: Readonly<Record<string, PreferenceValue>>): SettingTable {
  const words = [1, 2, 3, 5, 6, true, false];
  return Object.fromEntries(
    Object.entries(builtIn).map(([name, value]) => [name, aSetting(name, value, words)]),
  );
}
