import * as v from "valibot";
import type { Clock, Random, Store } from "#core/ports.ts";
import type { Recorder } from "#core/recorder.ts";
import type { NormandyEvent, WireEvent } from "#telemetry/events.ts";
import { eventPingMaxEvents } from "#telemetry/pings.ts";
import type { UptakeSource, UptakeStatus } from "#telemetry/uptake.ts";
import { normandyWireEvent, uptakeWireEvent } from "#telemetry/wire-event.ts";
import { wireEvent } from "./sent.ts";
import { type Session, sessionAt } from "./session.ts";

export const recorderKey = "recorder";

/** What was recorded and is not in a ping yet. */
export interface Recording {
  readonly session: Session;
  readonly events: readonly WireEvent[];
  /** Events that came after the buffer was full. */
  readonly lost: number;
  /** Recipe id to the second its revision was made. */
  readonly freshness: Readonly<Record<string, number>>;
}

const stored = v.object({
  session: v.unknown(),
  events: v.array(wireEvent),
  lost: v.number(),
  freshness: v.record(v.string(), v.number()),
});

/** Keeps events and statuses in the store until `assemble.ts` makes a ping of them. */
export class StoredRecorder implements Recorder {
  readonly #store: Store;
  readonly #clock: Clock;
  #recording: Recording;
  #dirty = false;

  private constructor(store: Store, clock: Clock, recording: Recording) {
    this.#store = store;
    this.#clock = clock;
    this.#recording = recording;
  }

  /** @param startMs - when the browser process started */
  static async open(
    store: Store,
    clock: Clock,
    random: Random,
    startMs: number,
  ): Promise<StoredRecorder> {
    const parsed = v.safeParse(stored, await store.get(recorderKey));
    const before = parsed.success ? parsed.output : undefined;
    const session = sessionAt(startMs, before?.session, random);
    const events = before?.events ?? [];
    const isSame = v.is(v.object({ sessionId: v.literal(session.sessionId) }), before?.session);
    const recording: Recording = {
      // Times count from a session's start: what an earlier one left lies before this one's.
      events: isSame ? events : events.map(([, ...event]) => [0, ...event]),
      lost: before?.lost ?? 0,
      freshness: before?.freshness ?? {},
      session,
    };
    return new StoredRecorder(store, clock, recording);
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

  get recording(): Recording {
    return this.#recording;
  }

  /** What is left beside `taken`; the caller stores it in the write that makes `taken` durable elsewhere. */
  without(taken: Recording): Recording {
    return {
      session: this.#recording.session,
      events: this.#recording.events.slice(taken.events.length),
      lost: this.#recording.lost - taken.lost,
      freshness: Object.fromEntries(
        Object.entries(this.#recording.freshness).filter(([id, at]) => taken.freshness[id] !== at),
      ),
    };
  }

  /** Forgets `taken`, once that write is through. */
  forget(taken: Recording): void {
    this.#dirty &&= this.#recording !== taken;
    this.#recording = this.without(taken);
  }

  /** What is recorded from now on is not to be known as of the same session. */
  renewSession(random: Random): void {
    const { startMs } = this.#recording.session;
    this.#change({
      session: { sessionId: random.uuid(), subsessionId: random.uuid(), startMs },
    });
  }

  async save(): Promise<void> {
    if (!this.#dirty) return;
    const saved = this.#recording;
    await this.#store.set({ [recorderKey]: saved });
    // What came while it was written is still to be saved.
    this.#dirty = this.#recording !== saved;
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
