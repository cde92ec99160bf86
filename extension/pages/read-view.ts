import * as v from "valibot";
import type { StudiesView } from "#core/messages.ts";
import { switchNames } from "#core/ports.ts";

const value = v.union([v.string(), v.number(), v.boolean()]);
const preference = v.object({
  name: v.string(),
  before: v.nullable(value),
  value,
  overridden: v.boolean(),
});

const change = v.object({
  key: v.string(),
  kind: v.picklist(["preference-study", "addon-study", "preference-rollout", "addon-rollout"]),
  slug: v.string(),
  name: v.string(),
  description: v.string(),
  branch: v.exactOptional(v.string()),
  forced: v.exactOptional(v.literal(true)),
  enrollmentId: v.exactOptional(v.string()),
  isLive: v.boolean(),
  isHeld: v.exactOptional(v.literal(true)),
  startedMs: v.number(),
  endedMs: v.exactOptional(v.number()),
  endReason: v.exactOptional(v.string()),
  preferences: v.array(preference),
  addon: v.exactOptional(v.object({ id: v.string(), version: v.string() })),
  recipeId: v.number(),
  filter: v.exactOptional(v.string()),
  told: v.array(
    v.object({
      method: v.string(),
      extra: v.record(v.string(), v.string()),
      sentMs: v.nullable(v.number()),
    }),
  ),
});

const view = v.object({
  changes: v.array(change),
  enabled: v.boolean(),
  switches: v.object({
    studies_enabled: v.boolean(),
    rollouts_enabled: v.boolean(),
    telemetry_enabled: v.boolean(),
  }),
  administered: v.array(v.picklist(switchNames)),
  server: v.nullable(v.string()),
  devMode: v.boolean(),
  clockDays: v.number(),
  lastRun: v.nullable(
    v.object({
      finishedAt: v.string(),
      runner: v.string(),
      reason: v.exactOptional(v.string()),
    }),
  ),
});

/**
 * Reads what the background answered. It may be of another version than the page, for a moment
 * after an update.
 *
 * @returns `undefined` when it is no view
 */
export function readView(answer: unknown): StudiesView | undefined {
  const parsed = v.safeParse(view, answer);
  return parsed.success ? parsed.output : undefined;
}
