import type { StoredSession } from "../store/ports-people.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How long a session lives, all in milliseconds. */
export const sessionLife = {
  /** From its opening: a working day, whatever is done in it. */
  wholeMs: 12 * hourMs,
  /** From its last use. */
  idleMs: 2 * hourMs,
  /** How often its use is written down. */
  noteMs: minuteMs,
} as const;

/** Whether a session is worth nothing any more. */
export function isOver({ createdMs, seenMs }: StoredSession, nowMs: number): boolean {
  return nowMs - createdMs >= sessionLife.wholeMs || nowMs - seenMs >= sessionLife.idleMs;
}
