import { wireLimits } from "#recipes/manifest.ts";

/** The one time of a run, read once. */
export interface RunTime {
  /** What is measured against, in seconds since 1970. */
  readonly seconds: number;
  /** What the browser's clock says. */
  readonly localSeconds: number;
  /** The clock is further behind than the wire allows for: no telling what is still valid. */
  readonly isBehind: boolean;
}

/** A clock that is further than this from a server's is wrong, or the server's is: in seconds. */
const apartSeconds = 86_400;

/** @param dateSeconds - what a server takes for now, where it says so. It is not signed: it may only keep from things */
export function isApart({ localSeconds }: RunTime, dateSeconds: number | undefined): boolean {
  return dateSeconds !== undefined && Math.abs(dateSeconds - localSeconds) > apartSeconds;
}

/** @param lowestSeconds - it cannot be earlier: something that is believed was made then */
export function runTime(nowMs: number, lowestSeconds: number): RunTime {
  const localSeconds = Math.floor(nowMs / 1000);
  const isEarly = localSeconds < lowestSeconds - wireLimits.clockToleranceSeconds;
  return {
    seconds: isEarly ? lowestSeconds : localSeconds,
    localSeconds,
    isBehind: localSeconds < lowestSeconds - wireLimits.clockSlackSeconds,
  };
}
