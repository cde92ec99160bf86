import type { PreferenceValue } from "#recipes/arguments.ts";
import type { NormandyEvent } from "#telemetry/events.ts";
import type { Workbench } from "./apply.ts";
import { EnrollmentBook } from "./book.ts";
import { HeartbeatBook } from "./heartbeat.ts";
import {
  MemoryAddons,
  MemoryBeacon,
  MemoryFacts,
  MemoryMirror,
  MemoryPreferences,
  MemoryPrompts,
  MemorySettings,
} from "./memory.ts";
import type { Clock, Log, Network, Ports, Random, Store, TokenVerifier } from "./ports.ts";
import { noMeter, type Recorder } from "./recorder.ts";

/** A browser that exists on paper: what filters may ask of it. */
export interface SyntheticClient {
  readonly userId: string;
  /** By the names of `recipes/attributes.ts`; `country` and `request_time` among them. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Built-in defaults that differ from "nothing there". */
  readonly preferences?: Readonly<Record<string, PreferenceValue>>;
}

/** A browser made of memory, which lives on from one set of recipes to the next. */
export interface PaperWorld {
  readonly ports: Ports;
  readonly bench: Workbench;
  /** Names of the facts that it tells, as one text: browsers with the same ones can do the same. */
  readonly kind: string;
  /** What it would have told so far, in order. */
  readonly events: readonly NormandyEvent[];
}

/** A browser in which nothing has happened yet. */
export async function paperWorld(client: SyntheticClient, nowMs: number): Promise<PaperWorld> {
  const { country = null, request_time: requestTime = new Date(nowMs).toISOString() } =
    client.facts;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    // Nothing is late on paper.
    delay: () => new Promise(() => undefined),
  };
  const ports: Ports = {
    clock,
    random: countingRandom(client.userId),
    store: forgetful,
    settings: new MemorySettings({ userId: client.userId }),
    preferences: new MemoryPreferences(client.preferences),
    addons: new MemoryAddons(),
    prompts: new MemoryPrompts(),
    network: classifierOnly(JSON.stringify({ country, request_time: requestTime })),
    tokens: noTokens,
    facts: new MemoryFacts(client.facts),
    beacon: new MemoryBeacon(),
    mirror: new MemoryMirror(),
    log: silent,
  };
  const book = await EnrollmentBook.open(ports.store, ports.log);
  const heartbeats = await HeartbeatBook.open(ports.store);
  const events: NormandyEvent[] = [];
  const recorder: Recorder = { ...unheard, event: (event) => void events.push(event) };
  return {
    ports,
    bench: { ports, book, heartbeats, recorder },
    kind: Object.keys(client.facts).join(" "),
    events,
  };
}

/** Ids are counted: two simulations of one seed must print the same. */
function countingRandom(userId: string): Random {
  let made = 0;
  return {
    uuid: () => `${userId}/${String((made += 1))}`,
    fraction: () => 0,
  };
}

function classifierOnly(json: string): Network {
  const bytes = Uint8Array.from(json, (character) => character.charCodeAt(0));
  const answer = {
    kind: "answer",
    status: 200,
    headers: { "content-type": "application/json" },
    bytes,
  } as const;
  return {
    get: () => Promise.resolve(answer),
    post: () => Promise.resolve({ kind: "offline" }),
  };
}

const unused = (): Promise<never> => Promise.reject(new Error("a simulation verifies no token"));

const noTokens: TokenVerifier = {
  verifyCompact: unused,
  verifyOneOf: unused,
  verifyKeycert: unused,
  thumbprint: unused,
  sha256: unused,
};

/** A browser on paper is never restarted: nobody would read what it keeps. */
const forgetful: Store = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

const silent: Log = { write: () => undefined };

const unheard: Recorder = {
  event: () => undefined,
  uptake: () => undefined,
  freshness: () => undefined,
  meter: noMeter,
  measureOnly: () => undefined,
  save: () => Promise.resolve(),
};
