import * as v from "valibot";
import { digest } from "./digest.ts";
import { applyOrTell, type Workbench } from "./apply.ts";
import { type Enrollment, isLive, keyOf } from "./enrollment.ts";
import { leave } from "./leave.ts";
import type { Plan } from "./plan.ts";
import type { Beacon, Clock, Ports, Store } from "./ports.ts";
import type { OwnerKind } from "./preferences.ts";
import {
  atStart,
  begin,
  end,
  isGlimpsed,
  isWithheld,
  nameOf,
  parseSafeRecord,
  type SafeRecord,
  type Suspect,
  toRevive,
  undone,
  well,
  withNewSet,
} from "./safe-mode.ts";

const setsKey = "safe_sets";
/** How long a change is watched before the next one after a crash, in milliseconds. */
const watchMs = 500;
/** How long what was in force for a moment at the start is watched before it is tried again. */
const glimpseMs = 3_000;
/** A browser that has lived so long since the last change lives with it, in milliseconds. */
export const settleMs = 30 * 60_000;

const names = v.array(v.string());
const setsShape = v.object({
  /** SHA-256 of the set that was verified last: which recipes, in which revision. */
  current: v.string(),
  /** Its recipes, by `nameOf`. */
  recipes: names,
  /** The set that the browser has lived with for half an hour, and when that session began: proven once it has ended well. */
  settled: v.nullable(v.object({ recipes: names, session: v.string() })),
  proven: names,
});
type Sets = v.InferOutput<typeof setsShape>;
const noSets: Sets = { current: "", recipes: [], settled: null, proven: [] };

type Entry = Pick<Suspect, "id" | "sha256">;

/**
 * Keeps a recipe that crashes the browser from doing so for long. It names each change durably before
 * it is made, and withholds what `safe-mode.ts` finds to blame.
 */
export class Guard {
  readonly #beacon: Beacon;
  readonly #ports: { readonly clock: Clock; readonly store: Store };
  #record: SafeRecord;
  #sets: Sets;
  #hasBegun = false;

  private constructor(ports: GuardPorts, record: SafeRecord, sets: Sets) {
    this.#beacon = ports.beacon;
    this.#ports = ports;
    this.#record = record;
    this.#sets = sets;
  }

  /** @param session - when the browser's process started */
  static async open(ports: GuardPorts, session: string): Promise<Guard> {
    const before = parseSafeRecord(await ports.beacon.read());
    const record = atStart(before, session, ports.beacon.seesTheEnd);
    const parsed = v.safeParse(setsShape, await ports.store.get(setsKey));
    const guard = new Guard(ports, record, parsed.success ? parsed.output : noSets);
    const { settled } = guard.#sets;
    if (settled !== null && settled.session !== session)
      await guard.#saveSets({
        settled: null,
        ...(record.streak === 0 ? { proven: settled.recipes } : {}),
      });
    if (record !== before) await guard.#save(record);
    return guard;
  }

  /** What a person and QA may know of it. */
  get record(): SafeRecord {
    return this.#record;
  }

  withholds(entry: Entry): boolean {
    return isWithheld(this.#record, entry, new Set(this.#sets.proven));
  }

  /** Whether an enrolment's values are out of force for now. */
  holds(enrollment: Enrollment): boolean {
    return this.#record.held.some((one) => one.enrollment === keyOf(enrollment));
  }

  /** Resolves once the suspect's name survives a crash. */
  async begin(suspect: Suspect): Promise<void> {
    this.#hasBegun = true;
    await this.#save(begin(this.#record, suspect));
  }

  /** After a crash the change is watched for a moment before it is taken to be made. */
  async watched(): Promise<void> {
    if (this.#record.streak > 0) await this.#ports.clock.delay(watchMs);
  }

  /** Nothing is being changed any more. */
  async end(): Promise<void> {
    if (this.#record.open !== null) await this.#save(end(this.#record));
  }

  /** Ends what is to blame, and tries again what is not. */
  async atStart(bench: Workbench, nowMs: number): Promise<void> {
    const { mode, quarantined } = this.#record;
    const guilty = new Set(quarantined.map(({ enrollment }) => enrollment));
    for (const enrollment of bench.book.all().filter(isLive))
      if (mode === "nothing" || guilty.has(keyOf(enrollment)))
        await applyOrTell(leave(enrollment, "crash-loop", nowMs), bench);
    if (mode === "nothing") await this.#save(undone(this.#record));
    if (isGlimpsed(this.#record) && toRevive(this.#record).length > 0)
      await this.#ports.clock.delay(glimpseMs);
    await this.#revive();
  }

  /** The browser has lived for half an hour with what was changed. */
  async settle(): Promise<void> {
    const { recipes } = this.#sets;
    await this.#saveSets({ settled: { recipes, session: this.#record.session } });
    await this.#save(well(this.#record));
    await this.#revive();
  }

  /** A set that was verified: another one than before gets a new chance. */
  async heed(entries: readonly Entry[]): Promise<void> {
    const recipes = entries.map(nameOf);
    const current = digest(recipes.join("\n"));
    if (current === this.#sets.current) return;
    await this.#saveSets({ current, recipes, settled: null });
    const next = withNewSet(this.#record, new Set(recipes));
    if (JSON.stringify(next) !== JSON.stringify(this.#record)) await this.#save(next);
    await this.#revive();
  }

  /** Whether anything was changed since the last call: then `settle` is to be called `settleMs` from now. */
  takeBegun(): boolean {
    const hasBegun = this.#hasBegun;
    this.#hasBegun = false;
    return hasBegun;
  }

  async #revive(): Promise<void> {
    for (const one of toRevive(this.#record)) {
      await this.begin(one);
      const [, owner, slug] = /^preference-(study|rollout)\/(.+)$/u.exec(one.enrollment) ?? [];
      if (owner !== undefined && slug !== undefined)
        try {
          await this.#beacon.revive?.(owner as OwnerKind, slug);
        } catch {
          // What the browser no longer takes stays out of force. The others, and the client, go on.
        }
      await this.watched();
    }
    await this.end();
  }

  async #save(record: SafeRecord): Promise<void> {
    this.#record = record;
    await this.#beacon.write(JSON.stringify(record));
  }

  async #saveSets(change: Partial<Sets>): Promise<void> {
    const next = { ...this.#sets, ...change };
    await this.#ports.store.set({ [setsKey]: next });
    // Only now: what could not be stored is heeded again by the next run.
    this.#sets = next;
  }
}

export type GuardPorts = Pick<Ports, "clock" | "store" | "beacon">;

/** The suspect that a plan makes; `undefined` for one that gives the browser nothing new. */
export function suspectOf(entry: Entry, plan: Plan): Suspect | undefined {
  const { id, sha256 } = entry;
  for (const step of plan) {
    if (step.do === "claim-preference")
      return { id, sha256, enrollment: `preference-${step.owner}/${step.slug}` };
    if (step.do !== "install-addon") continue;
    const saved = plan.find((one) => one.do === "save-enrollment");
    if (saved !== undefined)
      return {
        id,
        sha256,
        enrollment: keyOf(saved.enrollment),
        addonId: step.addon.addon_id,
      };
  }
  return undefined;
}
