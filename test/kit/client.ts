import { actions } from "#actions/index.ts";
import { Client } from "#core/client.ts";
import { heedHalt } from "#core/heed-halt.ts";
import { run } from "#core/run.ts";
import {
  MemoryAddons,
  MemoryBeacon,
  MemoryFacts,
  MemoryMirror,
  MemoryPreferences,
  MemoryPrompts,
  MemorySettings,
  MemoryStore,
} from "#core/memory.ts";
import type {
  Clock,
  Network,
  NetworkOutcome,
  Ports,
  PostOutcome,
  Random,
  Settings,
  TokenVerifier,
} from "#core/ports.ts";
import { tokens } from "#extension/platform/tokens.ts";
import { flush } from "#extension/telemetry/flush.ts";
import { forget } from "#extension/telemetry/forget.ts";
import { submitStudyPing } from "#extension/telemetry/study-ping.ts";
import { recordForStudy } from "#extension/telemetry/study-probe.ts";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import type { WireEvent } from "#telemetry/events.ts";
import type { Authority, Published } from "./authority.ts";
import { someMeters } from "./probes.ts";

// A whole client on a browser made of maps, put together as background.ts does it, with a network
// that is written down beforehand and a clock in the test's hand.

export const serverUrl = "http://127.0.0.1:8000";

/** Time that passes when a test says so. */
export class TestClock implements Clock {
  #nowMs: number;
  #waiting: { readonly atMs: number; readonly wake: () => void }[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  delay(ms: number): Promise<void> {
    return new Promise((wake) => this.#waiting.push({ atMs: this.#nowMs + ms, wake }));
  }

  /** Sets the clock, backwards too; delays that are over end. */
  set(nowMs: number): void {
    this.#nowMs = nowMs;
    const over = this.#waiting.filter(({ atMs }) => atMs <= nowMs);
    this.#waiting = this.#waiting.filter(({ atMs }) => atMs > nowMs);
    for (const { wake } of over) wake();
  }

  advance(ms: number): void {
    this.set(this.#nowMs + ms);
  }

  /** Milliseconds that each running delay still has. */
  get delays(): readonly number[] {
    return this.#waiting.map(({ atMs }) => atMs - this.#nowMs);
  }
}

/** UUIDs that count, so that a test can name them. */
export class TestRandom implements Random {
  #made = 0;

  uuid(): string {
    this.#made += 1;
    return aUuid(this.#made);
  }

  fraction(): number {
    return 0.5;
  }
}

export function aUuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

export interface Asked {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly maxBytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bypassCaches?: boolean;
  readonly json?: string;
}

/** Answers as a test wrote them down, by URL; 404 where nothing is written. */
export class ScriptedNetwork implements Network {
  readonly asked: Asked[] = [];
  readonly #answers = new Map<string, (asked: Asked) => NetworkOutcome>();
  /** What posts are answered. */
  posts: (asked: Asked) => NetworkOutcome = () => anAnswer("");

  on(url: string, outcome: NetworkOutcome | ((asked: Asked) => NetworkOutcome)): void {
    this.#answers.set(url, typeof outcome === "function" ? outcome : () => outcome);
  }

  /** Everything that a published set needs, with an ETag that is obeyed. */
  serve({ bundle, bodies }: Published): void {
    const etag = `"${bundle.manifest.slice(-16)}"`;
    this.on(`${serverUrl}/v2/bundle.json`, ({ headers }) =>
      headers?.["if-none-match"] === etag
        ? anAnswer("", { status: 304, headers: { etag } })
        : aJsonAnswer(bundle, { etag }),
    );
    for (const [sha256, bytes] of bodies) this.on(`${serverUrl}/v2/r/${sha256}`, anAnswer(bytes));
  }

  get(...[url, options]: Parameters<Network["get"]>): Promise<NetworkOutcome> {
    const asked: Asked = { method: "GET", url, ...options };
    this.asked.push(asked);
    const outcome = this.#answers.get(url)?.(asked) ?? anAnswer("", { status: 404 });
    const tooLarge = outcome.kind === "answer" && outcome.bytes.byteLength > options.maxBytes;
    return Promise.resolve(tooLarge ? { kind: "too-large" } : outcome);
  }

