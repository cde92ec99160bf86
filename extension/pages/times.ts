import type { Words } from "./words.ts";

const dayMs = 86_400_000;

/** How a person's locale writes times; tests give both, the page takes the browser's own. */
export interface TimeStyle {
  readonly locale?: string;
  readonly timeZone?: string;
}

/**
 * A moment as it reads in a sentence: `today at 14:05`, `yesterday at 09:12`, `on 3 Dec 2026 at …`.
 *
 * @param ms - milliseconds since 1970
 */
export function whenText(ms: number, nowMs: number, words: Words, style: TimeStyle = {}): string {
  const zone = style.timeZone === undefined ? {} : { timeZone: style.timeZone };
  const day = new Intl.DateTimeFormat(style.locale, { dateStyle: "medium", ...zone });
  const time = new Intl.DateTimeFormat(style.locale, { timeStyle: "short", ...zone });
  const date = day.format(ms);
  if (date === day.format(nowMs)) return words("time_today", time.format(ms));
  // A day may have 23 or 25 hours: noon of today less a day is in yesterday on either.
  if (ms < nowMs && date === day.format(nowMs - hoursIntoDay(nowMs, zone) - dayMs / 2))
    return words("time_yesterday", time.format(ms));
  return words("time_on_day", date, time.format(ms));
}

/** A date alone, for lists of what is long over. */
export function dayText(ms: number, style: TimeStyle = {}): string {
  const zone = style.timeZone === undefined ? {} : { timeZone: style.timeZone };
  return new Intl.DateTimeFormat(style.locale, { dateStyle: "medium", ...zone }).format(ms);
}

/** A moment to come: `3 Dec 2026, 14:05`. */
export function momentText(ms: number, style: TimeStyle = {}): string {
  const zone = style.timeZone === undefined ? {} : { timeZone: style.timeZone };
  const parts = { dateStyle: "medium", timeStyle: "short", ...zone } as const;
  return new Intl.DateTimeFormat(style.locale, parts).format(ms);
}

/** Milliseconds, to the minute, that have passed since local midnight. */
function hoursIntoDay(ms: number, zone: { readonly timeZone?: string }): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    ...zone,
  }).formatToParts(ms);
  const number = (type: string): number =>
    Number(parts.find((part) => part.type === type)?.value ?? 0);
  return (number("hour") * 60 + number("minute")) * 60_000;
}
