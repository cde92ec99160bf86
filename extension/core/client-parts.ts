import type { Workbench } from "./apply.ts";
import type { Ports, Settings } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { RunNeeds, RunReport } from "./run.ts";
import type { StudyPingRefusal, StudyRecording, StudySubmission } from "./study-messages.ts";

// What a client is put together from.

/** The measuring side, as the composition root hands it in. */
export interface Telemetry {
  /**
   * @param startMs - when the browser process started
   * @param hasEndedWell - whether the last session is known to have ended as it should
   */
  openRecorder(startMs: number, hasEndedWell: boolean): Promise<Recorder>;
  /**
   * Telemetry is off: drops what was recorded and what waits, and who this is.
   * @returns whether a wish to be forgotten has to be sent
   */
  forget(bench: Pick<Workbench, "heartbeats">): Promise<boolean>;
  /**
   * A study's add-on has a ping of its own.
   * @returns why it is not sent, where it is not
   */
  submit(
    submission: StudySubmission,
    bench: Pick<Workbench, "book">,
  ): Promise<StudyPingRefusal | undefined>;
  /** A study's add-on records a value. Nothing is thrown for what it is; what cannot be kept is counted. */
  record(recording: StudyRecording): Promise<void>;
  /**
   * Makes pings of what was recorded and sends them, or drops them where telemetry is off; answers when to
   * come back, if ever.
   */
  flush(
    bench: Pick<Workbench, "book" | "heartbeats">,
    settings: Settings,
    reason: "periodic" | "max",
  ): Promise<{ readonly nextMs?: number }>;
}

export interface ClientParts {
  readonly ports: Ports;
  /** One run. It is asked for only when it is due: most wake-ups of the background page do something smaller. */
  readonly run: (needs: RunNeeds) => Promise<RunReport | undefined>;
  /** Whether something is to stop, at a start that no run follows. */
  readonly heedHalt: (needs: {
    readonly settings: Settings;
    readonly ports: Ports;
    readonly bench: Workbench;
  }) => Promise<void>;
  readonly telemetry: Telemetry;
  /** Slugs of rollouts that the build says are no longer needed. */
  readonly graduationSet?: ReadonlySet<string>;
  /** Asks to be woken at that moment, in milliseconds since 1970. */
  readonly wakeAt: (
    name: "run" | "telemetry" | "settled" | "measure",
    whenMs: number,
  ) => Promise<void>;
}
