import { canonicalAction } from "#recipes/aliases.ts";
import type { ActionName } from "#recipes/arguments.ts";
import type { KillList, ManifestEntry } from "#recipes/manifest.ts";
import type { RecipeStatus, RunnerStatus } from "#telemetry/uptake.ts";
import type { Actions, Suitability } from "./action.ts";
import { apply, ApplyError, type Workbench } from "./apply.ts";
import { clientCapabilities } from "./client-capabilities.ts";
import { enforceConsent, isAllowed } from "./consent.ts";
import { ContextFactory } from "./context.ts";
import { readExperiments } from "./experiments.ts";
import { finalize } from "./finalize.ts";
import { judgeFilter, type Reading, readRecipe } from "./judge.ts";
import { type Guard, suspectOf } from "./guard.ts";
import { endKilled, isKilled, obeyKill, wouldRevive } from "./kill.ts";
import type { Ports, Settings } from "./ports.ts";
import { act, type Verdict } from "./situation.ts";
import { outlive, refresh } from "./stale.ts";
import { type Build, sync, type SyncOutcome } from "./sync.ts";

/** Why a run was begun. */
export type Trigger = "first-run" | "new-build" | "timer" | "dev-start" | "run-now" | "retry";

/** What one run did: one status for the runner, one for every recipe of the manifest. */
export interface RunReport {
  readonly runId: string;
  readonly trigger: Trigger;
  readonly finishedAt: string;
  readonly runner: RunnerStatus;
  readonly reason?: string;
  /** Epoch and number of the manifest that was worked on; 0 where none was verified. */
  readonly ep: number;
  readonly n: number;
  /** When the manifest wants to be asked for again, in seconds. */
  readonly pollSeconds?: number;
  readonly recipes: Readonly<Record<string, RecipeStatus>>;
  /** Milliseconds: all of the run; fetching and verifying; of that, signatures and hashes. */
  readonly timings: { readonly total: number; readonly sync: number; readonly verify: number };
}

export interface RunInput extends Build {
  readonly trigger: Trigger;
  readonly settings: Settings;
  /** The same as they are by now: a person may switch something off amid a run. */
  readonly settingsNow?: () => Settings;
  readonly isFirstRun: boolean;
  readonly actions: Actions;
  /** Slugs of rollouts that the build says are no longer needed. */
  readonly graduationSet?: ReadonlySet<string> | undefined;
  readonly ports: Ports;
  readonly bench: Workbench;
  readonly guard: Guard;
}

/** What a client tells a run; the build brings the rest. */
export type RunNeeds = Omit<RunInput, "actions" | keyof Build | "graduationSet">;

/**
 * One run: fetch, verify, judge, apply, report. What a browser does with a set of recipes, whole.
 *
 * Whatever a recipe or a network does, a run ends with a report; only a fault of ours throws.
 *
 * @returns `undefined` when Mulberry is switched off or knows no server
 */
export async function run(input: RunInput): Promise<RunReport | undefined> {
  const { ports, bench } = input;
  const startedAt = ports.clock.monotonicMs();
  const nowMs = ports.clock.nowMs();
  await enforceConsent(bench, input.settings, nowMs);
  const { serverUrl } = input.settings;
  if (!input.settings.enabled || serverUrl === undefined) return undefined;

  const settings = await withUserId(input.settings, ports);
  // What is believed goes by the real time, whatever QA says of the clock.
  const obey = (kill: KillList): Promise<void> => obeyKill(kill, bench, nowMs);
  const synced = await sync({ ...input, serverUrl, nowMs, obey }, ports);
  const syncMs = ports.clock.monotonicMs() - startedAt;
  const { statuses, isGuarded } =
    synced.kind === "verified"
      ? await workThrough({ ...input, settings }, synced, decisionMs(nowMs, settings))
      : noWork;
  if (synced.kind === "verified") await refresh(ports.store);
  else if (synced.overSince !== undefined)
    await outlive(synced.overSince, settings, bench, ports.store, nowMs);
  const { status, reason } = runnerOutcome(synced, isGuarded);
  bench.recorder.uptake("normandy/runner", status, reason);
  bench.recorder.meter.sample("MULBERRY_RUN_MS", ports.clock.monotonicMs() - startedAt);
  if (synced.kind === "verified")
    bench.recorder.meter.sample("MULBERRY_VERIFY_MS", synced.verifyMs);
  await bench.recorder.save();
  return {
    runId: ports.random.uuid(),
    trigger: input.trigger,
    finishedAt: new Date(ports.clock.nowMs()).toISOString(),
    runner: status,
    ...(reason === undefined ? {} : { reason }),
    ep: synced.kind === "verified" ? synced.manifest.ep : 0,
    n: synced.kind === "verified" ? synced.manifest.n : 0,
    ...(synced.kind === "verified" ? { pollSeconds: synced.manifest.poll } : {}),
    recipes: statuses,
    timings: {
      total: ports.clock.monotonicMs() - startedAt,
      sync: syncMs,
      verify: synced.kind === "verified" ? synced.verifyMs : 0,
    },
  };
}

