import type { ChangeView, StudiesView } from "#core/messages.ts";
import { endOfFilter } from "./conditions.ts";
import { isRollout } from "./arrange.ts";

/**
 * Everything that the page shows, as data that a person can keep or hand on. Times are ISO 8601.
 *
 * @returns JSON `{format, exportedAt, server, enabled, switches, administered, lastRun, running, ended}`
 */
export function exportText(view: StudiesView, nowMs: number): string {
  const { changes, server, enabled, switches, administered, lastRun } = view;
  const data = {
    format: "mulberry-studies/1",
    exportedAt: isoText(nowMs),
    server,
    enabled,
    switches,
    administered,
    lastRun,
    running: changes.filter(({ isLive }) => isLive).map(exported),
    ended: changes.filter(({ isLive }) => !isLive).map(exported),
  };
  return `${JSON.stringify(data, undefined, 2)}\n`;
}

/** The file's name: `mulberry-studies-2026-11-22.json`. */
export function exportName(nowMs: number): string {
  return `mulberry-studies-${isoText(nowMs).slice(0, 10)}.json`;
}

function exported({
  key: _key,
  isLive: _isLive,
  startedMs,
  endedMs,
  told,
  ...rest
}: ChangeView): unknown {
  const untilMs =
    endedMs === undefined && !isRollout(rest.kind) ? endOfFilter(rest.filter ?? "") : undefined;
  return {
    ...rest,
    since: isoText(startedMs),
    ...(untilMs === undefined ? {} : { until: isoText(untilMs) }),
    ...(endedMs === undefined ? {} : { ended: isoText(endedMs) }),
    told: told.map(({ sentMs, ...event }) => ({
      ...event,
      sentAt: sentMs === null ? null : isoText(sentMs),
    })),
  };
}

function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
