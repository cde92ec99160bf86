import * as v from "valibot";
import type { Random } from "#core/ports.ts";
import { localDay, localMidnight } from "./local-time.ts";

/** The moment of this browser in the hour after one local midnight. */
export const nightShape = v.object({
  /** Number of the local day that begins with it. */
  day: v.number(),
  /** In milliseconds since 1970. */
  untilMs: v.number(),
});
export type Night = v.InferOutput<typeof nightShape>;

const hourMs = 60 * 60_000;

/**
 * Every browser of a time zone ends a part of its session at midnight: each sends at a moment of its own
 * in the hour after it, drawn once a night.
 *
 * @param zoneMinutes - by which local time is ahead of UTC
 * @param drawn - the latest night
 * @returns `undefined` outside that hour
 */
export function nightAt(
  nowMs: number,
  zoneMinutes: number,
  drawn: Night | undefined,
  random: Pick<Random, "fraction">,
): Night | undefined {
  const midnightMs = localMidnight(nowMs, zoneMinutes);
  if (nowMs - midnightMs >= hourMs) return undefined;
  const day = localDay(nowMs, zoneMinutes);
  if (drawn?.day === day) return drawn;
  return { day, untilMs: midnightMs + Math.floor(random.fraction() * hourMs) };
}
