import { createHash } from "node:crypto";
import type { Workbench } from "#core/apply.ts";
import { EnrollmentBook } from "#core/book.ts";
import { type Enrollment, keyOf } from "#core/enrollment.ts";
import { HeartbeatBook } from "#core/heartbeat.ts";
import { MemoryAddons, MemoryPreferences, MemoryPrompts, MemoryStore } from "#core/memory.ts";
import type { Ports, PreferenceEngine, Store } from "#core/ports.ts";
import type { Step } from "#core/plan.ts";
import type { Recorder } from "#core/recorder.ts";
import { tokens } from "#extension/platform/tokens.ts";
import type { PreferenceValue, PublishedAddon } from "#recipes/arguments.ts";
import type { NormandyEvent } from "#telemetry/events.ts";
import { anAnswer, type LogLine, ScriptedNetwork, TestClock } from "./client.ts";
import { someMeters } from "./probes.ts";
import { aPublishedAddon } from "./recipes.ts";

// What a plan is carried out on, for tests: engines of maps that note, in one list, what was done
// to them and in which order.

/** Keeps what it is told, in plain sight. */
export class NotingRecorder implements Recorder {
  readonly events: NormandyEvent[] = [];
  readonly uptakes: { source: string; status: string; reason?: string | undefined }[] = [];
  readonly freshnesses: Record<string, number> = {};
  readonly meter = someMeters();
  readonly #trace: string[];

  constructor(trace: string[] = []) {
    this.#trace = trace;
  }

  event(event: NormandyEvent): void {
    this.#trace.push(`event ${event.method}`);
    this.events.push(event);
  }

  uptake(...[source, status, reason]: Parameters<Recorder["uptake"]>): void {
    this.uptakes.push({ source, status, ...(reason === undefined ? {} : { reason }) });
  }

  freshness(recipeId: number, modifiedSeconds: number): void {
    this.freshnesses[String(recipeId)] = modifiedSeconds;
  }

  measureOnly(...[dataSets]: Parameters<Recorder["measureOnly"]>): void {
    this.meter.recordOnly(dataSets);
  }

  save(): Promise<void> {
    this.#trace.push("recorder saved");
    return Promise.resolve();
  }
}

export interface TestBench extends Workbench {
  /** What was done, in order. */
  readonly trace: string[];
  readonly store: MemoryStore;
  readonly preferences: MemoryPreferences;
  readonly addons: MemoryAddons;
  readonly prompts: MemoryPrompts;
  readonly network: ScriptedNetwork;
  readonly recorder: NotingRecorder;
  readonly log: LogLine[];
}

export async function aBench(
  said: {
    readonly defaults?: Readonly<Record<string, PreferenceValue>>;
    readonly enrollments?: readonly Enrollment[];
    /** Whether the browser lets anybody install an add-on. */
    readonly hasAddons?: boolean;
  } = {},
): Promise<TestBench> {
  const trace: string[] = [];
  const store = new MemoryStore();
  const preferences = new MemoryPreferences(said.defaults);
  const addons = new MemoryAddons();
  const prompts = new MemoryPrompts();
  const network = new ScriptedNetwork();
  const recorder = new NotingRecorder(trace);
  const log: LogLine[] = [];
  const noted = {
    preferences: noting<PreferenceEngine>(preferences, {
      branches: preferences.branches,
      write: (changes) => {
        trace.push(`write ${changes.map(({ name }) => name).join(" ")}`);
        return preferences.write(changes);
      },
    }),
    addons: noting(addons, {
      install: (...args: Parameters<MemoryAddons["install"]>) => {
        trace.push(`install ${args[0].addon_id} ${args[0].version}`);
        return addons.install(...args);
      },
      uninstall: (id: string) => {
        trace.push(`uninstall ${id}`);
        return addons.uninstall(id);
      },
    }),
    prompts: noting(prompts, {
      open: () => {
        trace.push("open prompt");
        return prompts.open();
      },
    }),
  };
  const quiet = { write: () => undefined };
  const before = await EnrollmentBook.open(store, quiet);
  await before.saveAll(said.enrollments ?? []);
  const notingStore: Store = {
    get: (key) => store.get(key),
    remove: (keys) => store.remove(keys),
    set: (values) => {
      trace.push(`store ${Object.keys(values).join(" ")}`);
      return store.set(values);
    },
  };
  const book = await EnrollmentBook.open(notingStore, quiet);
  return {
    ports: {
      clock: new TestClock(0),
      preferences: noted.preferences,
      ...(said.hasAddons === false ? {} : { addons: noted.addons }),
      prompts: noted.prompts,
      network,
      tokens,
      log: { write: (level, message, fields) => log.push({ level, message, fields }) },
    },
    book,
    heartbeats: await HeartbeatBook.open(notingStore),
    recorder,
    trace,
    store,
    preferences,
    addons,
    prompts,
    network,
    log,
  };
}

/** The store's own records, beside a book and a recorder that a test looks into. */
export async function benchOn(
  ports: Ports,
  book: EnrollmentBook,
  recorder: Recorder,
): Promise<Workbench> {
  return { ports, book, heartbeats: await HeartbeatBook.open(ports.store), recorder };
}

/** What a flush tells beside events: these enrolments, and the surveys of this store. */
export async function someBooks(store: Store, enrollments: readonly Enrollment[] = []) {
  return { book: { all: () => enrollments }, heartbeats: await HeartbeatBook.open(store) };
}

/** The engine, with some of its functions noting that they were called. */
function noting<T extends object>(engine: T, noted: Partial<T>): T {
  return new Proxy(engine, {
    get: (target, name) => {
      const own: unknown = Reflect.get(noted, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** An add-on that can be fetched from this network, and its description. */
export function servedAddon(
  network: ScriptedNetwork,
  overrides: Partial<PublishedAddon> = {},
  content = "a study add-on",
): PublishedAddon {
  const bytes = new TextEncoder().encode(content);
  const addon = aPublishedAddon({
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.byteLength,
    ...overrides,
  });
  network.on(addon.url, anAnswer(bytes));
  return addon;
}

/** The live enrolment as the store has it. */
export function inBook(bench: Workbench, enrollment: Enrollment): Enrollment | undefined {
  return bench.book.get(keyOf(enrollment));
}

/** A study's claim on the default branch, unless it is said otherwise. */
export const aClaim = (
  name: string,
  said: Partial<Extract<Step, { do: "claim-preference" }>> = {},
): Step => ({
  do: "claim-preference",
  name,
  owner: "study",
  slug: "s",
  branch: "default",
  value: 9,
  ...said,
});

/** The end of `aClaim()`. */
export const aRelease = (
  name: string,
  said: Partial<Extract<Step, { do: "release-preference" }>> = {},
): Step => ({ do: "release-preference", name, owner: "study", slug: "s", ...said });