function runnerOutcome(
  synced: SyncOutcome,
  isGuarded: boolean,
): {
  readonly status: RunnerStatus;
  readonly reason?: string;
} {
  if (synced.kind === "failed") return { status: synced.status, reason: synced.reason };
  if (!isGuarded) return { status: "custom_1_error", reason: "storage" };
  if (synced.isHaltEquivocal) return { status: "signature_error", reason: "equivocation" };
  return synced.wasDamaged
    ? { status: "corruption_error", reason: "trust-record" }
    : { status: "success" };
}

/** The settings with a randomisation id, which is made when it is first needed. */
export async function withUserId(settings: Settings, ports: Ports): Promise<Settings> {
  if (settings.userId !== "") return settings;
  const userId = ports.random.uuid();
  await ports.settings.writeUserId(userId);
  return { ...settings, userId };
}

const dayMs = 86_400_000;
/** How long a run may compute before it lets whatever waits have its turn, in milliseconds. */
const deafMs = 100;

interface Work {
  readonly statuses: Readonly<Record<string, RecipeStatus>>;
  /** Whether everything that could crash the browser was named beforehand, and cleared afterwards. */
  readonly isGuarded: boolean;
}
const noWork: Work = { statuses: {}, isGuarded: true };

async function workThrough(
  input: RunInput,
  synced: Extract<SyncOutcome, { kind: "verified" }>,
  nowMs: number,
): Promise<Work> {
  const { manifest, bodies, kill } = synced;
  const { ports, bench, settings, guard } = input;
  // What cannot be named durably must not begin: as where a set cannot be stored, all stays as it is.
  if (!(await isNoted(guard.heed(manifest.recipes), ports))) return { ...noWork, isGuarded: false };
  const supported = clientCapabilities(input.actions, ports);
  const experiments = await readExperiments(manifest, input, nowMs);
  const readings = [
    ...manifest.recipes.map((entry) => readRecipe(entry, bodies.get(entry.id), supported)),
    ...experiments.readings,
  ];
  const recipes = readings.flatMap((reading) => (reading.kind === "read" ? [reading.recipe] : []));
  const contexts = await ContextFactory.prepare(recipes, {
    settings,
    ports,
    book: bench.book,
    isFirstRun: input.isFirstRun,
  });
  const statuses: Record<string, RecipeStatus> = {};
  const ran = new Set<ActionName>();
  let heardMs = ports.clock.monotonicMs();
  for (const reading of readings) {
    // Costly filters, one after the other, must not keep a person's own wish from being heard.
    if (ports.clock.monotonicMs() - heardMs > deafMs) {
      await ports.clock.delay(0);
      heardMs = ports.clock.monotonicMs();
    }
    const { id, mod } = reading.entry;
    const verdict = await workOn(reading, { ...input, kill }, contexts, nowMs);
    bench.recorder.uptake(`normandy/recipe/${id}`, verdict.status, verdict.reason);
    if (verdict.status === "success") bench.recorder.freshness(id, mod);
    statuses[String(id)] = verdict.status;
    const action = actionOf(reading);
    if (action !== undefined) ran.add(action);
  }
  const isGuarded = await isNoted(guard.end(), ports);
  const { braked, failed } = await finalize(manifest, bench, nowMs, experiments.listed);
  if (braked) ports.log.write("warn", "a manifest would end most studies; held back");
  for (const action of [...new Set([...ran, ...failed])].sort())
    bench.recorder.uptake(
      `normandy/action/${action}`,
      failed.has(action) ? "custom_2_error" : "success",
    );
  return { statuses, isGuarded };
}

