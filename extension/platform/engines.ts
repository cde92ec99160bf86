import { target } from "virtual:mulberry/build";
import type { Log, Ports } from "#core/ports.ts";
import { createAddonEngine, onAddonRemoved as onAddonRemovedBy } from "./addons.ts";
import { createBrowserFacts } from "./browser-facts.ts";
import {
  createPreferenceEngine,
  onPreferenceChanged as onPreferenceChangedBy,
} from "./preferences.ts";
import { onUnprivilegedChange, unprivilegedEngines, unprivilegedUnheard } from "./unprivileged.ts";
import { experiments } from "./webext.ts";

/** What depends on what the browser lets an extension do. */
export type Engines = Pick<Ports, "preferences" | "addons" | "facts">;

/** The engines of this build; the others are not in it. */
export function createEngines(log: Log): Engines {
  if (target !== "firefox") return unprivilegedEngines(log);
  const { mulberryPreferences, mulberryAddons } = experiments();
  return {
    preferences: createPreferenceEngine(mulberryPreferences),
    addons: createAddonEngine(mulberryAddons),
    facts: createBrowserFacts(),
  };
}

/**
 * Calls `tell` with the name of a preference after another hand may have changed it. Must be called
 * while the background script starts, or the browser does not wake it.
 */
export function onPreferenceChanged(tell: (name: string) => void): void {
  if (target === "firefox") onPreferenceChangedBy(experiments().mulberryPreferences, tell);
  else onUnprivilegedChange(tell);
}

/** Preferences whose changes are not all told: to be looked at whenever the background script starts. */
export const unheard: readonly string[] = target === "firefox" ? [] : unprivilegedUnheard;

/** Calls `tell` with the id of every add-on that somebody else removed; as `onPreferenceChanged`. */
export function onAddonRemoved(tell: (id: string) => void): void {
  if (target === "firefox") onAddonRemovedBy(experiments().mulberryAddons, tell);
}
