import type {
  AddonEngine,
  Beacon,
  Facts,
  InstalledAddon,
  Mirror,
  PreferenceEngine,
  PromptEngine,
  Settings,
  SettingsReader,
  Store,
} from "./ports.ts";
import { followPerson, topClaim } from "./journal.ts";
import type { JournalEntry, PreferenceState } from "./preferences.ts";
import type { UnenrollNotice } from "./study-messages.ts";
import { preferenceTypeOf } from "#recipes/arguments.ts";
import { isDenied } from "#recipes/denied.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";

// A browser made of maps: for tests, simulation and preview. Each part passes the contract suite
// that the real one passes.

/** Keeps copies, as a real store does: what a caller changes afterwards is not stored. */
export class MemoryStore implements Store {
  readonly #values = new Map<string, string>();

  get(key: string): Promise<unknown> {
    const stored = this.#values.get(key);
    return Promise.resolve(stored === undefined ? undefined : JSON.parse(stored));
  }

  set(values: Readonly<Record<string, unknown>>): Promise<void> {
    for (const [key, value] of Object.entries(values)) this.#values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }

  remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.#values.delete(key);
    return Promise.resolve();
  }
}

/** A record that survives whatever a test does to the client. */
export class MemoryBeacon implements Beacon {
  readonly seesTheEnd: boolean;
  text: string | undefined;
  /** What was put in force again, in order. */
  readonly revived: string[] = [];

  constructor(seesTheEnd = true) {
    this.seesTheEnd = seesTheEnd;
  }

  read(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  write(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }

  revive(...[owner, slug]: Parameters<NonNullable<Beacon["revive"]>>): Promise<void> {
    this.revived.push(`${owner}/${slug}`);
    return Promise.resolve();
  }
}

/** What lies outside of the store, whatever becomes of that. */
export class MemoryMirror implements Mirror {
  text: string | undefined;

  read(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  write(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }
}

/** Preferences on two branches, with undo records beside them. */
export class MemoryPreferences implements PreferenceEngine {
  readonly branches = ["default", "user"] as const;
  readonly #default = new Map<string, PreferenceValue>();
  readonly #user = new Map<string, PreferenceValue>();
  readonly #locked = new Set<string>();
  readonly #journal = new Map<string, JournalEntry>();

  constructor(defaults: Readonly<Record<string, PreferenceValue>> = {}) {
    for (const [name, value] of Object.entries(defaults)) this.#default.set(name, value);
  }

  read(names: readonly string[]): Promise<ReadonlyMap<string, PreferenceState>> {
    return Promise.resolve(new Map(names.map((name) => [name, this.stateOf(name)])));
  }

