import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chromium } from "#kit/scenario/chromium.ts";
import { qaBlocks } from "#kit/scenario/docs.ts";
import { expectations } from "#kit/scenario/expectations.ts";
import { firefox } from "#kit/scenario/firefox.ts";
import { memory } from "#kit/scenario/memory.ts";
import { aScene, parseScenario } from "#kit/scenario/parse.ts";
import { playScenario, reasonToSkip } from "#kit/scenario/play.ts";
import { steps } from "#kit/scenario/steps.ts";
import { tellOutcome } from "#kit/scenario/tell.ts";
import { withTables } from "#tools/handbook.ts";
import { parse } from "yaml";

const file = fileURLToPath(new URL("../../../docs/qa.md", import.meta.url));
const page = await readFile(file, "utf8");
const example = /^```yaml\n(.*?)^```$/msu.exec(page)?.[1] ?? "";

describe("docs/qa.md", () => {
  test("has the tables that scenarios are read by (`vitest -u` writes them)", async () => {
    const written = withTables(page, qaBlocks([memory, firefox, chromium]));
    await expect(written).toMatchFileSnapshot(file);
  });

  test("shows a scenario that comes out as it says", async () => {
    const scenario = parseScenario(example);
    const told = [
      ...tellOutcome("shorter.yaml", "memory", await playScenario(scenario, memory)),
      ...tellOutcome("shorter.yaml", "firefox", { kind: "passed" }),
      ...tellOutcome("shorter.yaml", "chromium", {
        kind: "skipped",
        reason: reasonToSkip(scenario, chromium) ?? "",
      }),
    ];
    expect(reasonToSkip(scenario, firefox)).toBeUndefined();
    expect(page).toContain(`\`\`\`\n${told.join("\n")}\n\`\`\``);
  });

  test("shows what a failing one prints", async () => {
    const otherwise = example.replace("shorter: active", "shorter: ended");
    const told = tellOutcome(
      "shorter.yaml",
      "memory",
      await playScenario(parseScenario(otherwise), memory),
    );
    expect(page).toContain(`\`\`\`\n${told.join("\n")}\n\`\`\``);
  });

  test.each([...Object.entries(steps), ...Object.entries(expectations)])(
    "gives an example of %s that can be read",
    (name, row) => {
      const said: unknown = parse(row.example);
      const recipe = { id: 1, slug: "x", preferences: [], content: {} };
      const scene = aScene({ study: recipe, rollout: recipe });
      const argument =
        typeof said === "string" ? null : (said as Readonly<Record<string, unknown>>)[name];
      expect(row.example.startsWith(name)).toBe(true);
      expect(() => row.read(argument, scene)).not.toThrow();
    },
  );
});
