import * as v from "valibot";
import type { Clock, Random, Store } from "#core/ports.ts";
import type { Recorder } from "#core/recorder.ts";
import type { NormandyEvent, WireEvent } from "#telemetry/events.ts";
import type { Measures } from "#telemetry/measures.ts";
import type { metrics } from "#telemetry/metrics.ts";
import { eventPingMaxEvents } from "#telemetry/pings.ts";
import type { DataSet } from "#telemetry/probe.ts";
import {
  type SendFailure,
  sendFailureId,
  type SendFailureKind,
  sendLogLimit,
} from "#telemetry/send-failures.ts";
import type { UptakeSource, UptakeStatus } from "#telemetry/uptake.ts";
import { normandyWireEvent, uptakeWireEvent } from "#telemetry/wire-event.ts";
import { firstSession, nextSubsession, type Session, sessionAt, sessionShape } from "./session.ts";
import { wireEvent } from "./stored-event.ts";
import {
  logShape,
  measuresShape,
  type Scene,
  sceneShape,
  type Subsession,
  subsessionShape,
} from "./subsession.ts";

export const recorderKey = "recorder";
const measuresKey = "measures";

/** What was recorded and is not in a ping yet. */
export interface Recording {
  readonly session: Session;
  readonly events: readonly WireEvent[];
  /** Events that came after the buffer was full. */
  readonly lost: number;
  /** Recipe id to the second its revision was made. */
  readonly freshness: Readonly<Record<string, number>>;
  /** The browser as it was when this part of the session began. */
  readonly scene: Scene | null;
  /** Pings that could not be sent since this part of the session began, oldest first. */
  readonly log: readonly SendFailure[];
  /** Parts that are over, oldest first. */
  readonly over: readonly Subsession[];
}

const stored = v.object({
  session: v.fallback(v.optional(sessionShape), undefined),
  events: v.array(wireEvent),
  lost: v.number(),
  freshness: v.record(v.string(), v.number()),
  scene: v.fallback(v.nullable(sceneShape), null),
  log: logShape,
  over: v.fallback(v.array(subsessionShape), []),
});

const storedMeasures = v.object({ savedMs: v.number(), snapshot: measuresShape });

/** A part of what was recorded. */
type Taken = Pick<Recording, "events" | "freshness" | "lost" | "over">;
type Meters = Measures<typeof metrics>;

/** Keeps what is recorded in the store until `assemble.ts` makes pings of it. */
export class StoredRecorder implements Recorder {
  readonly meter: Meters;
  readonly #store: Store;
  readonly #clock: Clock;
  #recording: Recording;
  #dirty = false;
  #measured = 0;

  private constructor(store: Store, clock: Clock, recording: Recording, meter: Meters) {
    this.#store = store;
    this.#clock = clock;
    this.#recording = recording;
    this.meter = meter;
    this.#measured = meter.changes;
  }

  /**
   * @param startMs - when the browser process started
   * @param meter - without samples; takes in what this session has measured so far
   * @param hasEndedWell - whether the browser is known to have ended the last session as it should
   */
  static async open(
    store: Store,
    clock: Clock,
    random: Random,
    startMs: number,
    meter: Meters,
    hasEndedWell = false,
  ): Promise<StoredRecorder> {
    const parsed = v.safeParse(stored, await store.get(recorderKey));
    const before = parsed.success ? parsed.output : undefined;
    const measured = v.safeParse(storedMeasures, await store.get(measuresKey));
    const session = sessionAt(
      startMs,
      before?.session,
      before?.scene?.application.buildId ?? null,
      random,
    );
    const events = before?.events ?? [];
    const isSame = before?.session?.sessionId === session.sessionId;
    const left: readonly Subsession[] =
      before?.session === undefined || isSame || !measured.success
        ? []
        : [
            {
              reason: hasEndedWell ? "shutdown" : "aborted-session",
              session: before.session,
              endMs: measured.output.savedMs,
              scene: before.scene,
              measures: measured.output.snapshot,
              log: before.log,
            },
          ];
    if (isSame && measured.success) meter.restore(measured.output.snapshot);
    const recording: Recording = {
      // Times count from a session's start: what an earlier one left lies before this one's.
      events: isSame ? events : events.map(([, ...event]) => [0, ...event]),
      lost: before?.lost ?? 0,
      freshness: before?.freshness ?? {},
      session,
      scene: isSame ? before.scene : null,
      log: isSame ? before.log : [],
      over: [...(before?.over ?? []), ...left],
    };
    return new StoredRecorder(store, clock, recording, meter);
  }

