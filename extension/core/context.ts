import type { AttributeName, TargetingName } from "#recipes/attributes.ts";
import { compileFilter } from "#recipes/filter.ts";
import {
  attributeLimitMs,
  type FilterContext,
  type Namespace,
  type PreferenceFact,
} from "#recipes/filter-context.ts";
import { RecipeError } from "#recipes/errors.ts";
import { fractionToKey } from "#recipes/sampling.ts";
import type { Recipe } from "#recipes/recipe.ts";
import type { EnrollmentBook } from "./book.ts";
import { classify } from "./classify.ts";
import { digest } from "./digest.ts";
import { experimentsFact, rolloutsFact, studiesFact } from "./past.ts";
import type { Facts, Ports, Settings } from "./ports.ts";
import type { PreferenceState } from "./preferences.ts";

/** Where the answers to filters come from in one run. */
export interface Sources {
  readonly settings: Pick<Settings, "userId" | "serverUrl" | "clockDays" | "forcedSample">;
  readonly ports: Pick<Ports, "facts" | "preferences" | "network" | "clock">;
  readonly book: Pick<EnrollmentBook, "all">;
  readonly isFirstRun: boolean;
}

/** Knows one attribute: from the browser's facts by that name, or by asking for it. */
type Reader = "fact" | ((sources: Sources, recipe: Pick<Recipe, "id" | "arguments">) => unknown);

const userId: Reader = ({ settings }) => settings.userId;

/** One reader for each attribute of the vocabulary; a name without one does not compile. */
const readers = {
  userId,
  randomizationId: userId,
  country: async (sources) => (await classified(sources)).country,
  request_time: async (sources) => {
    const { request_time: asked } = await classified(sources);
    return new Date(asked.getTime() + sources.settings.clockDays * 86_400_000);
  },
  experiments: ({ book }) => experimentsFact(book.all()),
  studies: ({ book }) => studiesFact(book.all()),
  rollouts: ({ book }) => rolloutsFact(book.all()),
  isFirstRun: ({ isFirstRun }) => isFirstRun,
  recipe: (_sources, { id, arguments: said }) => ({ id, arguments: said }),
  distribution: "fact",
  formFactor: "fact",
  telemetry: "fact",
  liveTelemetry: "fact",
  version: "fact",
  channel: "fact",
  isDefaultBrowser: "fact",
  searchEngine: "fact",
  syncSetup: "fact",
  syncDesktopDevices: "fact",
  syncMobileDevices: "fact",
  syncTotalDevices: "fact",
  addons: "fact",
  plugins: "fact",
  locale: "fact",
  doNotTrack: "fact",
  os: "fact",
  attribution: "fact",
  appinfo: "fact",
} as const satisfies { readonly [N in AttributeName]: Reader };

const targetingReaders = {
  locale: "fact",
  localeLanguageCode: async ({ ports }) => {
    const locale = await ports.facts.read("locale");
    return typeof locale === "string" ? (locale.split("-", 1)[0] ?? locale) : undefined;
  },
  region: "fact",
  userId,
  version: "fact",
  channel: "fact",
  platform: async ({ ports }) => platformOf(await ports.facts.read("os")),
  os: "fact",
} as const satisfies { readonly [N in TargetingName]: Reader };

/** Facts that a computed attribute is made of. */
const madeOf: Readonly<Record<string, string>> = { localeLanguageCode: "locale", platform: "os" };

/** The attributes of a namespace that this browser can tell. */
export function readableAttributes(
  namespace: Namespace,
  facts: Pick<Facts, "names">,
): readonly string[] {
  const known = new Set(facts.names);
  // The readers' own keys: the vocabulary itself, with its descriptions, need not be in a browser.
  return Object.keys(readersOf(namespace)).filter((name) => {
    const reader = readerOf(namespace, name);
    if (reader === "fact") return known.has(name);
    const source = Object.hasOwn(madeOf, name) ? madeOf[name] : undefined;
    return source === undefined || known.has(source);
  });
}

function readersOf(namespace: Namespace): Readonly<Record<string, Reader>> {
  return namespace === "ctx" ? targetingReaders : readers;
}

