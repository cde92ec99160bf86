import type { PublishedAddon } from "#recipes/arguments.ts";
import type { EnrollmentBook } from "./book.ts";
import { fetchAddon } from "./addon-download.ts";
import type { HeartbeatBook } from "./heartbeat.ts";
import { claimPreference, releasePreference } from "./journal.ts";
import type { Plan, Step } from "./plan.ts";
import type { InstallFailure, Ports } from "./ports.ts";
import type { PreferenceChange, PreferenceState } from "./preferences.ts";
import type { Recorder } from "./recorder.ts";

/** What a plan is carried out on. */
export interface Workbench {
  readonly ports: Pick<
    Ports,
    "addons" | "clock" | "log" | "network" | "preferences" | "prompts" | "tokens"
  >;
  readonly book: EnrollmentBook;
  readonly heartbeats: HeartbeatBook;
  readonly recorder: Recorder;
}

export type ApplyOutcome =
  | { readonly kind: "done" }
  /** An add-on could not be installed; the plan's `otherwise` was carried out instead of its rest. */
  | { readonly kind: "refused"; readonly reason: InstallFailure["reason"] };

/** Thrown when the world refused a step that a plan counts on; the steps before it stand. */
export class ApplyError extends Error {
  override readonly name = "ApplyError";
  readonly step: Step["do"];

  constructor(step: Step["do"], index: number, cause: unknown) {
    super(`step ${String(index)} (${step}) failed`, { cause });
    this.step = step;
  }
}

/**
 * Carries a plan out, one step after the other: the only place where a decision touches the world.
 *
 * Neighbouring preference steps become one write, so that a study's preferences change in one turn
 * and reach the disk in one file. Events are kept when the plan is through, never before what they
 * tell of is durable.
 *
 * @throws ApplyError when a step failed
 */
export async function apply(plan: Plan, bench: Workbench): Promise<ApplyOutcome> {
  try {
    return await carryOut(plan, bench, undefined);
  } finally {
    // Statuses may wait for the end of the run; what tells of a change goes with it.
    if (plan.some(tells)) await bench.recorder.save();
  }
}

/** What an event of an `otherwise` tells beside its own extras. */
type Failure = { readonly reason: string; readonly detail?: string } | undefined;

/**
 * As `apply`, for ends: one that fails must not keep others from theirs, and is tried again with the next run.
 *
 * @returns whether it went well; if not, the log has the cause
 */
export async function applyOrTell(plan: Plan, bench: Workbench): Promise<boolean> {
  try {
    await apply(plan, bench);
    return true;
  } catch (error) {
    if (!(error instanceof ApplyError)) throw error;
    bench.ports.log.write("error", "a change could not be ended", { cause: String(error.cause) });
    return false;
  }
}

async function carryOut(plan: Plan, bench: Workbench, failure: Failure): Promise<ApplyOutcome> {
  let index = 0;
  for (let step = plan[0]; step !== undefined; step = plan[index]) {
    try {
      if (isPreferenceStep(step)) {
        const run = preferenceRun(plan, index);
        await changePreferences(run, bench);
        index += run.length;
        continue;
      }
      if (step.do === "install-addon") {
        const refusal = await installAddon(step.addon, step.replace, bench);
        if (refusal !== undefined) {
          await carryOut(step.otherwise, bench, refusal);
          return { kind: "refused", reason: refusal.reason };
        }
      } else {
        await applyStep(step, bench, failure);
      }
    } catch (cause) {
      if (cause instanceof ApplyError) throw cause;
      // What became of it is not known: records stay, for the next run to find, and only the failure is told.
      if ("otherwise" in step)
        await carryOut(step.otherwise.filter(tells), bench, failureOf(step, cause));
      throw new ApplyError(step.do, index, cause);
    }
    index += 1;
  }
  return { kind: "done" };
}

function tells(step: Step): boolean {
  return step.do === "record-event" || ("otherwise" in step && step.otherwise.some(tells));
}

interface Thrown {
  readonly fileName?: string;
  readonly lineNumber?: number;
  readonly columnNumber?: number;
  readonly name?: string;
}