async function isNoted(note: Promise<void>, { log }: Pick<Ports, "log">): Promise<boolean> {
  try {
    await note;
    return true;
  } catch (error) {
    log.write("error", "what guards against crashes could not be noted", { cause: String(error) });
    return false;
  }
}

/** The action of a recipe, where it is one of ours. */
export function actionOf(reading: Reading): ActionName | undefined {
  return reading.kind === "read" ? reading.recipe.action : reading.action;
}

/** One recipe, judged and carried out on its own: what goes wrong here stays here. */
async function workOn(
  reading: Reading,
  input: RunInput & { readonly kill: KillList },
  contexts: ContextFactory,
  nowMs: number,
): Promise<Verdict> {
  const action = actionOf(reading);
  if (action === undefined) return unknownAction(reading.entry, reading);
  const hindrance = hindranceOf(reading, action, input);
  if (hindrance === killed) await endKilled(reading.entry, input.bench, nowMs);
  if (hindrance !== undefined) return hindrance;
  try {
    const { decision, plan } = await decideOn(reading, action, input, contexts, nowMs);
    // Deciding may have taken a while: what the person said meanwhile holds for this plan too.
    if (!isAllowedNow(action, input)) return optedOut;
    if (wouldRevive(input.kill, plan)) return killed;
    const suspect = suspectOf(reading.entry, plan);
    if (suspect !== undefined) await input.guard.begin(suspect);
    const outcome = await apply(plan, input.bench);
    if (suspect !== undefined) await input.guard.watched();
    return outcome.kind === "refused"
      ? { status: "apply_error", reason: outcome.reason }
      : decision;
  } catch (error) {
    const step = error instanceof ApplyError ? error.step : "decide";
    input.ports.log.write("error", "a recipe could not be carried out", {
      recipe: reading.entry.id,
      step,
      cause: String(error instanceof ApplyError ? error.cause : error),
    });
    return { status: "apply_error", reason: step };
  }
}

const optedOut: Verdict = { status: "custom_1_error", reason: "opted-out" };
export const killed: Verdict = { status: "success", reason: "killed" };

function isAllowedNow(
  action: ActionName,
  { actions, settings, settingsNow }: Pick<RunInput, "actions" | "settings" | "settingsNow">,
): boolean {
  return isAllowed(actions[action].group, settingsNow?.() ?? settings);
}

/** What keeps a recipe from its action before anything is decided: somebody stopped it, the person's will, or a crash. */
export function hindranceOf(
  { entry }: Reading,
  action: ActionName,
  input: Pick<RunInput, "actions" | "settings" | "settingsNow"> & {
    readonly guard: Pick<Guard, "withholds">;
    readonly kill: KillList;
  },
): Verdict | undefined {
  if (isKilled(input.kill, entry)) return killed;
  if (!isAllowedNow(action, input)) return optedOut;
  return input.guard.withholds(entry) ? { status: "apply_error", reason: "crash-loop" } : undefined;
}

/** The time that decisions go by: QA may have moved it. */
export function decisionMs(nowMs: number, { clockDays }: Pick<Settings, "clockDays">): number {
  return nowMs + clockDays * dayMs;
}

/** Judges a recipe and asks its action: pure but for what it reads of the world. */
export async function decideOn(
  reading: Reading,
  action: ActionName,
  input: Parameters<typeof act>[4],
  contexts: ContextFactory,
  nowMs: number,
): Promise<Awaited<ReturnType<typeof act>> & { readonly suitability: Suitability }> {
  if (reading.kind === "refused") {
    const { entry, suitability, reason } = reading;
    const acted = await act(action, { suitability, entry }, undefined, reason, input, nowMs);
    return { suitability, ...acted };
  }
  const { entry, recipe } = reading;
  const { suitability, reason } = await judgeFilter(recipe, contexts.of(recipe));
  const acted =
    suitability === "filter-match"
      ? act(action, { suitability, entry, recipe }, recipe, reason, input, nowMs)
      : act(action, { suitability, entry }, undefined, reason, input, nowMs);
  return { suitability, ...(await acted) };
}

/** A recipe whose action this client has never heard of; its body may still be signed wrongly. */
export function unknownAction(entry: ManifestEntry, reading: Reading): Verdict {
  if (reading.kind === "refused" && reading.suitability === "signature-error")
    return { status: "signature_error", reason: reading.reason };
  return canonicalAction(entry.act) === undefined
    ? { status: "download_error", reason: "unknown-action" }
    : { status: "content_error" };
}