  event(event: NormandyEvent): void {
    this.#push(normandyWireEvent(event, this.#timestamp()));
  }

  uptake(source: UptakeSource, status: UptakeStatus, reason?: string): void {
    this.#push(uptakeWireEvent(source, status, reason, this.#timestamp()));
  }

  freshness(recipeId: number, modifiedSeconds: number): void {
    this.#change({
      freshness: { ...this.#recording.freshness, [String(recipeId)]: modifiedSeconds },
    });
  }

  /** Notes for the next `main` ping that a ping could not be sent. */
  failure(kind: SendFailureKind, detail: string): void {
    const entry: SendFailure = [sendFailureId, this.#timestamp(), kind, detail];
    this.#change({ log: [...this.#recording.log, entry].slice(-sendLogLimit) });
  }

  get recording(): Recording {
    return this.#recording;
  }

  /** What is left beside `taken`. */
  without(taken: Taken): Recording {
    const { session, scene, log, over } = this.#recording;
    return {
      session,
      scene,
      log,
      over: over.filter((one) => !taken.over.includes(one)),
      events: this.#recording.events.slice(taken.events.length),
      lost: this.#recording.lost - taken.lost,
      freshness: Object.fromEntries(
        Object.entries(this.#recording.freshness).filter(([id, at]) => taken.freshness[id] !== at),
      ),
    };
  }

  /** What is left beside `taken`, to be stored in the write that makes `taken` durable elsewhere. */
  writtenWithout(taken: Taken): Readonly<Record<string, unknown>> {
    return this.#written(this.without(taken));
  }

  /** Forgets `taken`, once that write is through. */
  forget(taken: Taken): void {
    this.#dirty &&= this.#recording !== taken;
    this.#recording = this.without(taken);
  }

  /** What is recorded from now on is not to be known as of the same session, and what was measured is gone. */
  renewSession(random: Random): void {
    this.meter.clear();
    this.#change({
      session: firstSession(this.#recording.session.startMs, random),
      scene: null,
      log: [],
    });
  }

  /** Notes how the browser is, where that is not known of this part of the session yet. */
  see(scene: Scene): void {
    if (this.#recording.scene === null) this.#change({ scene });
  }

  /** Ends a part of the session, which had the scene that was seen first, and begins the next. */
  split(reason: "daily" | "environment-change", scene: Scene, random: Random): void {
    const { session, over, log, scene: seen } = this.#recording;
    const endMs = this.#clock.nowMs();
    const measures = this.meter.snapshot();
    const ended = { reason, session, endMs, scene: seen ?? scene, measures, log };
    this.meter.clear();
    this.#change({
      session: nextSubsession(session, endMs, random),
      scene,
      log: [],
      over: [...over, ended],
    });
  }

  measureOnly(dataSets: readonly DataSet[]): void {
    this.meter.recordOnly(dataSets);
  }

  async save(): Promise<void> {
    const measured = this.meter.changes;
    if (!this.#dirty && measured === this.#measured) return;
    const saved = this.#recording;
    await this.#store.set(this.#written(saved));
    // What came while it was written is still to be saved.
    this.#dirty = this.#recording !== saved;
    this.#measured = measured;
  }

  /** Both in one write: what was measured belongs to the session beside it, and to no other. */
  #written(recording: Recording): Readonly<Record<string, unknown>> {
    const measures = { savedMs: this.#clock.nowMs(), snapshot: this.meter.snapshot() };
    return { [recorderKey]: recording, [measuresKey]: measures };
  }

  #push(event: WireEvent): void {
    const { events, lost } = this.#recording;
    if (events.length >= eventPingMaxEvents) this.#change({ lost: lost + 1 });
    else this.#change({ events: [...events, event] });
  }

  #change(change: Partial<Recording>): void {
    this.#recording = { ...this.#recording, ...change };
    this.#dirty = true;
  }

  #timestamp(): number {
    return Math.max(0, Math.floor(this.#clock.nowMs() - this.#recording.session.startMs));
  }
}
