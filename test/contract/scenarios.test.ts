import { describe, expect, test } from "vitest";
import { scenarioFiles } from "#kit/scenario/files.ts";
import { memory } from "#kit/scenario/memory.ts";
import { parseScenario } from "#kit/scenario/parse.ts";
import { playScenario } from "#kit/scenario/play.ts";
import { tellOutcome } from "#kit/scenario/tell.ts";

// Every scenario that ships, played on the core in memory. test/browser/scenarios-*.test.ts play the
// same files in real browsers.

const files = await scenarioFiles();

describe("in memory", () => {
  test.each(files)("$name", async ({ name, text }) => {
    const scenario = parseScenario(text);
    const outcome = await playScenario(scenario, memory);
    expect(tellOutcome(name, "memory", outcome).join("\n")).toBe(`passed   ${name} in memory`);
  });
});
