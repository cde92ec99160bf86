import { RecipeError } from "#recipes/errors.ts";
import { inspectFilter, type PartKind } from "#recipes/filter-explain.ts";
import type { KillList } from "#recipes/manifest.ts";
import type { FilterContext } from "#recipes/filter-context.ts";
import type { Flip } from "#recipes/filter-flip.ts";
import type { UptakeStatus } from "#telemetry/uptake.ts";
import type { Suitability } from "./action.ts";
import { clientCapabilities } from "./client-capabilities.ts";
import { ContextFactory } from "./context.ts";
import { keyOf, type StudyEnrollment } from "./enrollment.ts";
import { endings } from "./finalize.ts";
import type { Guard } from "./guard.ts";
import { type Reading, readRecipe } from "./judge.ts";
import { wouldRevive } from "./kill.ts";
import { madeLater } from "./made-later.ts";
import type { Ports } from "./ports.ts";
import {
  actionOf,
  decideOn,
  decisionMs,
  hindranceOf,
  killed,
  type RunInput,
  unknownAction,
  withUserId,
} from "./run.ts";
import { type ShownStep, shownPlan } from "./shown-plan.ts";
import type { Verdict } from "./situation.ts";
import { type Build, sync } from "./sync.ts";

/** One part of a filter, the whole first, each part before the parts it is made of. */
export interface InspectedPart {
  readonly text: string;
  readonly kind: PartKind;
  readonly depth: number;
  /** What it came to, as text; absent where it was not asked. */
  readonly value?: string;
  /** Whether a filter takes that for a yes. */
  readonly isTrue?: boolean;
  /** Why it came to nothing. */
  readonly error?: string;
}

/** What would become of one recipe in a run, and why. */
export interface InspectedRecipe {
  readonly id: number;
  readonly slug: string;
  /** As the manifest spells it. */
  readonly action: string;
  /** Absent where the body could not be read. */
  readonly name?: string;
  readonly filter?: string;
  readonly suitability: Suitability | "unknown-action";
  readonly status: UptakeStatus;
  readonly reason?: string;
  readonly parts: readonly InspectedPart[];
  /** The smallest sets of parts that would turn the filter's answer round. */
  readonly flips: readonly (readonly Flip[])[];
  /** Of a study. */
  readonly branches: readonly string[];
  /** The branch that this browser is in, or was in until the study ended here. */
  readonly branch?: string;
  readonly plan: readonly ShownStep[];
}

/** A run on paper. */
export interface Inspection {
  readonly runner: UptakeStatus;
  readonly reason?: string;
  /** Epoch and number of the manifest that was verified; 0 where there was none. */
  readonly ep: number;
  readonly n: number;
  /** The moment that was decided by, in milliseconds since 1970. */
  readonly asOfMs: number;
  readonly recipes: readonly InspectedRecipe[];
  /** What would end because the manifest does not list it. */
  readonly ends: readonly {
    readonly key: string;
    readonly name: string;
    readonly plan: readonly ShownStep[];
  }[];
  /** A manifest would end most studies, and is held back. */
  readonly braked: boolean;
}

export type InspectInput = Pick<
  RunInput,
  "settings" | "isFirstRun" | keyof Build | "actions" | "graduationSet" | "ports" | "bench"
> & { readonly guard: Pick<Guard, "withholds"> };

/** What whoever asks tells; the build brings the rest. */
export type InspectNeeds = Omit<InspectInput, "actions" | keyof Build | "graduationSet">;

/**
 * Fetches, verifies, judges and decides as a run does, by the same functions, and carries nothing out.
 * Each recipe is decided on alone, in the browser as it is now: in a run, one may be in another's way.
 *
 * @returns `undefined` when Mulberry is switched off or knows no server
 */
export async function inspect(given: InspectInput): Promise<Inspection | undefined> {
  const { serverUrl, enabled } = given.settings;
  if (!enabled || serverUrl === undefined) return undefined;
  const settings = await withUserId(given.settings, given.ports);
  const realMs = given.ports.clock.nowMs();
  const asOfMs = decisionMs(realMs, settings);
  const synced = await sync({ ...given, serverUrl, nowMs: realMs }, given.ports);
  if (synced.kind === "failed") {
    const { status: runner, reason } = synced;
    return { runner, reason, ep: 0, n: 0, asOfMs, recipes: [], ends: [], braked: false };
  }
  const { manifest, bodies, kill } = synced;
  const input = { ...given, settings, kill, ports: onPaper(given.ports) };
  const supported = clientCapabilities(input.actions, input.ports);
  const readings = manifest.recipes.map((entry) =>
    readRecipe(entry, bodies.get(entry.id), supported),
  );
  const contexts = await ContextFactory.prepare(
    readings.flatMap((reading) => (reading.kind === "read" ? [reading.recipe] : [])),
    { settings, ports: input.ports, book: input.bench.book, isFirstRun: input.isFirstRun },
  );
  const recipes: InspectedRecipe[] = [];
  for (const reading of readings)
    recipes.push(await inspectRecipe(reading, input, contexts, asOfMs));
  const { braked, ends } = endings(manifest, input.bench.book.all(), asOfMs);
  return {
    runner: "success",
    ep: manifest.ep,
    n: manifest.n,
    asOfMs,
    recipes,
    ends: ends.map(({ enrollment, plan }) => ({
      key: keyOf(enrollment),
      name: enrollment.userFacingName,
      plan: shownPlan(plan),
    })),
    braked,
  };
}

