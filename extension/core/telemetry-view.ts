import type { TurnableName } from "./ports.ts";

// What the Telemetry page asks of the background, and what it answers.

/** The person's switches for what is measured and sent. */
export const telemetrySwitches = [
  "telemetry_enabled",
  "extended_telemetry_enabled",
] as const satisfies readonly TurnableName[];
export type TelemetrySwitch = (typeof telemetrySwitches)[number];

/**
 * What has not become a ping yet: what was measured in the part of the session that goes on now, the
 * same over all parts of this session, and events.
 */
export const gatherings = ["main", "session", "event"] as const;
export type Gathering = (typeof gatherings)[number];

/** One ping that is whole. */
export interface PingListed {
  readonly id: string;
  readonly type: string;
  /** In milliseconds since 1970; `sentMs` is `null` while it waits. */
  readonly createdMs: number;
  readonly sentMs: number | null;
}

/** All that the Telemetry page shows. */
export interface TelemetryView {
  /** Whether reports are on, and whether the extended data set is to be measured for them. */
  readonly isOn: boolean;
  readonly isExtended: boolean;
  /** Switches that an administrator holds. */
  readonly administered: readonly TelemetrySwitch[];
  /** Where pings go; `null` where no server may be asked. */
  readonly server: string | null;
  /** `null` before the first ping, and while reports are off. */
  readonly clientId: string | null;
  /** What waits, then what was sent, each newest first. */
  readonly pings: readonly PingListed[];
  /** What was asked for; `null` where it is not there, or no longer. */
  readonly shown: {
    /** A gathering, or the ping's id. */
    readonly what: string;
    /** The ping; while it is gathered, as it would be if it were made now. */
    readonly json: string;
    /** Of a session: how many of its parts are at hand, and how many there were. */
    readonly parts: { readonly found: number; readonly of: number } | null;
  } | null;
}
