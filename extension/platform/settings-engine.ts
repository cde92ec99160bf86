import * as v from "valibot";
import { preferenceTypeOf, type PreferenceValue } from "#recipes/arguments.ts";
import { isDenied } from "#recipes/denied.ts";
import {
  fromSetting,
  type Setting,
  type SettingTable,
  type SettingValue,
  toSetting,
  valuesOf,
} from "#recipes/settings.ts";
import type { Log, PreferenceEngine, Store } from "#core/ports.ts";
import type { Claim, JournalEntry, PreferenceChange, PreferenceState } from "#core/preferences.ts";
import { journalRecord } from "./journal-record.ts";
import {
  type Control,
  isOnUser,
  isSettled,
  rebase,
  type Seen,
  stateOf,
  wantedBy,
} from "./settings-state.ts";

/** The browser's settings, by their place below `browser`. */
export interface SettingsApi {
  /** Whether nothing but our value can show under our control: what else does is one of ours that is out of date. */
  readonly isExclusive: boolean;
  /** Whether this browser has it at all. */
  has(api: string): boolean;
  get(api: string): Promise<{ readonly value: unknown; readonly control: Control }>;
  /** May resolve without any effect. */
  set(api: string, value: SettingValue): Promise<void>;
  clear(api: string): Promise<void>;
}

export interface SettingsParts {
  readonly table: SettingTable;
  readonly api: SettingsApi;
  readonly store: Store;
  readonly log: Log;
  /** Preferences that no recipe may set, beside `recipes/denied.ts` and spelt as there. */
  readonly denied?: readonly string[];
  /** The extension's own settings, which filters read under `extensions.mulberry.`. */
  readonly own: (name: string) => Promise<PreferenceValue | null>;
}

const storeKey = "preference_records";
const ownPrefix = "extensions.mulberry.";
/** Times that a setting is written at most: the person's own value may show only after the first. */
const attempts = 3;
const unknown: PreferenceState = { type: undefined, user: null, default: null, locked: false };

const stored = v.object({
  records: v.record(v.string(), v.unknown()),
  /** Names whose change was begun: what stands there is not the person's doing. */
  pending: v.array(v.string()),
});

/**
 * Preferences through the browser's own settings APIs.
 *
 * What holds is derived from the undo records alone. They are stored before a setting is touched, and
 * every start makes the settings agree with them, so a stop at any moment is made good; and the
 * browser itself gives a setting back when the extension is disabled or removed.
 */
export class SettingsEngine implements PreferenceEngine {
  readonly branches = ["default", "user"] as const;
  readonly names: ReadonlyMap<string, readonly PreferenceValue[]>;
  readonly #parts: SettingsParts;
  readonly #settings: ReadonlyMap<string, Setting>;
  readonly #records = new Map<string, JournalEntry>();
  readonly #pending = new Set<string>();
  #agreement: Promise<void> | undefined;