/** The world threw where it should have answered: where, but not what it said, which could tell of a person. */
function failureOf(step: Step, cause: unknown): Failure {
  if (step.do === "uninstall-addon") return { reason: "uninstall-failed" };
  // Firefox's errors know where they were made; the path before the file names one installation.
  const { fileName, lineNumber, columnNumber, name } = cause as Thrown;
  const file = fileName === undefined ? undefined : /[\w.-]+$/u.exec(fileName)?.[0];
  const place = file === undefined ? "" : `${file}:${String(lineNumber)}:${String(columnNumber)} `;
  return { reason: `${place}${String(name)}` };
}

type PreferenceStep = Extract<Step, { do: "claim-preference" | "release-preference" }>;
type SimpleStep = Exclude<Step, PreferenceStep | { do: "install-addon" }>;

function isPreferenceStep(step: Step): step is PreferenceStep {
  return step.do === "claim-preference" || step.do === "release-preference";
}

function preferenceRun(plan: Plan, from: number): readonly PreferenceStep[] {
  const run: PreferenceStep[] = [];
  for (const step of plan.slice(from)) {
    if (!isPreferenceStep(step)) break;
    run.push(step);
  }
  return run;
}

async function changePreferences(
  steps: readonly PreferenceStep[],
  { ports }: Workbench,
): Promise<void> {
  const names = [...new Set(steps.map(({ name }) => name))];
  const [states, journal] = await Promise.all([
    ports.preferences.read(names),
    ports.preferences.journal(),
  ]);
  const changes = new Map<string, PreferenceChange>();
  for (const step of steps) {
    const before = changes.get(step.name);
    const state = after(states.get(step.name), before);
    const written = Object.hasOwn(journal, step.name) ? journal[step.name] : undefined;
    const entry = before === undefined ? written : (before.journal ?? undefined);
    const change =
      step.do === "claim-preference"
        ? claimPreference(step.name, entry, state, step)
        : releasePreference(step.name, entry, state, {
            ...step,
            keepUser: step.keepValue ?? false,
          });
    if (change !== undefined) changes.set(step.name, { ...before, ...change });
  }
  if (changes.size > 0) await ports.preferences.write([...changes.values()]);
}

/** The state once a change that is still to be written has been written. */
function after(
  state: PreferenceState | undefined,
  change: PreferenceChange | undefined,
): PreferenceState {
  const now = state ?? { type: undefined, user: null, default: null, locked: false };
  return {
    ...now,
    ...(change?.default === undefined ? {} : { default: change.default }),
    ...(change?.user === undefined ? {} : { user: change.user }),
  };
}

async function installAddon(
  addon: PublishedAddon,
  replace: boolean,
  { ports, recorder }: Workbench,
): Promise<InstallFailure | undefined> {
  const engine = ports.addons;
  if (engine === undefined) throw new Error("this browser lets nobody install an add-on");
  const fetched = await fetchAddon(addon, ports);
  if (fetched.kind === "failed") return fetched.failure;
  const startedAt = ports.clock.monotonicMs();
  const refusal = await engine.install(addon, fetched.bytes, { replace });
  recorder.meter.sampleKeyed(
    "MULBERRY_ADDON_INSTALL_MS",
    refusal === undefined ? "installed" : "refused",
    ports.clock.monotonicMs() - startedAt,
  );
  return refusal;
}

async function applyStep(step: SimpleStep, bench: Workbench, failure: Failure): Promise<void> {
  switch (step.do) {
    case "save-enrollment":
      await bench.book.save(step.enrollment);
      return;
    case "forget-enrollment":
      await bench.book.forget(step.key);
      return;
    case "tell-addon":
      await bench.ports.addons?.tell(step.id, step.notice);
      return;
    case "uninstall-addon":
      await bench.ports.addons?.uninstall(step.id);
      return;
    case "save-prompt":
      await bench.heartbeats.show(step.prompt);
      return;
    case "open-prompt":
      await bench.ports.prompts?.open();
      return;
    case "record-event":
      bench.recorder.event({
        ...step.event,
        extra: { ...step.event.extra, ...failure },
      } as typeof step.event);
      return;
    case "log":
      bench.ports.log.write("info", step.message);
      return;
  }
}
