import { table } from "#telemetry/dictionary.ts";
import { expectations } from "./expectations.ts";
import { steps } from "./steps.ts";
import type { Ability, Engine } from "./stage.ts";
import { weathers } from "./weather.ts";

// The tables of docs/qa.md, read off the tables that scenarios are read by.

/** What an engine would have to be able to do, in the words of a scenario. */
const abilityWords: Readonly<Record<Ability, string>> = {
  edit: "`set` of the browser's own preferences, `own` at first, `meanwhile`",
  pass: "`wait`",
  rebuild: "`built-in` at a restart",
  describe: "`facts`",
  lock: "`policy: { lock }`",
  forbidStudies: "`policy: { studies }`",
  branches: "`defaults`, `own`",
  addons: "recipes of add-ons, `addons`",
  removeAddon: "`remove-addon`",
  crashAt: "`crash-at`",
};

/** Lines of each table, by the name that its place in the page bears. */
export function qaBlocks(
  engines: readonly Engine[],
): Readonly<Record<string, () => readonly string[]>> {
  return {
    steps: () => rows(["step", ""], steps),
    expectations: () => rows(["expectation", ""], expectations),
    weather: () =>
      table(
        ["`server`", "what it answers"],
        Object.entries(weathers).map(([name, { doc }]) => [`\`${name}\``, doc]),
      ),
    lacks: () =>
      table(
        ["what needs it", ...engines.map(({ name }) => name)],
        Object.entries(abilityWords).flatMap(([ability, words]) => {
          const reasons = engines.map(({ lacks }) => lacks[ability as Ability] ?? "");
          return reasons.every((reason) => reason === "") ? [] : [[words, ...reasons]];
        }),
      ),
  };
}

function rows(
  head: readonly [string, string],
  all: Readonly<Record<string, { readonly doc: string; readonly example: string }>>,
): readonly string[] {
  return table(
    head,
    Object.values(all).map(({ example, doc }) => [`\`${example}\``, doc]),
  );
}
