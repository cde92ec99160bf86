import { describe, expect, test } from "vitest";
import { scenarioFiles } from "./files.ts";
import { parseScenario } from "./parse.ts";
import { playScenario, reasonToSkip } from "./play.ts";
import type { Engine } from "./stage.ts";
import { tellOutcome } from "./tell.ts";

/**
 * The scenarios that ship, as the contract of one engine.
 *
 * @param chosen - names of files without `.yaml`, where not all of them are to be played; each must be one that the engine plays
 */
export async function scenarioSuite(engine: Engine, chosen?: readonly string[]): Promise<void> {
  const all = (await scenarioFiles()).map(({ name, text }) => ({
    name: name.replace(/\.yaml$/u, ""),
    scenario: parseScenario(text),
  }));
  const played = all.filter(({ name }) => chosen?.includes(name) ?? true);

  describe(`in ${engine.name}`, () => {
    test.each(played)("$name: $scenario.name", async ({ name, scenario }) => {
      const outcome = await playScenario(scenario, engine);
      const told = tellOutcome(name, engine.name, outcome).join("\n");
      expect(told).toBe(`passed   ${name} in ${engine.name}`);
    });
  });

  if (chosen === undefined) return;
  test("has a file for each scenario that is chosen, and can play it", () => {
    expect(played.map(({ name }) => name).sort()).toEqual(chosen.toSorted());
    expect(played.map(({ scenario }) => reasonToSkip(scenario, engine) ?? "")).toEqual(
      played.map(() => ""),
    );
  });
}
