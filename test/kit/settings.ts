import type { Log } from "#core/ports.ts";
import { type SettingsApi, SettingsEngine } from "#extension/platform/settings-engine.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import type { SettingTable, SettingValue } from "#recipes/settings.ts";
import type { Store } from "#core/ports.ts";

// The settings of a browser, made of maps: what the person, a policy, another extension and we have
// said, who of them wins, and what a browser shows of it.

/** `firefox` keeps settings as preferences: what a person does below our control shows, and may stay. */
export type Manners = "chromium" | "firefox";

export class FakeSettings implements SettingsApi {
  readonly isExclusive: boolean;
  readonly ours = new Map<string, SettingValue>();
  readonly #builtIn = new Map<string, SettingValue>();
  readonly #person = new Map<string, SettingValue>();
  readonly #below = new Map<string, SettingValue>();
  readonly #above = new Map<string, SettingValue>();
  /** Settings of which `set` resolves and does nothing. */
  readonly deaf = new Set<string>();
  /** Every change that was asked for, as `set api` or `clear api`. */
  readonly asked: string[] = [];

  constructor(table: SettingTable, manners: Manners = "chromium") {
    this.isExclusive = manners === "chromium";
    this.build(table);
  }

  /** The browser is of another build: its own values are these. */
  build(table: SettingTable): void {
    for (const { api, builtIn, values } of Object.values(table)) {
      const word = values?.find(([value]) => value === builtIn)?.[1] ?? builtIn;
      if (typeof word !== "number") this.#builtIn.set(api, word);
    }
  }

  has(api: string): boolean {
    return this.#builtIn.has(api);
  }

  get(api: string): ReturnType<SettingsApi["get"]> {
    const above = this.#above.get(api);
    if (above !== undefined) return Promise.resolve({ value: above, control: "locked" });
    const ours = this.#below.get(api) ?? this.ours.get(api);
    if (ours !== undefined) return Promise.resolve({ value: ours, control: "ours" });
    return Promise.resolve({
      value: this.#person.get(api) ?? this.#builtIn.get(api),
      control: "free",
    });
  }

  set(api: string, value: SettingValue): Promise<void> {
    this.asked.push(`set ${api}`);
    if (this.deaf.has(api)) return Promise.resolve();
    this.#below.delete(api);
    this.ours.set(api, value);
    return Promise.resolve();
  }

  clear(api: string): Promise<void> {
    this.asked.push(`clear ${api}`);
    const below = this.#below.get(api);
    // Firefox leaves alone what somebody changed since, unless our value counts as false.
    if (below !== undefined && this.ours.get(api) !== false) this.#person.set(api, below);
    this.#below.delete(api);
    this.ours.delete(api);
    return Promise.resolve();
  }

  /** What a person does in the browser's own pages; `null` is back to what is built in. */
  setByPerson(api: string, value: SettingValue | null): void {
    const builtIn = this.#builtIn.get(api);
    if (!this.isExclusive && this.ours.has(api)) {
      this.#below.set(api, value ?? builtIn ?? false);
    } else if (value === null || value === builtIn) this.#person.delete(api);
    else this.#person.set(api, value);
  }

  /** A policy, or an extension with more say; `null` goes away. */
  setFromAbove(api: string, value: SettingValue | null): void {
    if (value === null) this.#above.delete(api);
    else this.#above.set(api, value);
  }
}

/** A setting that can hold each of these, the first of them built in. */
export function aSetting(
  api: string,
  builtIn: PreferenceValue,
  others: readonly PreferenceValue[] = [],
): SettingTable[string] {
  const values = [...new Set([builtIn, ...others])];
  return { api, builtIn, values: values.map((value) => [value, JSON.stringify(value)]) };
}

const silent: Log = { write: () => undefined };

/** The engine of a background script that has just started. */
export function anEngine(
  table: SettingTable,
  api: SettingsApi,
  store: Store,
  { log = silent, own = {} }: { log?: Log; own?: Readonly<Record<string, PreferenceValue>> } = {},
): SettingsEngine {
  return new SettingsEngine({
    table,
    api,
    store,
    log,
    own: (name) => Promise.resolve(own[name] ?? null),
  });
}
