import * as v from "valibot";
import { publishedAddon } from "#recipes/arguments.ts";
import type { Enrollment } from "./enrollment.ts";

// What the store gives back is unknown: another version wrote it, or a disk lost some of it.

const value = v.union([v.string(), v.number(), v.boolean()]);
const base = {
  slug: v.string(),
  recipeId: v.number(),
  revision: v.string(),
  enrollmentId: v.string(),
  enrolledAtMs: v.number(),
  filter: v.exactOptional(v.string()),
  lastSeenMs: v.number(),
  listedAs: v.exactOptional(v.number()),
  endedAtMs: v.exactOptional(v.number()),
  endReason: v.exactOptional(v.string()),
};
const study = {
  branch: v.string(),
  userFacingName: v.string(),
  userFacingDescription: v.string(),
  temporaryErrorDays: v.exactOptional(v.array(v.number())),
  /** What older versions stored: when a week would be over since the first error. */
  temporaryErrorDeadlineMs: v.exactOptional(v.number()),
  forced: v.exactOptional(v.literal(true)),
};

const enrollment = v.variant("kind", [
  v.object({
    kind: v.literal("preference-study"),
    ...base,
    ...study,
    state: v.picklist(["active", "ended"]),
    experimentType: v.picklist(["exp", "exp-highpop"]),
    preferences: v.record(
      v.string(),
      v.object({
        value,
        branchType: v.picklist(["default", "user"]),
        previous: v.nullable(value),
        overridden: v.boolean(),
        sinceEnrollment: v.exactOptional(v.literal(true)),
      }),
    ),
  }),
  v.object({
    kind: v.literal("preference-rollout"),
    ...base,
    state: v.picklist(["active", "rolled-back", "graduated", "opted-out"]),
    preferences: v.record(v.string(), v.object({ value, previous: v.nullable(value) })),
  }),
  v.object({
    kind: v.literal("addon-study"),
    ...base,
    ...study,
    state: v.picklist(["installing", "active", "ended"]),
    addon: v.nullable(publishedAddon),
  }),
  v.object({
    kind: v.literal("addon-rollout"),
    ...base,
    state: v.picklist(["installing", "active", "rolled-back", "opted-out"]),
    addon: publishedAddon,
  }),
]);

/** @returns `undefined` when the value is not an enrolment that this version can act on */
export function parseEnrollment(stored: unknown): Enrollment | undefined {
  const result = v.safeParse(enrollment, stored);
  if (!result.success) return undefined;
  if (!("temporaryErrorDeadlineMs" in result.output)) return result.output;
  const { temporaryErrorDeadlineMs: deadlineMs, ...rest } = result.output;
  // The day on which that week began is the one of which it is known that a run failed.
  return { temporaryErrorDays: [Math.floor(deadlineMs / 86_400_000) - 7], ...rest };
}
