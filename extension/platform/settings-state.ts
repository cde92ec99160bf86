import { preferenceTypeOf, type PreferenceValue } from "#recipes/arguments.ts";
import type { Setting } from "#recipes/settings.ts";
import type { JournalEntry, PreferenceState } from "#core/preferences.ts";

// What a setting shows and what our claims ask of it, as pure functions. A settings API has one level
// for us, above the person's own value; both branches of a preference must be read into it:
// a claim on the user branch holds whatever the person has, one on the default branch only where
// they have nothing of their own.

/**
 * Who has the say over a setting: us; nobody above us (`free`: then the person's own value shows); or
 * another extension (`taken-over`); or a policy (`locked`).
 */
export type Control = "ours" | "free" | "taken-over" | "locked";

/** What stands in a setting, as its preference would hold it. */
export interface Seen {
  readonly value: PreferenceValue;
  readonly control: Control;
}

/** The record with what the browser tells today: its built-in value, and the person's own where it shows. */
export function rebase(entry: JournalEntry, { builtIn }: Setting, seen: Seen): JournalEntry {
  const user = seen.control === "free" ? ownIn(seen, builtIn) : entry.base.user;
  return { ...entry, base: { default: builtIn, user } };
}

/** The value that a record's claims ask for; `undefined`: none, so that what is below us shows. */
export function wantedBy(entry: JournalEntry | undefined): PreferenceValue | undefined {
  const onUser = topClaim(entry, "user");
  if (onUser !== undefined) return onUser;
  return entry?.base.user === null ? topClaim(entry, "default") : undefined;
}

/** Whether a claim on the user branch holds, whatever the person has. */
export function isOnUser(entry: JournalEntry | undefined): boolean {
  return topClaim(entry, "user") !== undefined;
}

/**
 * Whether the setting is as it should be, or as somebody with more say than us wants it.
 *
 * @param insists - another value under our control is one of ours that is out of date; without that,
 *   it is the person's doing (Firefox shows what they set in about:config)
 */
export function isSettled(
  wanted: PreferenceValue | undefined,
  { value, control }: Seen,
  insists: boolean,
): boolean {
  switch (control) {
    case "ours":
      return wanted !== undefined && (value === wanted || !insists);
    case "free":
      return wanted === undefined;
    case "taken-over":
    case "locked":
      return true;
  }
}

/** The two branches as a preference would show them. */
export function stateOf(
  entry: JournalEntry | undefined,
  { builtIn }: Setting,
  seen: Seen,
): PreferenceState {
  const type = preferenceTypeOf(builtIn);
  const held = { type, user: null, default: seen.value, locked: true };
  if (seen.control === "locked") return held;
  if (seen.control === "taken-over") return { ...held, isTakenOver: true };
  const below = topClaim(entry, "default") ?? builtIn;
  return { type, user: userOf(entry, builtIn, seen), default: below, locked: false };
}

function userOf(
  entry: JournalEntry | undefined,
  builtIn: PreferenceValue,
  seen: Seen,
): PreferenceValue | null {
  if (seen.control !== "ours") return ownIn(seen, builtIn);
  // Under our control and yet not ours: the person changed it below the API.
  return seen.value === wantedBy(entry) ? (topClaim(entry, "user") ?? null) : seen.value;
}

/** A value like the built-in one is nobody's: the APIs do not tell who chose it. */
function ownIn({ value }: Seen, builtIn: PreferenceValue): PreferenceValue | null {
  return value === builtIn ? null : value;
}

function topClaim(
  entry: JournalEntry | undefined,
  on: "default" | "user",
): PreferenceValue | undefined {
  return entry?.claims.findLast(({ branch }) => branch === on)?.value;
}
