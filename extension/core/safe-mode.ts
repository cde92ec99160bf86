import { isObject, memberOf } from "#recipes/members.ts";
import type { OwnerKind } from "./preferences.ts";

// When a change that a recipe made crashes the browser. What is known of it, and what follows from each
// start, as a pure reducer: in Firefox it runs before anything of ours is put in force.

/** One change that may be to blame. */
export interface Suspect {
  readonly id: number;
  /** Of the recipe's body: another revision is another suspect. */
  readonly sha256: string;
  /** The enrolment that it makes: `kind/slug`. */
  readonly enrollment: string;
  /** The add-on that it installs. */
  readonly addonId?: string;
}

/**
 * How far safe mode goes: `proven-only` acts on the recipes of the last set that proved good, `nothing`
 * on none and undoes everything.
 */
export type SafeMode = "normal" | "proven-only" | "nothing";

/** What is remembered from one session of the browser to the next. */
export interface SafeRecord {
  readonly v: 1;
  /** The session that this is about: when its process started. */
  readonly session: string;
  /** It ended as it should. */
  readonly isClean: boolean;
  /** The change that is being made now. */
  readonly open: Suspect | null;
  /** Changes that were made since all was last seen to be well. */
  readonly recent: readonly Suspect[];
  /** Out of force since a crash, until each was tried again. */
  readonly held: readonly Suspect[];
  /** Held changes are tried one in a session, or one in half an hour: two crashes told of nobody alone. */
  readonly isOnProbation: boolean;
  /** Crashes that can be blamed on one suspect alone, by `nameOf`. */
  readonly blamed: Readonly<Record<string, number>>;
  readonly quarantined: readonly Suspect[];
  /** Crashes one after the other. */
  readonly streak: number;
  readonly mode: SafeMode;
}

/** So often one suspect alone is blamed before it is no longer acted on. */
const blamesToQuarantine = 2;
/** From so many crashes in a row on that blame nobody alone, nothing that is held is tried before the browser has lived. */
const probationStreak = 2;
const provenStreak = 3;
const nothingStreak = 4;
/** A quarantined recipe that was never published again is forgotten after so many others. */
const longestList = 100;

export const freshRecord: SafeRecord = {
  v: 1,
  session: "",
  isClean: true,
  open: null,
  recent: [],
  held: [],
  isOnProbation: false,
  blamed: {},
  quarantined: [],
  streak: 0,
  mode: "normal",
};

export function nameOf({ id, sha256 }: Pick<Suspect, "id" | "sha256">): string {
  return `${String(id)}/${sha256}`;
}

/**
 * The browser has started: how the last session ended decides what is put in force.
 *
 * @param session - when this process started
 * @param seesTheEnd - whether a session that ends as it should is noted; where not, only one that ended
 *   amid a change is taken to have crashed
 */
export function atStart(record: SafeRecord, session: string, seesTheEnd: boolean): SafeRecord {
  if (record.session === session) {
    // Only our own page was stopped.
    return record.open === null ? record : { ...record, open: null, recent: suspectsOf(record) };
  }
  const hasCrashed = record.session !== "" && (seesTheEnd ? !record.isClean : record.open !== null);
  const next = hasCrashed ? afterCrash(record) : well(record);
  return { ...next, session, isClean: false };
}

/** It has run long enough, or ended as it should: what was changed since is not to blame. */
export function well(record: SafeRecord): SafeRecord {
  const cleared = new Set(suspectsOf(record).map(nameOf));
  const blamed = Object.entries(record.blamed).filter(([name]) => !cleared.has(name));
  return {
    ...record,
    open: null,
    recent: [],
    streak: 0,
    blamed: Object.fromEntries(blamed),
    isOnProbation: record.isOnProbation && record.held.length > 0,
  };
}

function afterCrash(record: SafeRecord): SafeRecord {
  const suspects = suspectsOf(record);
  const alone = record.open ?? (suspects.length === 1 ? suspects[0] : undefined);
  const blamed = { ...record.blamed };
  if (alone !== undefined) blamed[nameOf(alone)] = (blamed[nameOf(alone)] ?? 0) + 1;
  const isGuilty = (one: Suspect): boolean => (blamed[nameOf(one)] ?? 0) >= blamesToQuarantine;
  const guilty = suspects.filter(isGuilty);
  for (const one of guilty) Reflect.deleteProperty(blamed, nameOf(one));
  const streak = record.streak + 1;
  const left = without(suspects, guilty);
  // What crashed last is tried last. An add-on starts with the browser, whatever we say: it stays a suspect.
  const held = without([...without(record.held, suspects), ...left.filter(canBeHeld)], guilty);
  return {
    ...record,
    open: null,
    recent: left.filter((one) => !canBeHeld(one)),
    held,
    blamed,
    streak,
    // With the one to blame found, the others are tried again at once.
    isOnProbation:
      held.length > 0 && guilty.length === 0 && (record.isOnProbation || streak >= probationStreak),
    quarantined: [...without(record.quarantined, guilty), ...guilty].slice(-longestList),
    mode: modeAfter(record.mode, streak),
  };
}

function modeAfter(mode: SafeMode, streak: number): SafeMode {
  if (streak >= nothingStreak) return "nothing";
  return streak >= provenStreak && mode === "normal" ? "proven-only" : mode;
}

/**
 * What may be tried again now: everything while it may be one alone that crashes, later one thing at a time
 * in a browser that has been well.
 */
