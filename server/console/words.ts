import { html } from "hono/html";
import type { Markup } from "./layout.ts";

const dayMs = 86_400_000;

/** A moment, to the minute, in the one time that a whole team shares. */
export function moment(ms: number): Markup {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

/** A share from 0 to 1, as people say it. */
export function percent(share: number): string {
  return `${String(Number((share * 100).toPrecision(3)))} %`;
}

/** How far off a moment is, in days where it is more than one. */
export function distance(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (ms < dayMs) return hours === 1 ? "1 hour" : `${String(Math.max(hours, 0))} hours`;
  const days = Math.floor(ms / dayMs);
  return days === 1 ? "1 day" : `${String(days)} days`;
}

/** Somebody's name; where nobody gave one, whoever holds the data folder. */
export function whoDid(name: string | null): string {
  return name ?? "(data folder)";
}

/** A value as JSON has it, which tells `"1"` from `1`. */
export function written(value: unknown): Markup {
  return html`<code>${value === undefined ? "(nothing)" : JSON.stringify(value)}</code>`;
}

/** A message as a sentence of its own. */
export function sentence(message: string): string {
  return `${message.slice(0, 1).toUpperCase()}${message.slice(1)}${/[.!?…]$/u.test(message) ? "" : "."}`;
}
