const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Minutes by which local time is ahead of UTC at a moment. */
export function zoneMinutesAt(ms: number): number {
  return 0 - new Date(ms).getTimezoneOffset();
}

/** The number of the local day that a moment lies in. */
export function localDay(ms: number, zoneMinutes: number): number {
  return Math.floor((ms + zoneMinutes * minuteMs) / dayMs);
}

/** When the local day began that a moment lies in, in milliseconds since 1970. */
export function localMidnight(ms: number, zoneMinutes: number): number {
  return localDay(ms, zoneMinutes) * dayMs - zoneMinutes * minuteMs;
}

/**
 * The local hour that a moment lies in, as Firefox writes it: `2016-11-22T15:00:00.0-08:00`. The exact
 * moment would be another identifier.
 */
export function localHour(ms: number, zoneMinutes: number): string {
  const local = new Date(ms + zoneMinutes * minuteMs).toISOString();
  const zone = Math.abs(zoneMinutes);
  const hours = String(Math.floor(zone / 60)).padStart(2, "0");
  const minutes = String(zone % 60).padStart(2, "0");
  const sign = zoneMinutes < 0 ? "-" : "+";
  return `${local.slice(0, "YYYY-MM-DDThh".length)}:00:00.0${sign}${hours}:${minutes}`;
}