  constructor(parts: SettingsParts) {
    this.#parts = parts;
    this.#settings = new Map(
      Object.entries(parts.table).filter(([, { api }]) => parts.api.has(api)),
    );
    this.names = new Map([...this.#settings].map(([name, setting]) => [name, valuesOf(setting)]));
  }

  async read(names: readonly string[]): Promise<ReadonlyMap<string, PreferenceState>> {
    await this.#agreed();
    return new Map(
      await Promise.all(names.map(async (name) => [name, await this.#stateOf(name)] as const)),
    );
  }

  async journal(): Promise<Readonly<Record<string, JournalEntry>>> {
    await this.#agreed();
    return Object.fromEntries(this.#records);
  }

  /**
   * @throws Error `preference/denied`, `preference/unknown`, `preference/bad-value` or
   *   `preference/locked` before anything is changed; `preference/no-effect` after everything is as it
   *   was again
   */
  async write(changes: readonly PreferenceChange[]): Promise<void> {
    await this.#agreed();
    for (const change of changes) await this.#refuse(change);
    const before = new Map(this.#records);
    for (const change of changes) await this.#take(change);
    const names = changes.map(({ name }) => name).filter((name) => this.#pending.has(name));
    try {
      await this.#carryOut(names);
    } catch (error) {
      for (const { name } of changes) this.#keep(name, before.get(name));
      await this.#carryOut(names);
      throw error;
    }
  }

  async #refuse({ name, journal }: PreferenceChange): Promise<void> {
    const held = this.#records.get(name)?.claims ?? [];
    const isHeld = (claim: Claim): boolean =>
      held.some(({ slug, value }) => slug === claim.slug && value === claim.value);
    const claims = (journal?.claims ?? []).filter((claim) => !isHeld(claim));
    if (claims.length === 0) return;
    if (this.#isDenied(name)) throw new Error("preference/denied");
    const setting = this.#settings.get(name);
    if (setting === undefined) throw new Error("preference/unknown");
    if (claims.some(({ value }) => toSetting(setting, value) === undefined))
      throw new Error("preference/bad-value");
    const { control } = await this.#look(setting);
    if (control !== "ours" && control !== "free") throw new Error("preference/locked");
  }

  /** Takes the new record in. What the person did below our control is theirs from now on. */
  async #take({ name, journal }: PreferenceChange): Promise<void> {
    const setting = this.#settings.get(name);
    const before = this.#records.get(name);
    const wanted = wantedBy(before);
    const seen = setting === undefined ? undefined : await this.#look(setting);
    const isPersons =
      !this.#parts.api.isExclusive &&
      wanted !== undefined &&
      seen?.control === "ours" &&
      seen.value !== wanted;
    const entry = journal ?? undefined;
    const own = isPersons ? { user: seen.value } : {};
    this.#keep(name, entry && { ...entry, base: { ...entry.base, ...own } });
    if (wantedBy(this.#records.get(name)) !== wanted) this.#pending.add(name);
  }

  #keep(name: string, entry: JournalEntry | undefined): void {
    if (entry === undefined) this.#records.delete(name);
    else this.#records.set(name, entry);
  }

  /** Stored first, then done, then known to be done. */
  async #carryOut(names: readonly string[]): Promise<void> {
    await this.#save();
    for (const name of names)
      if (!(await this.#settle(name))) throw new Error("preference/no-effect");
    if (names.length === 0) return;
    for (const name of names) this.#pending.delete(name);
    await this.#save();
  }

  /** Once for each start of the background script, before anything else is asked. */
  #agreed(): Promise<void> {
    this.#agreement ??= this.#agree().catch((error: unknown) => {
      this.#agreement = undefined;
      throw error;
    });
    return this.#agreement;
  }

  async #agree(): Promise<void> {
    const parsed = v.safeParse(stored, await this.#parts.store.get(storeKey));
    const { records, pending } = parsed.success ? parsed.output : { records: {}, pending: [] };
    for (const [name, value] of Object.entries(records)) {
      const record = v.safeParse(journalRecord, value);
      // One that is damaged, or that an older build let be made, is left out: its setting is then ours
      // without a record, and goes.
      if (record.success && !this.#isDenied(name)) this.#records.set(name, record.output);
    }
    for (const name of pending) this.#pending.add(name);
    for (const name of this.#settings.keys())
      if (await this.#settleAlone(name)) this.#pending.delete(name);
    if (pending.length > 0) await this.#save();
  }

  /** A setting that the browser refuses to speak of must not keep the others from what is theirs. */
  async #settleAlone(name: string): Promise<boolean> {
    const failure = await this.#settle(name).then(
      (isRight) => (isRight ? undefined : "preference/no-effect"),
      String,
    );
    if (failure !== undefined)
      this.#parts.log.write("error", "a setting cannot be mended", { name, cause: failure });
    return failure === undefined;
  }

  /**
   * Makes one setting what its record asks for. One that is pending is written at least once, beneath
   * whoever else has the say too.
   *
   * @returns whether it is so in the end, or in the hands of somebody with more say
   */
  async #settle(name: string): Promise<boolean> {
    const setting = this.#settings.get(name);
    if (setting === undefined) return true;
    const { api } = this.#parts;
    const isPending = this.#pending.has(name);
    for (let written = 0; ; written += 1) {
      const seen = await this.#look(setting);
      const entry = await this.#rebase(name, setting, seen);
      const wanted = wantedBy(entry);
      const isRight = isSettled(wanted, seen, isPending || api.isExclusive);
      if (isRight && (written > 0 || !isPending)) return true;
      if (written === attempts) return false;
      // Under exclusive control the person's own value hides: it is looked at before a default is set over it.
      const looksFirst =
        written === 0 && api.isExclusive && seen.control === "ours" && !isOnUser(entry);
      const value = wanted === undefined || looksFirst ? undefined : toSetting(setting, wanted);
      if (value === undefined) await api.clear(setting.api);
      else await api.set(setting.api, value);
    }
  }

  /** Brings the record up to what shows now, and stores that before anything is done upon it. */
  async #rebase(name: string, setting: Setting, seen: Seen): Promise<JournalEntry | undefined> {
    const entry = this.#records.get(name);
    if (entry === undefined) return undefined;
    const now = rebase(entry, setting, seen);
    if (now.base.user === entry.base.user && now.base.default === entry.base.default) return entry;
    this.#records.set(name, now);
    await this.#save();
    return now;
  }

  #save(): Promise<void> {
    const records = Object.fromEntries(this.#records);
    return this.#parts.store.set({ [storeKey]: { records, pending: [...this.#pending] } });
  }

  async #look(setting: Setting): Promise<Seen> {
    const { value, control } = await this.#parts.api.get(setting.api);
    return { value: fromSetting(setting, value), control };
  }

  #isDenied(name: string): boolean {
    return isDenied(name, this.#parts.denied);
  }

  async #stateOf(name: string): Promise<PreferenceState> {
    const state = await this.#shown(name);
    return this.#isDenied(name) ? { ...state, denied: true } : state;
  }

  async #shown(name: string): Promise<PreferenceState> {
    if (name.startsWith(ownPrefix)) return ownState(await this.#parts.own(name));
    const setting = this.#settings.get(name);
    if (setting === undefined) return unknown;
    return stateOf(this.#records.get(name), setting, await this.#look(setting));
  }
}

/** A setting of the extension itself: whoever set it, it has no built-in value. */
function ownState(value: PreferenceValue | null): PreferenceState {
  return value === null ? unknown : { ...unknown, type: preferenceTypeOf(value), user: value };
}
