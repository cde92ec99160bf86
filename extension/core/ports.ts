import type { PreferenceBranch, PreferenceValue, PublishedAddon } from "#recipes/arguments.ts";
import type { PublicJwk } from "#recipes/manifest.ts";
import type { Application } from "#telemetry/pings.ts";
import type { UnenrollNotice } from "./study-messages.ts";
import type { Journal, OwnerKind, PreferenceChange, PreferenceState } from "./preferences.ts";

// Everything the core needs of the world, one small interface each. `platform/` implements them in
// a browser, `memory.ts` for tests, simulation and preview.

export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly settings: SettingsReader;
  readonly preferences: PreferenceEngine;
  /** Absent where the browser lets nobody install an add-on: then the add-on actions are capabilities it lacks. */
  readonly addons?: AddonEngine;
  /** Absent where the browser opens no page for us: then a survey is a capability it lacks. */
  readonly prompts?: PromptEngine;
  readonly network: Network;
  readonly tokens: TokenVerifier;
  readonly facts: Facts;
  readonly beacon: Beacon;
  readonly mirror: Mirror;
  readonly log: Log;
}

/** A second place, outside the extension's storage where the browser has one, for what may never go back. */
export interface Mirror {
  /** The text that was written last; `undefined` before the first. */
  read(): Promise<unknown>;
  /** Resolves once it survives a crash. */
  write(text: string): Promise<void>;
}

/** Where the record of crashes lies: what is written last is what the next start finds, however this one ends. */
export interface Beacon {
  /** Whether a session that ends as it should is noted in the record. */
  readonly seesTheEnd: boolean;
  /** The record's text; `undefined` before the first. */
  read(): Promise<unknown>;
  /** Resolves once it survives a crash. */
  write(text: string): Promise<void>;
  /** Puts in force again what the start of the browser kept out of it. */
  revive?(owner: OwnerKind, slug: string): Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970, by the browser's clock. */
  nowMs(): number;
  /** Milliseconds since some moment, never going back: for measuring. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds; rejects never. */
  delay(ms: number): Promise<void>;
}

export interface Random {
  /** A UUID, version 4. */
  uuid(): string;
  /** From 0 up to, not including, 1. */
  fraction(): number;
}

/** Durable values by name; a write that resolved survives a kill of the browser. */
export interface Store {
  /** The stored value, or `undefined`. What comes back is unknown: a caller parses it. */
  get(key: string): Promise<unknown>;
  /** All keys in one atomic write. */
  set(values: Readonly<Record<string, unknown>>): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
}

/** The `extensions.mulberry.*` preferences, parsed; see docs/preferences.md. */
export interface Settings {
  /** Origin and path without a trailing slash; `undefined` when what is set may not be used. */
  readonly serverUrl: string | undefined;
  readonly enabled: boolean;
  readonly studiesEnabled: boolean;
  readonly rolloutsEnabled: boolean;
  readonly telemetryEnabled: boolean;
  /** Whether the extended data set is measured beside the base one; it is sent as long as telemetry is on. */
  readonly extendedTelemetryEnabled: boolean;
  /** Switches that an administrator holds: the person cannot turn them. */
  readonly administered: readonly TurnableName[];
  readonly runIntervalSeconds: number;
  /** What becomes of rollouts when no set was believed for too long. */
  readonly staleRollouts: "keep" | "revert";
  readonly loggingLevel: number;
  readonly devMode: boolean;
  /** The number whose change asks for a run; 0 outside dev mode. */
  readonly runNow: number;
  /** `""` until one is made. */
  readonly userId: string;
  /** Slug to branch; empty outside dev mode. */
  readonly forcedBranches: Readonly<Record<string, string>>;
  /** Days by which runs decide as if it were later, or earlier; 0 outside dev mode. */
  readonly clockDays: number;
  /** From 0 to 1: where every sample lies that a filter draws; absent outside dev mode, and unless QA says so. */
  readonly forcedSample?: number;
}

/** What a person can switch off: each acts on its own kind of change. */
export const switchNames = ["studies_enabled", "rollouts_enabled", "telemetry_enabled"] as const;
export type SwitchName = (typeof switchNames)[number];

/** Every switch of the person's: those, and the one that has more measured. */
export const turnableNames = [...switchNames, "extended_telemetry_enabled"] as const;
export type TurnableName = (typeof turnableNames)[number];

export interface SettingsReader {
  read(): Promise<Settings>;
  /** Stores the randomisation id where it survives the extension's own storage. */
  writeUserId(userId: string): Promise<void>;
  /** One of the person's own switches. */
  writeSwitch(name: TurnableName, on: boolean): Promise<void>;
  /** Writes `extensions.mulberry.last_run` for QA. */
  writeLastRun(json: string): Promise<void>;
}

export interface PreferenceEngine {
  /** Which of the two branches can be written here. */
  readonly branches: readonly PreferenceBranch[];
  /** Where only some names are known: these, each with the values that can be written. */
  readonly names?: ReadonlyMap<string, readonly PreferenceValue[]>;
  /** The state of every name asked for, in one turn. */
  read(names: readonly string[]): Promise<ReadonlyMap<string, PreferenceState>>;
  /** Every undo record. */
  journal(): Promise<Journal>;
  /**
   * Carries all changes out in one turn, undo records included, and saves the file before it resolves.
   * @throws `preference/denied`, nothing changed, where one of them would claim what no recipe may set
   */
  write(changes: readonly PreferenceChange[]): Promise<void>;
}