  journal(): Promise<Readonly<Record<string, JournalEntry>>> {
    return Promise.resolve(Object.fromEntries(this.#journal));
  }

  write(changes: Parameters<PreferenceEngine["write"]>[0]): Promise<void> {
    if (changes.some(({ name, journal }) => journal !== null && isDenied(name)))
      return Promise.reject(new Error("preference/denied"));
    for (const { name, default: value, user, journal } of changes) {
      if (journal === null) this.#journal.delete(name);
      else this.#journal.set(name, journal);
      if (value !== undefined) this.#default.set(name, value);
      if (user === null) this.#user.delete(name);
      else if (user !== undefined) this.#user.set(name, user);
    }
    return Promise.resolve();
  }

  stateOf(name: string): PreferenceState {
    const user = this.#user.get(name) ?? null;
    const value = this.#default.get(name) ?? null;
    const known = value ?? user;
    return {
      type: known === null ? undefined : preferenceTypeOf(known),
      user,
      default: value,
      locked: this.#locked.has(name),
      ...(isDenied(name) ? { denied: true } : {}),
    };
  }

  /** What a person does in about:config. The undo record goes along with it. */
  setByPerson(name: string, value: PreferenceValue | null): void {
    if (value === null) this.#user.delete(name);
    else this.#user.set(name, value);
    const entry = this.#journal.get(name);
    if (entry !== undefined) this.#journal.set(name, followPerson(entry, this.stateOf(name)));
  }

  /** What enterprise policy does. */
  lock(name: string): void {
    this.#locked.add(name);
  }

  /** A restart: the default branch is the build's again, then what the undo records ask for. */
  restart(builtIn: Readonly<Record<string, PreferenceValue>>): void {
    this.#default.clear();
    for (const [name, value] of Object.entries(builtIn)) this.#default.set(name, value);
    for (const [name, entry] of this.#journal) {
      const rebased = {
        ...entry,
        base: { ...entry.base, default: this.#default.get(name) ?? null },
      };
      this.#journal.set(name, rebased);
      const top = topClaim(entry, "default");
      if (top !== undefined) this.#default.set(name, top.value);
    }
  }
}

/** Add-ons that install at once. */
export class MemoryAddons implements AddonEngine {
  readonly installed = new Map<string, InstalledAddon>();
  /** What installed add-ons were told, in order. */
  readonly told: { readonly id: string; readonly notice: UnenrollNotice }[] = [];

  find(id: string): Promise<InstalledAddon | undefined> {
    return Promise.resolve(this.installed.get(id));
  }

  install(
    ...[addon, , { replace }]: Parameters<AddonEngine["install"]>
  ): ReturnType<AddonEngine["install"]> {
    if (this.installed.has(addon.addon_id) && !replace)
      return Promise.resolve({ reason: "conflicting-addon-id" });
    this.installed.set(addon.addon_id, {
      id: addon.addon_id,
      version: addon.version,
      isActive: true,
      isOurs: true,
    });
    return Promise.resolve(undefined);
  }

  tell(id: string, notice: UnenrollNotice): Promise<void> {
    if (this.installed.has(id)) this.told.push({ id, notice });
    return Promise.resolve();
  }

  uninstall(id: string): Promise<void> {
    if (this.installed.get(id)?.isOurs === true) this.installed.delete(id);
    return Promise.resolve();
  }
}

/** Counts the surveys that it was asked to show. */
export class MemoryPrompts implements PromptEngine {
  opened = 0;

  open(): Promise<void> {
    this.opened += 1;
    return Promise.resolve();
  }
}

/** Settings that a test or a simulation holds in its hand. */
export class MemorySettings implements SettingsReader {
  current: Settings;
  lastRun: string | undefined;

  constructor(settings: Partial<Settings> = {}) {
    this.current = { ...defaultSettings, ...settings };
  }

  read(): Promise<Settings> {
    return Promise.resolve(this.current);
  }

  writeUserId(userId: string): Promise<void> {
    this.current = { ...this.current, userId };
    return Promise.resolve();
  }

  writeSwitch(...[name, on]: Parameters<SettingsReader["writeSwitch"]>): Promise<void> {
    const field = {
      studies_enabled: "studiesEnabled",
      rollouts_enabled: "rolloutsEnabled",
      telemetry_enabled: "telemetryEnabled",
      extended_telemetry_enabled: "extendedTelemetryEnabled",
    } as const;
    this.current = { ...this.current, [field[name]]: on };
    return Promise.resolve();
  }

  writeLastRun(json: string): Promise<void> {
    this.lastRun = json;
    return Promise.resolve();
  }
}

const defaultSettings: Settings = {
  serverUrl: "http://127.0.0.1:8000",
  enabled: true,
  studiesEnabled: true,
  rolloutsEnabled: true,
  telemetryEnabled: true,
  extendedTelemetryEnabled: false,
  administered: [],
  runIntervalSeconds: 21_600,
  staleRollouts: "keep",
  loggingLevel: 50,
  devMode: false,
  runNow: 0,
  userId: "",
  forcedBranches: {},
  clockDays: 0,
};

/** Facts that are what they are said to be. */
export class MemoryFacts implements Facts {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = { sessionStart: 0, ...values };
  }

  get names(): readonly string[] {
    return Object.keys(this.#values);
  }

  read(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  application(): ReturnType<Facts["application"]> {
    return Promise.resolve({
      architecture: "x86-64",
      buildId: "20261101000000",
      name: "Firefox",
      version: "153.0",
      displayVersion: "153.0esr",
      vendor: "Mozilla",
      platformVersion: "153.0",
      xpcomAbi: "x86_64-gcc3",
      channel: "esr",
    });
  }

  system(): ReturnType<Facts["system"]> {
    const locale = this.read("locale");
    return Promise.resolve({
      locale: typeof locale === "string" ? locale : "en-US",
      osName: "Linux",
      osVersion: "6.1",
    });
  }
}
