import * as v from "valibot";
import type { JournalEntry } from "#core/preferences.ts";

/** What a preference can hold. */
export const preferenceValue = v.union([
  v.boolean(),
  v.string(),
  v.pipe(v.number(), v.safeInteger()),
]);

/** An undo record, format version 1. */
export const journalRecord: v.GenericSchema<unknown, JournalEntry> = v.object({
  v: v.literal(1),
  base: v.object({ default: v.nullable(preferenceValue), user: v.nullable(preferenceValue) }),
  claims: v.array(
    v.object({
      owner: v.picklist(["rollout", "study"]),
      slug: v.string(),
      branch: v.picklist(["default", "user"]),
      value: preferenceValue,
    }),
  ),
  isTaken: v.exactOptional(v.literal(true)),
});