/** `detail`: Firefox's own name for the error, for example `ERROR_INCORRECT_HASH`. */
export type InstallFailure =
  | { readonly reason: "download-failure" | "install-failure"; readonly detail: string }
  | { readonly reason: "metadata-mismatch" | "conflicting-addon-id" };

export interface InstalledAddon {
  readonly id: string;
  readonly version: string;
  readonly isActive: boolean;
  /** Whether `install` put it there, and not the person. */
  readonly isOurs?: boolean;
}

export interface AddonEngine {
  find(id: string): Promise<InstalledAddon | undefined>;
  /**
   * Installs these bytes, after checking that the browser reads the same id and version in them.
   * @param replace - whether an add-on with that id is ours to overwrite
   */
  install(
    addon: PublishedAddon,
    bytes: Uint8Array,
    options: { readonly replace: boolean },
  ): Promise<InstallFailure | undefined>;
  /**
   * After a kill a browser may no longer know what `install` put there: one whose file is one of these is ours
   * again.
   *
   * @param hashes - SHA-256, hex
   */
  adopt?(id: string, hashes: readonly string[]): Promise<void>;
  /** What the browser itself reads in a package, which is not installed by it; absent where QA has no use for it. */
  identify?(
    bytes: Uint8Array,
  ): Promise<{ readonly id: string; readonly version: string } | undefined>;
  /** Removes it if `install` put it there; resolves also when there was nothing to remove. */
  uninstall(id: string): Promise<void>;
  /** Resolves when the add-on has dealt with it, or has had its time. */
  tell(id: string, notice: UnenrollNotice): Promise<void>;
}

export interface PromptEngine {
  /**
   * Opens the page of surveys where the person will find it, without taking the focus from what they
   * do. Rejects where there is no window to open it in.
   */
  open(): Promise<void>;
}

/** How a request ended. Nothing is thrown for what a network can do. */
export type NetworkOutcome =
  | {
      readonly kind: "answer";
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "unreachable"; readonly detail: string }
  | { readonly kind: "offline" }
  /** `isHeld`: it was not the network that was too slow, `hold` ended it. */
  | { readonly kind: "timeout"; readonly isHeld?: true }
  | { readonly kind: "too-large" }
  | { readonly kind: "redirected" };

/** How a post ended; `oversize`: compressed it is larger than it may be, and it was not sent. */
export type PostOutcome = NetworkOutcome | { readonly kind: "oversize" };

export interface Network {
  /** No cookies, no redirects, no cache of the browser's own; decoded bytes are counted against `maxBytes`. */
  get(
    url: string,
    options: {
      readonly maxBytes: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Ask past every cache on the way. */
      readonly bypassCaches?: boolean;
    },
  ): Promise<NetworkOutcome>;
  /** While it is held, whatever is under way and whatever is asked for ends as if it had timed out. */
  hold?(isHeld: boolean): void;
  /** Compresses `json` with gzip and posts it. @param maxSentBytes - of the compressed body */
  post(url: string, json: string, options: { readonly maxSentBytes: number }): Promise<PostOutcome>;
}

/** Signature checks, and only those: what the payload means is decided in `trust.ts`. */
export interface TokenVerifier {
  /**
   * Checks a compact JWS (ES384, exactly `alg`, `typ`, `kid` in its header) against one key.
   * @returns the payload's bytes, or why not
   */
  verifyCompact(
    token: string,
    key: PublicJwk,
    typ: string,
  ): Promise<Uint8Array | "malformed" | "bad-signature">;
  /** One signature of a JWS in General serialisation. */
  verifyOneOf(
    payload: string,
    signature: { readonly protected: string; readonly signature: string },
    key: PublicJwk,
    typ: string,
  ): Promise<Uint8Array | "malformed" | "bad-signature">;
  /** Checks a JWT with every required claim at `nowSeconds`. */
  verifyKeycert(token: string, key: PublicJwk, nowSeconds: number): Promise<KeycertCheck>;
  /** RFC 7638, SHA-256, base64url. */
  thumbprint(key: PublicJwk): Promise<string>;
  /** SHA-256 of bytes, base64url without padding. */
  sha256(bytes: Uint8Array): Promise<string>;
}

/** What the browser can say about itself for filters and pings. Each rejects or never settles at its own risk: readers have a limit. */
export interface Facts {
  /** The facts that this browser can tell at all: what is not here is a capability it lacks. */
  readonly names: readonly string[];
  /** A fact by its name in `recipes/attributes.ts`; a value at once where it is known already. */
  read(name: string): unknown;
  application(): Promise<Application>;
  system(): Promise<{
    readonly locale: string;
    readonly osName: string;
    readonly osVersion: string;
  }>;
}

export type KeycertCheck =
  | { readonly kind: "claims"; readonly claims: unknown }
  | { readonly kind: "malformed" | "bad-signature" | "expired" };

export type LogLevel = "debug" | "info" | "warn" | "error";
export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}
