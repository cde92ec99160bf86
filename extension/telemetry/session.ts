import * as v from "valibot";
import type { Random } from "#core/ports.ts";

/**
 * One span from a browser's start to its end, whatever happens to the background page in between, and the
 * part of it that goes on now: each part names the one before it, so that a missing one is seen.
 */
export interface Session {
  readonly sessionId: string;
  readonly subsessionId: string;
  /** When the browser started, in milliseconds since 1970. */
  readonly startMs: number;
  /** When this part of the session began, in milliseconds since 1970. */
  readonly subsessionStartMs: number;
  readonly previousSessionId: string | null;
  readonly previousSubsessionId: string | null;
  /** Parts of this session so far, this one among them. */
  readonly subsessionCounter: number;
  /** The same of all sessions of the profile. */
  readonly profileSubsessionCounter: number;
  /** The browser's build in the session before; `null` where that is not known. */
  readonly lastBuildId: string | null;
}

export const sessionShape: v.GenericSchema<unknown, Session> = v.object({
  sessionId: v.string(),
  subsessionId: v.string(),
  startMs: v.number(),
  subsessionStartMs: v.number(),
  previousSessionId: v.nullable(v.string()),
  previousSubsessionId: v.nullable(v.string()),
  subsessionCounter: v.number(),
  profileSubsessionCounter: v.number(),
  lastBuildId: v.nullable(v.string()),
});

/**
 * The session that began at `startMs`: the one before where it is the same, else the next.
 *
 * @param startMs - when the browser process started, as the browser says
 * @param buildId - the browser's build in the session before
 */
export function sessionAt(
  startMs: number,
  before: Session | undefined,
  buildId: string | null,
  random: Random,
): Session {
  if (before === undefined) return firstSession(startMs, random);
  if (before.startMs === startMs) return before;
  return {
    ...firstSession(startMs, random),
    previousSessionId: before.sessionId,
    previousSubsessionId: before.subsessionId,
    profileSubsessionCounter: before.profileSubsessionCounter + 1,
    lastBuildId: buildId,
  };
}

/** One that follows none. */
export function firstSession(startMs: number, random: Random): Session {
  return {
    sessionId: random.uuid(),
    subsessionId: random.uuid(),
    startMs,
    subsessionStartMs: startMs,
    previousSessionId: null,
    previousSubsessionId: null,
    subsessionCounter: 1,
    profileSubsessionCounter: 1,
    lastBuildId: null,
  };
}

/** The next part of the same session. */
export function nextSubsession(session: Session, nowMs: number, random: Random): Session {
  return {
    ...session,
    subsessionId: random.uuid(),
    subsessionStartMs: nowMs,
    previousSubsessionId: session.subsessionId,
    subsessionCounter: session.subsessionCounter + 1,
    profileSubsessionCounter: session.profileSubsessionCounter + 1,
  };
}