  post(...[url, json, { maxSentBytes }]: Parameters<Network["post"]>): Promise<PostOutcome> {
    // As if nothing could be made smaller.
    if (json.length > maxSentBytes) return Promise.resolve({ kind: "oversize" });
    const asked: Asked = { method: "POST", url, json };
    this.asked.push(asked);
    return Promise.resolve(this.posts(asked));
  }
}

export function anAnswer(
  content: string | Uint8Array,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Extract<NetworkOutcome, { kind: "answer" }> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { kind: "answer", status, headers, bytes };
}

export function aJsonAnswer(
  content: unknown,
  headers: Record<string, string> = {},
): Extract<NetworkOutcome, { kind: "answer" }> {
  return anAnswer(JSON.stringify(content), {
    headers: { "content-type": "application/json", ...headers },
  });
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** A browser, and what is around it: outlives the clients that run in it. */
export interface World {
  readonly authority: Authority;
  readonly clock: TestClock;
  readonly network: ScriptedNetwork;
  readonly store: MemoryStore;
  readonly preferences: MemoryPreferences;
  readonly addons: MemoryAddons;
  readonly prompts: MemoryPrompts;
  readonly beacon: MemoryBeacon;
  readonly mirror: MemoryMirror;
  readonly settings: MemorySettings;
  readonly log: LogLine[];
  readonly ports: Ports;
  /** What was asked to be woken for, latest last. */
  readonly wakes: { readonly name: string; readonly whenMs: number }[];
  /** A new client in this browser, on these ports or its own. */
  client(ports?: Ports): Client;
  /** Every event that is recorded and not sent. */
  events(): Promise<readonly WireEvent[]>;
}

/** The same answers without the arithmetic: for tests that verify one set hundreds of times. */
export function rememberingTokens(): TokenVerifier {
  const known = new Map<string, Promise<unknown>>();
  const remembered =
    <A extends readonly unknown[], R>(name: string, ask: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      const key = JSON.stringify([name, ...args]);
      const answer = (known.get(key) ?? ask(...args)) as Promise<R>;
      known.set(key, answer);
      return answer;
    };
  return {
    verifyCompact: remembered("compact", tokens.verifyCompact),
    verifyOneOf: remembered("one-of", tokens.verifyOneOf),
    verifyKeycert: remembered("keycert", tokens.verifyKeycert),
    thumbprint: remembered("thumbprint", tokens.thumbprint),
    sha256: remembered("sha256", tokens.sha256),
  };
}

export interface WorldSaying {
  readonly tokens?: TokenVerifier;
  readonly settings?: Partial<Settings>;
  readonly defaults?: Readonly<Record<string, PreferenceValue>>;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export function aWorld(authority: Authority, saying: WorldSaying = {}): World {
  const clock = new TestClock(authority.nowSeconds * 1000);
  const network = new ScriptedNetwork();
  const store = new MemoryStore();
  const preferences = new MemoryPreferences(saying.defaults);
  const addons = new MemoryAddons();
  const prompts = new MemoryPrompts();
  const beacon = new MemoryBeacon();
  const mirror = new MemoryMirror();
  const settings = new MemorySettings({
    userId: "deadbeef-dead-4eef-8eef-deadbeefcafe",
    serverUrl,
    ...saying.settings,
  });
  const log: LogLine[] = [];
  const wakes: { name: string; whenMs: number }[] = [];
  const ports: Ports = {
    clock,
    random: new TestRandom(),
    store,
    settings,
    preferences,
    addons,
    prompts,
    network,
    tokens: saying.tokens ?? tokens,
    beacon,
    mirror,
    facts: new MemoryFacts({ locale: "en-US", version: "153.0", ...saying.facts }),
    log: { write: (level, message, fields) => log.push({ level, message, fields }) },
  };
  return {
    authority,
    clock,
    network,
    store,
    preferences,
    addons,
    prompts,
    beacon,
    mirror,
    settings,
    log,
    ports,
    wakes,
    client: (own = ports) => composed(own, authority, wakes),
    events: async () =>
      (await StoredRecorder.open(store, clock, ports.random, 0, someMeters())).recording.events,
  };
}

function composed(
  ports: Ports,
  authority: Authority,
  wakes: { name: string; whenMs: number }[],
): Client {
  let recorder: StoredRecorder | undefined;
  return new Client({
    ports,
    run: (needs) => run({ ...needs, actions, pinnedRoot: authority.root }),
    heedHalt: (needs) => heedHalt({ ...needs, pinnedRoot: authority.root }),
    wakeAt: (name, whenMs) => {
      wakes.push({ name, whenMs });
      return Promise.resolve();
    },
    telemetry: {
      async openRecorder(startMs, hasEndedWell) {
        const { store, clock, random } = ports;
        const meter = someMeters();
        recorder ??= await StoredRecorder.open(store, clock, random, startMs, meter, hasEndedWell);
        return recorder;
      },
      async forget({ heartbeats }) {
        return recorder !== undefined && forget(recorder, heartbeats, ports);
      },
      submit: (submission, { book }) => submitStudyPing(submission, book, ports),
      record: async (said) => recorder && recordForStudy(said, recorder, ports.settings),
      async flush(bench, settings, reason) {
        return recorder === undefined ? {} : flush(recorder, bench, settings, reason, ports);
      },
    },
  });
}
