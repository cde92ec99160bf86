import * as v from "valibot";
import type { StoredEvent } from "#server/ingest/reader.ts";
import { readJson } from "#recipes/json.ts";
import { uptakeCategory } from "#telemetry/events.ts";
import { recipeIdOf } from "#telemetry/uptake.ts";
import type { NamedRecipe } from "./live-view.ts";

// One whole cycle, from a published recipe to a report that is read back: what is known of it so
// far, and which step is the first that has not happened.

/** What the extension writes into `extensions.mulberry.last_run`. */
export interface LastRun {
  readonly runner: string;
  readonly ep?: number | null | undefined;
  readonly n?: number | null | undefined;
  /** Status by recipe id. */
  readonly recipes: Readonly<Record<string, string>>;
}

/** Everything observed since the browser was started. */
export interface Observations {
  readonly published: { readonly n: number; readonly recipes: readonly NamedRecipe[] } | undefined;
  /** How often each was answered with 200. */
  readonly bundles: number;
  readonly submissions: number;
  readonly lastRun: LastRun | undefined;
  /** Events as the store announced them. */
  readonly stored: readonly StoredEvent[];
  /** Events as another program gets them from the server. */
  readonly readBack: readonly StoredEvent[];
}

/** What a step lacks: as a sentence while it may still come; `final` where waiting does not bring it. */
type Lack = string | { readonly final: string } | undefined;

/** What a run may come to and the next one not: everything else is final for this set of recipes. */
const passing: readonly string[] = [
  "backoff",
  "network_error",
  "offline_error",
  "timeout_error",
  "server_error",
  "shutdown_error",
];

/** The steps of a cycle in order; each says what is missing, or nothing when it happened. */
const steps = {
  published: ({ published }) => (published === undefined ? "no manifest was published" : undefined),
  fetched: ({ bundles }) => (bundles === 0 ? "the browser never asked for the bundle" : undefined),
  verified: ({ lastRun, published }) => {
    if (lastRun === undefined) return "the extension has not finished a run";
    if (lastRun.runner !== "success") {
      const lacks = `the run ended with ${lastRun.runner}`;
      return passing.includes(lastRun.runner) ? lacks : { final: lacks };
    }
    const wanted = published?.n ?? 0;
    return (lastRun.n ?? 0) < wanted
      ? `the run was about manifest ${String(lastRun.n ?? 0)}, not ${wanted}`
      : undefined;
  },
  filtered: ({ lastRun, published }) =>
    namesOf(
      published?.recipes,
      ({ id }) => lastRun?.recipes[String(id)] === undefined,
      "no status",
    ),
  applied: ({ lastRun, published, stored }) => {
    const statusOf = ({ id }: NamedRecipe) => lastRun?.recipes[String(id)] ?? "";
    const isFine = (recipe: NamedRecipe) => ["success", "backoff"].includes(statusOf(recipe));
    const uptake = uptakeOf(stored);
    const failed = published?.recipes.filter((recipe) => !isFine(recipe)) ?? [];
    const told = failed.map((recipe) => {
      const reason = uptake.get(recipe.id)?.reason;
      return `${recipe.slug} ended as ${statusOf(recipe)}${reason === undefined ? "" : ` (${reason})`}`;
    });
    if (told.length > 0) {
      // The status is there at once; what was the matter arrives with the ping.
      const isTold = failed.every(({ id }) => uptake.has(id));
      return isTold ? { final: told.join(", ") } : told.join(", ");
    }
    return published?.recipes.some((recipe) => statusOf(recipe) === "success")
      ? undefined
      : { final: "no recipe matched this browser" };
  },
  reported: ({ submissions }) => (submissions === 0 ? "no ping was accepted" : undefined),
  stored: ({ stored, published }) => missingReports(stored, published?.recipes),
  "read back": ({ readBack, published }) =>
    missingReports(readBack, published?.recipes) ??
    (readBack.some(({ method }) => method === "enroll")
      ? undefined
      : { final: "no recipe enrolled this browser" }),
} as const satisfies Readonly<Record<string, (seen: Observations) => Lack>>;

/** The first step that has not happened. */
export interface Missing {
  readonly step: string;
  readonly lacks: string;
  /** Whether waiting does not bring it. */
  readonly isFinal: boolean;
}

/** What the first step that has not happened lacks; `undefined` once the cycle is through. */
export function firstMissing(seen: Observations): Missing | undefined {
  for (const [step, lackOf] of Object.entries(steps)) {
    const lack: Lack = lackOf(seen);
    if (lack === undefined) continue;
    const isFinal = typeof lack !== "string";
    return { step, lacks: isFinal ? lack.final : lack, isFinal };
  }
  return undefined;
}

/** Names of the steps, in order. */
export const stepNames = Object.keys(steps);

const lastRunShape = v.object({
  runner: v.string(),
  ep: v.optional(v.nullable(v.number())),
  n: v.optional(v.nullable(v.number())),
  recipes: v.optional(v.record(v.string(), v.string()), {}),
});

/**
 * Reads the extension's own report on its last run.
 * @returns `undefined` for anything that is not one
 */
export function parseLastRun(text: unknown): LastRun | undefined {
  const reading = typeof text === "string" ? readJson(text, { maxDepth: 8 }) : undefined;
  if (reading?.ok !== true) return undefined;
  const parsed = v.safeParse(lastRunShape, reading.value);
  return parsed.success ? parsed.output : undefined;
}

const eventsShape = v.array(
  v.object({
    receivedAt: v.string(),
    timestamp: v.number(),
    category: v.string(),
    method: v.string(),
    object: v.string(),
    value: v.nullable(v.string()),
    extra: v.nullable(v.record(v.string(), v.string())),
  }),
);

/**
 * Reads what `GET /api/v1/events/` answers.
 * @throws ValiError when it is something else
 */
export function parseEvents(answer: unknown): readonly StoredEvent[] {
  return v.parse(eventsShape, answer);
}

/** The last status that events carry for each recipe, by id. */
export function uptakeOf(
  events: readonly StoredEvent[],
): ReadonlyMap<number, { readonly status: string; readonly reason: string | undefined }> {
  const uptake = new Map<number, { status: string; reason: string | undefined }>();
  for (const { category, value, extra } of events) {
    const id = recipeIdOf(extra?.["source"]);
    if (category !== uptakeCategory || id === undefined) continue;
    uptake.set(id, { status: value ?? "", reason: extra?.["reason"] });
  }
  return uptake;
}

function missingReports(
  events: readonly StoredEvent[],
  recipes: readonly NamedRecipe[] | undefined,
): string | undefined {
  const uptake = uptakeOf(events);
  return namesOf(recipes, ({ id }) => !uptake.has(id), "no uptake");
}

function namesOf(
  recipes: readonly NamedRecipe[] = [],
  isBad: (recipe: NamedRecipe) => boolean,
  what: string,
): string | undefined {
  const names = recipes.filter(isBad).map(({ slug }) => slug);
  return names.length === 0 ? undefined : `${what} for ${names.join(", ")}`;
}
