import type { PreferenceBranch, PreferenceValue } from "#recipes/arguments.ts";
import type {
  Claim,
  HeldValue,
  JournalEntry,
  NewClaim,
  OwnerKind,
  PreferenceChange,
  PreferenceState,
} from "./preferences.ts";

// Who owns a preference, as pure functions over its undo record: browser default < rollout < study
// < person. A claim hides what is below it; ending it reveals the next.

/** Strongest last. */
const rank: Readonly<Record<OwnerKind, number>> = { rollout: 0, study: 1 };

/**
 * What must be written so that `claim` holds the preference.
 *
 * A claim of the same owner kind is replaced: that two recipes of one kind never want one
 * preference is the actions' business, who refuse the second with an event.
 *
 * @param entry - the undo record that is there, if any
 * @param state - what the browser holds now
 */
export function claimPreference(
  name: string,
  entry: JournalEntry | undefined,
  state: PreferenceState,
  { owner, slug, branch, value, atNextStart, below }: NewClaim,
): PreferenceChange {
  // Member by member: the record's format is frozen, whatever else the caller's object holds.
  const claim: Claim = { owner, slug, branch, value };
  const others = (entry?.claims ?? []).filter(({ owner }) => owner !== claim.owner);
  const claims = [...others, claim].sort((a, b) => rank[a.owner] - rank[b.owner]);
  const hadUserClaim = (entry?.claims ?? []).some(({ branch }) => branch === "user");
  const base = {
    default: entry !== undefined ? entry.base.default : below === undefined ? state.default : below,
    // What the person had is remembered when we first write over it, not when we first look.
    user: entry !== undefined && hadUserClaim ? entry.base.user : state.user,
  };
  const isTaken = branch === "default" && entry?.isTaken === true;
  const journal: JournalEntry = { v: 1, base, claims, ...(isTaken ? { isTaken } : {}) };
  return {
    name,
    ...(branch === "default" && atNextStart !== true ? changedDefault(journal, state) : {}),
    ...(branch === "user" && state.user !== claim.value ? { user: claim.value } : {}),
    journal,
  };
}

/**
 * What must be written so that the owner no longer holds the preference.
 *
 * @param owner.keepUser - the person's own value stands on the user branch and is left alone
 * @param owner.held - what the enrolment remembers, for a record that is lost
 * @returns `undefined` when that owner holds no claim
 */
export function releasePreference(
  name: string,
  entry: JournalEntry | undefined,
  state: PreferenceState,
  owner: {
    readonly owner: OwnerKind;
    readonly slug: string;
    readonly keepUser: boolean;
    readonly held?: HeldValue;
  },
): PreferenceChange | undefined {
  if (entry === undefined && owner.held !== undefined)
    return withoutRecord(name, state, owner.held);
  const claim = entry?.claims.find(
    (candidate) => candidate.owner === owner.owner && candidate.slug === owner.slug,
  );
  if (entry === undefined || claim === undefined) return undefined;
  const { isTaken, ...rest } = entry;
  const journal: JournalEntry = {
    ...rest,
    claims: entry.claims.filter((candidate) => candidate !== claim),
    ...(claim.branch === "default" && isTaken === true ? { isTaken } : {}),
  };
  const user = claim.branch === "user" ? userBefore(entry, state) : entry.base.user;
  const restoresUser =
    claim.branch === "user"
      ? // Under a lock the browser tells its default in place of what the person's branch holds.
        !owner.keepUser && (state.locked || state.user !== user)
      : isHidden(claim, entry, state);
  return {
    name,
    ...(claim.branch === "default" ? changedDefault(journal, state) : {}),
    ...(restoresUser ? { user } : {}),
    journal: journal.claims.length === 0 ? null : journal,
  };
}

/**
 * What the user branch held before a study came to it. Where it held nothing and another hand has
 * changed the default since, what showed before is kept as the person's, as Firefox's modules do.
 */
function userBefore(entry: JournalEntry, state: PreferenceState): PreferenceValue | null {
  // What a lock shows is not there once it is lifted.
  const isChanged = !state.locked && state.default !== visibleDefault(entry);
  return entry.base.user ?? (isChanged ? entry.base.default : null);
}

/** The record is lost: what still stands there of ours goes, by what the enrolment remembers. */
function withoutRecord(
  name: string,
  state: PreferenceState,
  { branch, value, previous }: HeldValue,
): PreferenceChange {
  const change: PreferenceChange = { name, journal: null };
  if (state[branch] !== value) return change;
  if (branch === "user") return { ...change, user: previous };
  return previous === null ? change : { ...change, default: previous };
}

/**
 * Firefox does not save a user value that equals the default. A default of ours that was what the
 * person had set already made theirs vanish with the next save: it is put back with the default.
 */
function isHidden(claim: Claim, entry: JournalEntry, state: PreferenceState): boolean {
  return state.user === null && entry.base.user !== null && entry.base.user === claim.value;
}

/**
 * The record after another hand changed the preference. Where only the default is ours it goes along
 * with what the person has, and else with whether they took a study's value away: once the person's
 * branch equals the default the browser does not save it, and the record alone knows of it.
 */
export function followPerson(
  entry: JournalEntry,
  { user }: Pick<PreferenceState, "user">,
): JournalEntry {
  if (topClaim(entry, "user") === undefined)
    return user === entry.base.user ? entry : { ...entry, base: { ...entry.base, user } };
  const { isTaken, ...rest } = entry;
  return user === null ? { ...rest, isTaken: true } : isTaken === undefined ? entry : rest;
}

/**
 * The value that the default branch should hold under an undo record.
 *
 * @returns `null` when there is none: a default cannot be taken away, it is gone at the next start
 */
export function visibleDefault(entry: JournalEntry): PreferenceValue | null {
  const top = topClaim(entry, "default");
  return top === undefined ? entry.base.default : top.value;
}

/** The claim that shows on a branch: a study's hides a rollout's. */
export function topClaim(
  { claims }: Pick<JournalEntry, "claims">,
  branch: PreferenceBranch,
): Claim | undefined {
  return claims.findLast((claim) => claim.branch === branch);
}

function changedDefault(
  journal: JournalEntry,
  state: PreferenceState,
): { readonly default?: PreferenceValue; readonly user?: PreferenceValue } {
  const wanted = visibleDefault(journal);
  if (wanted === null || wanted === state.default) return {};
  // The browser keeps no user value that equals the default. A study's has to be one once it differs.
  const isImplied = state.user === null && journal.isTaken !== true;
  const implied = journal.claims.find(
    ({ branch, value }) => branch === "user" && isImplied && value === state.default,
  );
  return { default: wanted, ...(implied === undefined ? {} : { user: implied.value }) };
}
