import * as v from "valibot";
import type { Random } from "#core/ports.ts";

/** One span from a browser's start to its end, whatever happens to the background page in between. */
export interface Session {
  readonly sessionId: string;
  readonly subsessionId: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
}

const stored = v.object({ sessionId: v.string(), subsessionId: v.string(), startMs: v.number() });

/**
 * The session that began at `startMs`: the stored one where it is the same, else a new one.
 *
 * @param startMs - when the browser process started, as the browser says
 */
export function sessionAt(startMs: number, before: unknown, random: Random): Session {
  const parsed = v.safeParse(stored, before);
  if (parsed.success && parsed.output.startMs === startMs) return parsed.output;
  return { sessionId: random.uuid(), subsessionId: random.uuid(), startMs };
}