function onPaper(ports: Ports): Ports {
  return { ...ports, random: { ...ports.random, uuid: () => madeLater } };
}

async function inspectRecipe(
  reading: Reading,
  input: InspectInput & { readonly kill: KillList },
  contexts: ContextFactory,
  asOfMs: number,
): Promise<InspectedRecipe> {
  const { id, slug, act: action } = reading.entry;
  return {
    id,
    slug,
    action,
    ...(await decided(reading, input, contexts, asOfMs)),
    ...(await explained(reading, contexts)),
    ...studyFacts(reading, input),
  };
}

async function decided(
  reading: Reading,
  input: InspectInput & { readonly kill: KillList },
  contexts: ContextFactory,
  asOfMs: number,
): Promise<Pick<InspectedRecipe, "suitability" | "status" | "reason" | "plan">> {
  const action = actionOf(reading);
  if (action === undefined) {
    const verdict = unknownAction(reading.entry, reading);
    return { suitability: "unknown-action", ...verdict, plan: [] };
  }
  try {
    const { suitability, decision, plan } = await decideOn(
      reading,
      action,
      input,
      contexts,
      asOfMs,
    );
    const hindrance: Verdict | undefined =
      hindranceOf(reading, action, input) ?? (wouldRevive(input.kill, plan) ? killed : undefined);
    return hindrance === undefined
      ? { suitability, ...decision, plan: shownPlan(plan) }
      : { suitability, ...hindrance, plan: [] };
  } catch (error) {
    // As in a run: what goes wrong with one recipe says nothing of the others.
    input.ports.log.write("error", "a recipe could not be decided on", {
      recipe: reading.entry.id,
      cause: String(error),
    });
    return { suitability: "filter-match", status: "apply_error", reason: "decide", plan: [] };
  }
}

async function explained(
  reading: Reading,
  contexts: ContextFactory,
): Promise<Pick<InspectedRecipe, "name" | "filter" | "parts" | "flips">> {
  if (reading.kind === "refused") return { parts: [], flips: [] };
  const { name, filter_expression: filter } = reading.recipe;
  return { name, filter, ...(await inspectParts(filter, contexts.of(reading.recipe))) };
}

async function inspectParts(
  filter: string,
  context: FilterContext,
): Promise<Pick<InspectedRecipe, "parts" | "flips">> {
  if (filter === "") return { parts: [], flips: [] };
  try {
    const { parts, flips } = await inspectFilter(filter, context);
    return {
      parts: parts.map(({ text, kind, depth, outcome }) => ({
        text,
        kind,
        depth,
        ...("value" in outcome
          ? { value: shown(outcome.value), isTrue: Boolean(outcome.value) }
          : {}),
        ...("error" in outcome ? { error: `${outcome.error.code}: ${outcome.error.message}` } : {}),
      })),
      flips,
    };
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    const refusal = `${error.code}: ${error.message}`;
    return { parts: [{ text: filter, kind: "operator", depth: 0, error: refusal }], flips: [] };
  }
}

/** Longest value on show, in characters. */
const longest = 200;

function shown(value: unknown): string {
  // JSON has no word for these.
  const isBare = value === undefined || typeof value === "number";
  const text = isBare ? String(value) : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function studyFacts(
  reading: Reading,
  { bench }: InspectInput,
): Pick<InspectedRecipe, "branches" | "branch"> {
  const { id, slug } = reading.entry;
  const action = actionOf(reading);
  if (action !== "preference-study" && action !== "addon-study") return { branches: [] };
  const enrollment = bench.book
    .all()
    .find(
      (one): one is StudyEnrollment =>
        one.kind === action && (action === "addon-study" ? one.recipeId === id : one.slug === slug),
    );
  const said = reading.kind === "read" ? reading.recipe : undefined;
  const isStudy = said?.action === "preference-study" || said?.action === "addon-study";
  return {
    branches: isStudy ? said.arguments.branches.map((branch) => branch.slug) : [],
    ...(enrollment === undefined ? {} : { branch: enrollment.branch }),
  };
}