function readerOf(namespace: Namespace, name: string): Reader | undefined {
  const table = readersOf(namespace);
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Something that was asked for ahead: known, or the reason why not. */
type Answer = { readonly value: unknown } | { readonly error: unknown };

/**
 * Makes the contexts of one run. What the run's filters name is asked for once and ahead, so that
 * their evaluation waits for nothing; what they compose at run time is asked for when it is needed.
 */
export class ContextFactory {
  readonly #sources: Sources;
  readonly #answers: Map<string, Answer>;
  readonly #preferences: ReadonlyMap<string, PreferenceState>;

  private constructor(
    sources: Sources,
    answers: Map<string, Answer>,
    preferences: ReadonlyMap<string, PreferenceState>,
  ) {
    this.#sources = sources;
    this.#answers = answers;
    this.#preferences = preferences;
  }

  static async prepare(
    recipes: readonly Pick<Recipe, "filter_expression">[],
    sources: Sources,
  ): Promise<ContextFactory> {
    const attributes = new Map<string, { readonly namespace: Namespace; readonly name: string }>();
    const preferences = new Set<string>();
    for (const uses of recipes.flatMap(usesOf)) {
      for (const used of uses.attributes) attributes.set(`${used.namespace}.${used.name}`, used);
      for (const name of uses.preferences) preferences.add(name);
    }
    const [answers, states] = await Promise.all([
      Promise.all(
        [...attributes].map(
          async ([key, { namespace, name }]) =>
            [key, await answer(namespace, name, sources)] as const,
        ),
      ),
      preferences.size === 0 ? new Map() : sources.ports.preferences.read([...preferences]),
    ]);
    const known = answers.filter(
      (pair): pair is readonly [string, Answer] => pair[1] !== undefined,
    );
    return new ContextFactory(sources, new Map(known), states);
  }

  /** What the filter of one recipe sees. */
  of(recipe: Pick<Recipe, "id" | "arguments">): FilterContext {
    const sources = this.#sources;
    const answers = this.#answers;
    return {
      digest: drawnBy(sources.settings.forcedSample),
      delay: (ms) => sources.ports.clock.delay(ms),
      attribute(namespace, name) {
        const ahead = answers.get(`${namespace}.${name}`);
        if (ahead === undefined) return read(namespace, name, sources, recipe);
        if ("error" in ahead) throw ahead.error;
        return ahead.value;
      },
      preference: (name) => {
        const state = this.#preferences.get(name);
        return state === undefined ? readPreference(name, sources) : factOf(state);
      },
    };
  }
}

/** What hashes the inputs of samples: where QA forces them, all of them lie at one place. */
function drawnBy(forcedSample: number | undefined): FilterContext["digest"] {
  return forcedSample === undefined ? digest : () => fractionToKey(forcedSample);
}

function usesOf({ filter_expression: expression }: Pick<Recipe, "filter_expression">): readonly {
  readonly attributes: readonly { readonly namespace: Namespace; readonly name: string }[];
  readonly preferences: readonly string[];
}[] {
  if (expression === "") return [];
  try {
    return [compileFilter(expression).uses];
  } catch (error) {
    // A filter that does not parse asks for nothing; judging it says why.
    if (error instanceof RecipeError) return [];
    throw error;
  }
}

async function answer(
  namespace: Namespace,
  name: string,
  sources: Sources,
): Promise<Answer | undefined> {
  // The recipe differs from one filter to the next: it cannot be known ahead.
  if (name === "recipe") return undefined;
  const what = `${namespace}.${name}`;
  try {
    const value = read(namespace, name, sources, { id: 0, arguments: { message: "" } });
    return { value: value instanceof Promise ? await inTime(value, what, sources) : value };
  } catch (error) {
    if (error instanceof RecipeError) return { error };
    const refusal = new RecipeError("filter/evaluation", `${what} cannot be read`, {
      cause: error,
    });
    return { error: refusal };
  }
}

async function inTime(value: Promise<unknown>, what: string, { ports }: Sources): Promise<unknown> {
  const late = Symbol(what);
  const first = await Promise.race([value, ports.clock.delay(attributeLimitMs).then(() => late)]);
  if (first !== late) return first;
  throw new RecipeError("filter/timeout", `${what} took over ${String(attributeLimitMs)} ms`);
}

function read(
  namespace: Namespace,
  name: string,
  sources: Sources,
  recipe: Pick<Recipe, "id" | "arguments">,
): unknown {
  const reader = readerOf(namespace, name);
  if (reader === undefined) return undefined;
  if (reader !== "fact") return reader(sources, recipe);
  return sources.ports.facts.names.includes(name) ? sources.ports.facts.read(name) : undefined;
}

async function readPreference(name: string, { ports }: Sources): Promise<PreferenceFact> {
  const state = (await ports.preferences.read([name])).get(name);
  return state === undefined ? { exists: false, userSet: false, value: undefined } : factOf(state);
}

function factOf(state: PreferenceState): PreferenceFact {
  return {
    exists: state.type !== undefined,
    userSet: state.user !== null,
    value: state.user ?? state.default ?? undefined,
  };
}

const classifications = new WeakMap<Sources, ReturnType<typeof classify>>();

/** One question to the server in a run, however many filters ask. */
function classified(sources: Sources): ReturnType<typeof classify> {
  const known = classifications.get(sources);
  if (known !== undefined) return known;
  const { serverUrl } = sources.settings;
  const asked =
    serverUrl === undefined
      ? Promise.reject(new Error("there is no server to ask"))
      : classify(serverUrl, sources.ports.network);
  classifications.set(sources, asked);
  return asked;
}

function platformOf(os: unknown): string | undefined {
  const facts = new Map(typeof os === "object" && os !== null ? Object.entries(os) : []);
  if (facts.get("isWindows") === true) return "win";
  if (facts.get("isMac") === true) return "macosx";
  return facts.get("isLinux") === true ? "linux" : undefined;
}
