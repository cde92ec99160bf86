import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { remember } from "./expectations.ts";
import { aScene, type Scenario, type ScenarioStep } from "./parse.ts";
import type { ReadExpectation, ReadStep, Scene } from "./rows.ts";
import { type Ability, type Engine, type Eyes, UnfitError } from "./stage.ts";

/** One expectation that did not come true. */
export interface Difference {
  readonly what: string;
  readonly expected: unknown;
  readonly seen: unknown;
}

/** How a scenario came out in one engine. */
export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "skipped"; readonly reason: string }
  | {
      readonly kind: "failed";
      readonly step: Pick<ScenarioStep, "text" | "line">;
      readonly differences: readonly Difference[];
    }
  /** The step itself could not be done. */
  | {
      readonly kind: "broken";
      readonly step: Pick<ScenarioStep, "text" | "line">;
      readonly error: unknown;
    };

/** How long there is between two looks at a real browser, in milliseconds. */
const lookEveryMs = 100;

/** Why an engine does not play a scenario; `undefined`: it does. */
export function reasonToSkip(scenario: Scenario, engine: Engine): string | undefined {
  if (scenario.in !== undefined && !scenario.in.includes(engine.name))
    return `it is for ${scenario.in.join(" and ")}`;
  const missing = needsOf(scenario).find((ability) => engine.lacks[ability] !== undefined);
  if (missing !== undefined) return engine.lacks[missing];
  return engine.refusal(scenario.browser, namesIn(scenario));
}

/** Plays one scenario from its first step to the first that comes out otherwise. */
export async function playScenario(scenario: Scenario, engine: Engine): Promise<Outcome> {
  const reason = reasonToSkip(scenario, engine);
  if (reason !== undefined) return { kind: "skipped", reason };
  const opened = await engine.open(scenario.browser).catch((error: unknown) => {
    if (error instanceof UnfitError) return error;
    throw error;
  });
  if (opened instanceof UnfitError) return { kind: "skipped", reason: opened.message };
  await using stage = opened;
  const scene = aScene(scenario.recipes);
  for (const one of scenario.steps) {
    const step = { text: one.text, line: one.line };
    try {
      if (one.kind === "happens") await one.step.play(stage, scene);
      else {
        const differences = await compare(one.expectations, stage, scene, engine.patienceMs);
        if (differences.length > 0) return { kind: "failed", step, differences };
      }
    } catch (error) {
      return { kind: "broken", step, error };
    }
  }
  return { kind: "passed" };
}

/** Looks until all is as expected, or patience is at its end. @returns what is not */
async function compare(
  expectations: Extract<ScenarioStep, { kind: "expected" }>["expectations"],
  eyes: Eyes,
  scene: Scene,
  patienceMs: number,
): Promise<readonly Difference[]> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const differences: Difference[] = [];
    let eventsSeen = 0;
    for (const [what, { expected, see }] of Object.entries(expectations)) {
      const seen = await see(eyes, scene);
      if (what === "events" && Array.isArray(seen)) eventsSeen = seen.length;
      if (!isDeepStrictEqual(seen, expected)) differences.push({ what, expected, seen });
    }
    if (differences.length === 0) {
      await remember(Object.keys(expectations), eyes, scene, eventsSeen);
      return [];
    }
    if (performance.now() >= giveUpAt) return differences;
    await delay(lookEveryMs);
  }
}

function needsOf({ browser, recipes, steps }: Scenario): readonly Ability[] {
  const hasAddons = Object.values(recipes).some(({ content }) =>
    String(content["action"]).startsWith("addon-"),
  );
  return [
    ...(Object.keys(browser.own).length > 0 ? (["edit"] as const) : []),
    ...(Object.keys(browser.facts).length > 0 ? (["describe"] as const) : []),
    ...(hasAddons ? (["addons"] as const) : []),
    ...steps.flatMap((one) => readingsOf(one).flatMap(({ needs }) => needs)),
  ];
}

/** Preferences of the browser that it is about. */
function namesIn({ browser, recipes, steps }: Scenario): readonly string[] {
  return [
    ...Object.keys(browser.builtIn),
    ...Object.values(recipes).flatMap(({ preferences }) => preferences),
    ...steps.flatMap((one) => readingsOf(one).flatMap(({ names }) => names)),
  ];
}

function readingsOf(one: ScenarioStep): readonly (ReadStep | ReadExpectation)[] {
  return one.kind === "happens" ? [one.step] : Object.values(one.expectations);
}
