import type { Ping } from "#telemetry/pings.ts";
import { sendFailureId } from "#telemetry/send-failures.ts";

/** Which browsers a report is about; what is left out restricts nothing. */
export interface BrowserRange {
  /** Builds from this moment on: `YYYYMMDDhhmmss` or the beginning of it, for example a day. */
  readonly buildFrom?: string | undefined;
  /** Builds to the end of this moment: of `20170505`, every build of that day. */
  readonly buildTo?: string | undefined;
  /** The release channel, to the letter. */
  readonly channel?: string | undefined;
}

/** One way to fail, and how often it was met. */
export interface FailureRow {
  /** Everything that an entry of the log says but its id and its moment: a kind and a detail. */
  readonly failure: readonly string[];
  readonly count: number;
  /** Of all failures in the report, for example `72.16%`. */
  readonly share: string;
}

/** How sending failed, the most frequent way first. */
export interface FailureReport {
  /** Pings in the range, with and without failures. */
  readonly pings: number;
  readonly total: number;
  readonly rows: readonly FailureRow[];
}

/** How often each way to fail was met. */
export type FailureCounts = readonly (readonly [failure: readonly string[], count: number])[];

/** Whether a text can be a bound of a range of builds. */
export function isBuildText(text: string): boolean {
  return /^\d{4,14}$/u.test(text);
}

/** Counts what the logs of pings in a range say about sending. */
export async function reportSendFailures(
  stored: AsyncIterable<{ readonly ping: Ping }>,
  range: BrowserRange = {},
): Promise<FailureReport> {
  // A list is no key: its JSON is.
  const counts = new Map<string, { readonly failure: readonly string[]; count: number }>();
  let pings = 0;
  for await (const { ping } of stored) {
    if (!isInRange(ping, range)) continue;
    pings += 1;
    for (const failure of failuresOf(ping)) {
      const key = JSON.stringify(failure);
      const entry = counts.get(key) ?? { failure, count: 0 };
      entry.count += 1;
      counts.set(key, entry);
    }
  }
  const all = [...counts.values()].map(({ failure, count }) => [failure, count] as const);
  return { pings, ...tabulate(all) };
}

/** Shares and order of what was counted; ways that were met equally often stand in the order of their words. */
export function tabulate(counts: FailureCounts): Pick<FailureReport, "total" | "rows"> {
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const rows = counts
    .map(([failure, count]) => ({ failure, count, share: percent(count / total) }))
    .sort((a, b) => b.count - a.count || compare(a.failure.join("\n"), b.failure.join("\n")));
  return { total, rows };
}

/**
 * A share from 0 to 1 with two digits, as Python's `{:.2%}` writes it: where the next digits are
 * exactly one half, to the even neighbour.
 */
export function percent(share: number): string {
  const value = share * 100;
  // Of all halves of a hundredth a binary number holds only the odd eighths; `toFixed` rounds those up.
  const isTie = Math.abs((value * 8) % 2) === 1;
  const below = Math.floor(value * 100);
  const rounded = isTie ? (below + (below % 2)) / 100 : value;
  return `${rounded.toFixed(2)}%`;
}

function isInRange({ application }: Ping, { buildFrom, buildTo, channel }: BrowserRange): boolean {
  const { buildId } = application;
  if (channel !== undefined && application.channel !== channel) return false;
  if (buildFrom === undefined && buildTo === undefined) return true;
  // A browser that does not tell its build is in no range of builds.
  if (!/^\d/u.test(buildId)) return false;
  return (
    (buildFrom === undefined || buildId >= buildFrom) &&
    (buildTo === undefined || buildId.slice(0, buildTo.length) <= buildTo)
  );
}

function failuresOf(ping: Ping): readonly (readonly string[])[] {
  if (ping.type !== "main") return [];
  const log: readonly (readonly [id: string, moment: number, ...rest: string[]])[] =
    ping.payload.log ?? [];
  return log.filter(([id]) => id === sendFailureId).map(([, , ...failure]) => failure);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