export function toRevive(record: SafeRecord): readonly Suspect[] {
  if (record.mode !== "normal") return [];
  if (!record.isOnProbation) return record.held;
  return record.streak < probationStreak ? record.held.slice(0, 1) : [];
}

/** Whether something that is held was in force for a moment at this start. */
export function isGlimpsed({ held, recent }: SafeRecord): boolean {
  return without(held, recent).length < held.length;
}

/** A change is about to be made; the one before it has been. */
export function begin(record: SafeRecord, suspect: Suspect): SafeRecord {
  return {
    ...record,
    open: suspect,
    recent: without(suspectsOf(record), [suspect]),
    held: without(record.held, [suspect]),
  };
}

/** The change that was being made has been made. */
export function end(record: SafeRecord): SafeRecord {
  return { ...record, open: null, recent: suspectsOf(record) };
}

/**
 * Another set of recipes was verified: it gets a new chance. What it no longer lists is about to end, and is
 * not tried for that.
 */
export function withNewSet(record: SafeRecord, names: ReadonlySet<string>): SafeRecord {
  const ids = new Set([...names].map((name) => Number(name.split("/", 1)[0])));
  const blamed = Object.entries(record.blamed).filter(([name]) => names.has(name));
  return {
    ...record,
    mode: "normal",
    streak: 0,
    isOnProbation: false,
    held: record.held.filter(({ id }) => ids.has(id)),
    blamed: Object.fromEntries(blamed),
    quarantined: record.quarantined.filter((one) => names.has(nameOf(one))),
  };
}

/** Why a recipe is not acted on, if it is not. */
export function isWithheld(
  record: SafeRecord,
  entry: Pick<Suspect, "id" | "sha256">,
  proven: ReadonlySet<string>,
): boolean {
  const name = nameOf(entry);
  return (
    record.mode === "nothing" ||
    (record.mode === "proven-only" && !proven.has(name)) ||
    [...record.quarantined, ...record.held].some((one) => nameOf(one) === name)
  );
}

/**
 * Some of what is held was in force for a moment while the browser started: a user value is there before
 * anything of ours. Until all is well it may be to blame.
 */
export function glimpsed(record: SafeRecord, enrollments: ReadonlySet<string>): SafeRecord {
  const seen = record.held.filter(({ enrollment }) => enrollments.has(enrollment));
  return seen.length === 0
    ? record
    : { ...record, recent: [...without(record.recent, seen), ...seen] };
}

/** Everything is undone: a set that says something new is not held against what it says again. */
export function undone(record: SafeRecord): SafeRecord {
  return { ...record, held: [], recent: [], isOnProbation: false };
}

/** Add-ons that are to be gone before they can do anything. */
export function addonsToRemove({ quarantined }: SafeRecord): readonly string[] {
  return quarantined.flatMap(({ addonId }) => (addonId === undefined ? [] : [addonId]));
}

/** Whose claims stay out of force while the browser starts: called for each claim of each undo record. */
export function isOutOfForce(
  record: SafeRecord,
  { owner, slug }: { readonly owner: OwnerKind; readonly slug: string },
): boolean {
  if (record.mode === "nothing") return true;
  const enrollment = `preference-${owner}/${slug}`;
  return [...record.quarantined, ...record.held].some((one) => one.enrollment === enrollment);
}

function canBeHeld({ enrollment }: Suspect): boolean {
  return enrollment.startsWith("preference-");
}

function suspectsOf({ open, recent }: SafeRecord): readonly Suspect[] {
  return open === null ? recent : [...without(recent, [open]), open];
}

function without(list: readonly Suspect[], others: readonly Suspect[]): readonly Suspect[] {
  const names = new Set(others.map(nameOf));
  return list.filter((one) => !names.has(nameOf(one)));
}

/** A record from its text; a damaged one says nothing, and so does none. */
export function parseSafeRecord(text: unknown): SafeRecord {
  if (typeof text !== "string" || text === "") return freshRecord;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : freshRecord;
  } catch {
    // Somebody may have put something else there.
    return freshRecord;
  }
}

const modes: ReadonlySet<unknown> = new Set([
  "normal",
  "proven-only",
  "nothing",
] satisfies SafeMode[]);

function isRecord(value: unknown): value is SafeRecord {
  const is = (name: keyof SafeRecord): unknown => memberOf(value, name);
  const blamed = is("blamed");
  const open = is("open");
  return (
    is("v") === 1 &&
    typeof is("session") === "string" &&
    typeof is("isClean") === "boolean" &&
    typeof is("isOnProbation") === "boolean" &&
    Number.isInteger(is("streak")) &&
    modes.has(is("mode")) &&
    isObject(blamed) &&
    Object.values(blamed).every(Number.isInteger) &&
    (open === null || isSuspect(open)) &&
    [is("recent"), is("held"), is("quarantined")].every(isSuspects)
  );
}

function isSuspects(value: unknown): boolean {
  return Array.isArray(value) && value.every(isSuspect);
}

function isSuspect(value: unknown): boolean {
  const addonId = memberOf(value, "addonId");
  return (
    (addonId === undefined || typeof addonId === "string") &&
    Number.isInteger(memberOf(value, "id")) &&
    typeof memberOf(value, "sha256") === "string" &&
    typeof memberOf(value, "enrollment") === "string"
  );
}
