import type { Enrollment } from "#core/enrollment.ts";
import type { TurnableName } from "#core/ports.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import type { KillList, ManifestPayload } from "#recipes/manifest.ts";
import type { LastRun } from "../stage.ts";
import type { WeatherName } from "./weather.ts";

// What a scenario is played on: a browser and its server, made of memory or real.

export const engineNames = ["memory", "firefox", "chromium"] as const;
export type EngineName = (typeof engineNames)[number];

/** Preferences by name; `null` is nothing there. */
export type Values = Readonly<Record<string, PreferenceValue | null>>;

/** The browser before the first step. */
export interface BrowserAtFirst {
  /** What it is built with. */
  readonly builtIn: Readonly<Record<string, PreferenceValue>>;
  /** What the person has set. */
  readonly own: Values;
  /** The randomisation id, which decides on samples and branches. */
  readonly userId: string;
  /** What filters may ask, by attribute. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A set to publish: recipes as a server takes them, and what the signed manifest says beside them. */
export interface Offer {
  readonly recipes: readonly unknown[];
  readonly manifest: Partial<ManifestPayload>;
}

/** One event as the server has it. */
export interface Told {
  readonly category: string;
  readonly method: string;
  readonly object: string;
  readonly value: string | null;
  readonly extra: Readonly<Record<string, string>>;
}

/** What a preference holds on each branch. */
export interface Branches {
  readonly default: PreferenceValue | null;
  readonly user: PreferenceValue | null;
}

/** What only some engines can make happen; each says why it cannot do the others. */
export interface Abilities {
  /** A person changes preferences in about:config, also while the browser is closed; `null` resets. */
  edit(values: Values): Promise<void>;
  /** Real time goes by, in whole days. The server signs its set anew, as long as it is well. */
  pass(days: number): Promise<void>;
  /** From the next start on the browser is built with these, too: an update of it. */
  rebuild(values: Readonly<Record<string, PreferenceValue>>): Promise<void>;
  /** From the next start on filters see other facts. */
  describe(facts: Readonly<Record<string, unknown>>): Promise<void>;
  /** Enterprise policy locks preferences at what is in force. */
  lock(names: readonly string[]): Promise<void>;
  /** Enterprise policy forbids studies, or no longer does. */
  forbidStudies(isForbidden: boolean): Promise<void>;
  /** A preference on each branch, where there are branches. */
  branches(name: string): Promise<Branches>;
  /** Versions of installed add-ons by id, ours left out. Who cannot tell has none. */
  addons(): Promise<Readonly<Record<string, string>>>;
  /** A person removes an add-on. */
  removeAddon(id: string): Promise<void>;
  /** From now on the browser crashes whenever a recipe sets this preference; `null`: no longer. */
  crashAt(name: string | null): Promise<void>;
}

export type Ability = keyof Abilities;

/** What can be seen on a stage. */
export interface Eyes {
  /** The last run that was reported; `undefined` before the first. */
  report(): Promise<LastRun | undefined>;
  /** Every event that has reached the server, oldest first. */
  told(): Promise<readonly Told[]>;
  enrollments(): Promise<readonly Enrollment[]>;
  readonly abilities: Partial<Abilities>;
  /** What is in force. */
  preference(name: string): Promise<PreferenceValue | null>;
  /** Names of the preferences that have an undo record. */
  records(): Promise<readonly string[]>;
  /** `METHOD /path` of everything that was asked of the server. */
  requests(): Promise<readonly string[]>;
}

export interface Stage extends AsyncDisposable, Eyes {
  publish(offer: Offer): Promise<void>;
  /** Asks for a run and resolves when it is over. */
  run(): Promise<void>;
  /** Sets preferences of the extension itself, by their whole name. */
  configure(values: Values): Promise<void>;
  /** The person turns a switch of theirs, or Mulberry as a whole. */
  turn(name: TurnableName | "enabled", on: boolean): Promise<void>;
  /** The person leaves one study or rollout on the Studies page, or with `null` all of them. */
  leave(slug: string | null): Promise<void>;
  /** Moves the time that runs decide by, to so many days from now. */
  moveClock(days: number): Promise<void>;
  /** Chooses a study's branch in the Inspector; `null`: chance decides again. */
  forceBranch(slug: string, branch: string | null): Promise<void>;
  /** What the server, or whoever stands before it, answers from now on. */
  weather(name: WeatherName): Promise<void>;
  /** The server signs with a new key from now on, and what is published is signed anew. */
  rotateKeys(): Promise<void>;
  /** The server serves a signed halt. */
  halt(kill: KillList): Promise<void>;
  /** The browser ends as a person ends it. */
  stop(): Promise<void>;
  /** The browser ends as a crash ends it. */
  crash(): Promise<void>;
  /** The browser starts, and has the run that dev mode begins with behind it. */
  start(): Promise<void>;
}

/** Thrown where a browser turns out to be another one than a scenario is about. */
export class UnfitError extends Error {
  override readonly name = "UnfitError";
}

/** One of a stage's abilities. Who plays a scenario has asked for what it needs before it began. */
export function can<A extends Ability>({ abilities }: Eyes, ability: A): Abilities[A] {
  const able: Partial<Abilities>[A] = abilities[ability];
  if (able === undefined) throw new Error(`this stage cannot ${ability}`);
  return able;
}

export interface Engine {
  readonly name: EngineName;
  /** How long what is expected may take to come true, in milliseconds. */
  readonly patienceMs: number;
  /** What it cannot make happen, and why. */
  readonly lacks: Readonly<Partial<Record<Ability, string>>>;
  /** Why this browser, or one of these preferences in it, cannot be had, if it cannot. */
  refusal(browser: BrowserAtFirst, names: readonly string[]): string | undefined;
  /** @throws UnfitError where only the browser itself can tell */
  open(browser: BrowserAtFirst): Promise<Stage>;
}
