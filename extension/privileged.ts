import { denied } from "virtual:mulberry/build";
import type { JournalEntry } from "#core/preferences.ts";
import { isDenied as isDeniedHereOr } from "#recipes/denied.ts";
import { isObject, memberOf } from "#recipes/members.ts";

// What of our own rules holds in Firefox's own process, where `extension/experiments` runs: before
// the background script exists, and whatever becomes of it. Built as one plain script.

export { followPerson, topClaim } from "#core/journal.ts";
export {
  addonsToRemove,
  atStart,
  glimpsed,
  isOutOfForce,
  parseSafeRecord,
} from "#core/safe-mode.ts";

/** Whether this build lets no recipe set the preference. */
export function isDenied(name: string): boolean {
  return isDeniedHereOr(name, denied);
}

/** An undo record from its text, or `null` when it is damaged: somebody may have put something else there. */
export function readRecord(text: string): JournalEntry | null {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    // Not JSON is "damaged" too, and the caller counts it.
    return null;
  }
  return isRecord(entry) ? entry : null;
}

/** Whether a record that is to be written says less than the one that is there: somebody's claim ends. */
export function isRelease(text: string, before: JournalEntry | null): boolean {
  return (readRecord(text)?.claims.length ?? 0) < (before?.claims.length ?? 0);
}

function isRecord(value: unknown): value is JournalEntry {
  const base = memberOf(value, "base");
  const claims = memberOf(value, "claims");
  return (
    memberOf(value, "v") === 1 &&
    isObject(base) &&
    "default" in base &&
    "user" in base &&
    Array.isArray(claims) &&
    claims.every((claim: unknown) => isObject(claim) && "value" in claim)
  );
}
