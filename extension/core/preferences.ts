import type { PreferenceBranch, PreferenceType, PreferenceValue } from "#recipes/arguments.ts";

/** What the browser holds under one name, both branches at once. */
export interface PreferenceState {
  /** `undefined` when the name holds nothing on either branch. */
  readonly type: PreferenceType | undefined;
  /** `null` when the branch holds nothing. */
  readonly user: PreferenceValue | null;
  readonly default: PreferenceValue | null;
  /** Somebody whom nobody goes round holds it: enterprise policy, or an extension with more say. */
  readonly locked: boolean;
  /** The lock is another extension's, which the person chose: what it says is their will. */
  readonly isTakenOver?: true;
  /** No recipe may set it (`recipes/denied.ts`, and what the build adds to that). */
  readonly denied?: true;
}

/** Who may hold a preference, weakest first; the browser's default is below and the person above all of them. */
export type OwnerKind = "rollout" | "study";

/** One claim on one preference. */
export interface Claim {
  readonly owner: OwnerKind;
  readonly slug: string;
  readonly branch: PreferenceBranch;
  readonly value: PreferenceValue;
}

/** A claim that is to be made. */
export interface NewClaim extends Claim {
  /** A default that is not to be written over what stands there now: it is set when the browser starts next. */
  readonly atNextStart?: true;
  /** The default that is to show once it ends, where that is not the one that shows now. */
  readonly below?: PreferenceValue | null;
}

/** What an enrolment remembers of one preference: a second copy of what its undo record says. */
export interface HeldValue {
  readonly branch: PreferenceBranch;
  readonly value: PreferenceValue;
  /** What that branch held before. */
  readonly previous: PreferenceValue | null;
}

/**
 * The undo record of one preference, kept as a preference beside it so that both land in one
 * atomically replaced file. Format version 1 is frozen: an older extension must be able to undo.
 */
export interface JournalEntry {
  readonly v: 1;
  /**
   * What each branch held before the first claim; `null` is nothing. While the default alone is
   * claimed, `user` is what the person has.
   */
  readonly base: {
    readonly default: PreferenceValue | null;
    readonly user: PreferenceValue | null;
  };
  /** At most one claim per owner kind; a study hides a rollout. */
  readonly claims: readonly Claim[];
  /** The person took a study's value off the user branch: that nothing stands there is their will. */
  readonly isTaken?: true;
}

/** All undo records, by preference name. */
export type Journal = Readonly<Record<string, JournalEntry>>;

/**
 * One change as the engine carries it out, in one turn with its undo record.
 * `default`/`user`: a value to set, `null` to clear (user branch only), absent to leave alone.
 */
export interface PreferenceChange {
  readonly name: string;
  readonly default?: PreferenceValue;
  readonly user?: PreferenceValue | null;
  /** The undo record from now on; `null` removes it. */
  readonly journal: JournalEntry | null;
}
