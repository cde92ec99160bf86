import { describe, expect, test } from "vitest";
import { anAddonRollout, aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { syntheticClient } from "#server/authoring/population.ts";
import { simulate, type Simulation } from "#server/authoring/simulate.ts";

const nowMs = Date.UTC(2026, 10, 22);

describe("a simulation", () => {
  test("counts matches, and enrolments per branch as the ratios say", async () => {
    const { recipes } = await run([
      aPreferenceStudy({ filter_expression: "env.channel == 'release'" }),
    ]);
    const [study] = recipes;
    const { control = 0, treatment = 0 } = study?.branches ?? {};

    expect(study?.matches).toBeGreaterThan(150);
    expect(study?.matches).toBeLessThan(300);
    expect(study?.enrolled).toBe(study?.matches);
    expect(control + treatment).toBe(study?.enrolled);
    expect(Math.abs(control - treatment)).toBeLessThan(60);
  });

  test("comes to the same for the same seed, and to something else for another", async () => {
    const recipe = aPreferenceStudy({ filter_expression: "[env.userId]|stableSample(0.3)" });
    const first = await run([recipe]);
    expect(await run([recipe])).toEqual(first);
    expect(await run([recipe], "another")).not.toMatchObject({ recipes: first.recipes });
  });

  test("has the same profiles all day long", () => {
    for (let number = 0; number < 200; number += 1) {
      const profileAt = (ms: number): unknown =>
        syntheticClient("1", number, nowMs + ms).facts["telemetry"];
      expect(profileAt(86_399_999)).toEqual(profileAt(0));
    }
  });

  test("shows two studies that want one preference", async () => {
    const { recipes, conflicts } = await run([
      aPreferenceStudy(),
      aPreferenceStudy({ slug: "rival", arguments: { slug: "rival" } }),
    ]);

    expect(conflicts).toEqual([
      {
        preference: "test.tabs.after",
        slugs: ["tab-study", "rival"],
        exclusive: true,
        clients: 300,
      },
    ]);
    expect(recipes.map(({ enrolled }) => enrolled)).toEqual([300, 0]);
  });

  test("shows two rollouts that bring one add-on", async () => {
    const rival = { slug: "rival", extensionApiId: 1 };
    const { recipes } = await run([
      anAddonRollout(),
      anAddonRollout({ slug: "rival", arguments: rival }),
    ]);
    expect(recipes).toMatchObject([
      { action: "addon-rollout", enrolled: 300, statuses: { success: 300 }, branches: {} },
      { enrolled: 0, statuses: { apply_error: 300 }, reasons: { conflict: 300 } },
    ]);
  });

  test("enrols nobody where the filter lets nobody in", async () => {
    const { recipes } = await run([aRollout({ filter_expression: "env.country == 'XX'" })]);
    expect(recipes[0]).toMatchObject({ matches: 0, enrolled: 0, branches: {} });
  });
});

test("a synthetic browser depends on seed and number alone", () => {
  expect(syntheticClient("s", 5, nowMs)).toEqual(syntheticClient("s", 5, nowMs));
  const ids = Array.from({ length: 500 }, (_, index) => syntheticClient("s", index, nowMs).userId);
  expect(new Set(ids).size).toBe(500);
  expect(ids.every((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(id))).toBe(true);
});

function run(recipes: readonly object[], seed = "s"): Promise<Simulation> {
  const files = recipes.map((recipe, index) => ({
    file: `${String(index)}.json`,
    text: JSON.stringify({ ...recipe, id: index + 1 }),
  }));
  return simulate(readDrafts(files), {
    clients: 300,
    seed,
    nowMs,
    extensions: {
      extension: (id) =>
        Promise.resolve({
          id,
          name: "Reader",
          addonId: "reader@mulberry.example",
          version: "1.0",
          sha256: "0".repeat(64),
          size: 1,
          createdMs: 0,
        }),
    },
  });
}
