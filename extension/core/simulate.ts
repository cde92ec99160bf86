import type { PreferenceValue } from "#recipes/arguments.ts";
import type { ManifestEntry } from "#recipes/manifest.ts";
import type { Actions, Suitability } from "./action.ts";
import { apply, type Workbench } from "./apply.ts";
import { EnrollmentBook } from "./book.ts";
import { clientCapabilities } from "./client-capabilities.ts";
import { ContextFactory } from "./context.ts";
import { HeartbeatBook } from "./heartbeat.ts";
import { judgeFilter, readRecipe } from "./judge.ts";
import {
  MemoryAddons,
  MemoryBeacon,
  MemoryFacts,
  MemoryMirror,
  MemoryPreferences,
  MemoryPrompts,
  MemorySettings,
  MemoryStore,
} from "./memory.ts";
import type { Clock, Log, Network, Ports, Random, TokenVerifier } from "./ports.ts";
import { noMeter, type Recorder } from "./recorder.ts";
import { act } from "./situation.ts";
import { verifyBody } from "./trust.ts";

/** A browser that exists on paper: what filters may ask of it. */
export interface SyntheticClient {
  readonly userId: string;
  /** By the names of `recipes/attributes.ts`; `country` and `request_time` among them. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Built-in defaults that differ from "nothing there". */
  readonly preferences?: Readonly<Record<string, PreferenceValue>>;
}

/** A set of recipes as it would be published. */
export interface ProposedSet {
  readonly entries: readonly ManifestEntry[];
  /** Body text by the entry's `sha256`. */
  readonly bodies: ReadonlyMap<string, string>;
}

/** What would become of one recipe in one browser. */
export interface SimulatedRecipe {
  readonly id: number;
  readonly slug: string;
  readonly suitability: Suitability | "unknown-action";
  readonly status: string;
  readonly reason?: string;
  /** Of a study that this browser would be in. */
  readonly branch?: string;
  /** Whether a change would be live in it afterwards. */
  readonly isEnrolled: boolean;
}

/**
 * Runs a set of recipes in one synthetic browser, by the very code that runs in a real one: only
 * network and engines are made of memory. Add-ons are taken to install.
 *
 * @param nowMs - the moment at which the browser would run
 */
export async function simulateClient(
  set: ProposedSet,
  client: SyntheticClient,
  actions: Actions,
  nowMs: number,
): Promise<readonly SimulatedRecipe[]> {
  const world = await worldOf(client, nowMs);
  const { ports, bench } = world;
  const settings = await ports.settings.read();
  const supported = clientCapabilities(actions, ports);
  const readings = set.entries.map((entry) => {
    const text = set.bodies.get(entry.sha256);
    const outcome = text === undefined ? undefined : held(entry, text);
    return readRecipe(entry, outcome, supported);
  });
  const recipes = readings.flatMap((reading) => (reading.kind === "read" ? [reading.recipe] : []));
  const contexts = await ContextFactory.prepare(recipes, {
    settings,
    ports,
    book: bench.book,
    isFirstRun: true,
  });
  const outcomes: SimulatedRecipe[] = [];
  for (const reading of readings) {
    const { id, slug } = reading.entry;
    if (reading.kind === "refused") {
      outcomes.push({
        id,
        slug,
        suitability: reading.action === undefined ? "unknown-action" : reading.suitability,
        status: reading.suitability,
        reason: reading.reason,
        isEnrolled: false,
      });
      continue;
    }
    const { entry, recipe } = reading;
    const judged = await judgeFilter(recipe, contexts.of(recipe));
    if (judged.suitability !== "filter-match") {
      outcomes.push({ id, slug, ...judged, status: judged.suitability, isEnrolled: false });
      continue;
    }
    const { decision, plan } = await act(
      recipe.action,
      { suitability: judged.suitability, entry, recipe },
      recipe,
      undefined,
      { actions, settings, ports, bench },
      nowMs,
    );
    // Fetching an add-on proves nothing on paper: it is taken to be there and to install.
    await apply(
      plan.filter((step) => step.do !== "install-addon"),
      bench,
    );
    const enrollment = bench.book.all().find((one) => one.recipeId === id);
    outcomes.push({
      id,
      slug,
      suitability: judged.suitability,
      ...decision,
      isEnrolled: enrollment?.state === "active",
      ...(enrollment !== undefined && "branch" in enrollment ? { branch: enrollment.branch } : {}),
    });
  }
  return outcomes;
}

function held(entry: ManifestEntry, text: string): Parameters<typeof readRecipe>[1] {
  return { kind: "body", body: verifyBody(entry, text) };
}

async function worldOf(
  client: SyntheticClient,
  nowMs: number,
): Promise<{ readonly ports: Ports; readonly bench: Workbench }> {
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
    store: new MemoryStore(),
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
  return { ports, bench: { ports, book, heartbeats, recorder: unheard } };
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

const silent: Log = { write: () => undefined };

const unheard: Recorder = {
  event: () => undefined,
  uptake: () => undefined,
  freshness: () => undefined,
  meter: noMeter,
  measureOnly: () => undefined,
  save: () => Promise.resolve(),
};
