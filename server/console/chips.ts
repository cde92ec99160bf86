import { html } from "hono/html";
import type { Glance, Outlook } from "../authoring/glance.ts";
import type { Markup } from "./layout.ts";
import { distance, percent } from "./words.ts";

/** What ends within so many milliseconds is said to end soon. */
const soonMs = 7 * 86_400_000;

/** Where a recipe stands, in a few words; the colour says no more than they do. */
export function chips(
  { state, recipe, waits, isKilled }: Glance,
  outlook: Outlook,
  nowMs: number,
): readonly Markup[] {
  const { share, endsMs, isPaused } = outlook;
  const isLive = state === "live";
  return [
    ...(isKilled ? [chip("bad", "Killed")] : []),
    isLive
      ? chip("good", share < 1 ? `Live at ${percent(share)}` : "Live")
      : chip("plain", state === "stopped" ? "Stopped" : "Draft"),
    ...(waits === undefined ? [] : [chip("accent", "Waits for review")]),
    ...(isLive && recipe.live !== recipe.latest ? [chip("plain", "Newer draft")] : []),
    ...(isLive && isPaused ? [chip("bad", "Nobody enters")] : []),
    ...(isLive ? ending(endsMs, nowMs) : []),
  ];
}

function ending(endsMs: number | undefined, nowMs: number): readonly Markup[] {
  if (endsMs === undefined || endsMs - nowMs > soonMs) return [];
  if (endsMs <= nowMs) return [chip("bad", "Its time is over")];
  return [chip("bad", `Ends in ${distance(endsMs - nowMs)}`)];
}

function chip(kind: "good" | "bad" | "accent" | "plain", text: string): Markup {
  return html`<span class="chip ${kind}">${text}</span> `;
}
