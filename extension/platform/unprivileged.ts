import { denied, target } from "virtual:mulberry/build";
import * as v from "valibot";
import { chromiumSettings, firefoxSettings } from "#recipes/settings.ts";
import type { Log } from "#core/ports.ts";
import { preferenceValue } from "./journal-record.ts";
import { createBrowserFacts } from "./browser-facts.ts";
import type { Engines } from "./engines.ts";
import { onSettingChanged, settingsApi } from "./settings-api.ts";
import { SettingsEngine } from "./settings-engine.ts";
import { ownName } from "./settings.ts";
import { store } from "./store.ts";
import { readStoredSettings } from "./stored-settings.ts";

// A browser without our privileged APIs: preferences are settings, nobody installs an add-on for us,
// and less is known.

const table = target === "chromium" ? chromiumSettings : firefoxSettings;

export function unprivilegedEngines(log: Log): Engines {
  return {
    preferences: new SettingsEngine({ table, api: settingsApi, store, log, denied, own: readOwn }),
    facts: createBrowserFacts(),
  };
}

async function readOwn(key: string): Promise<boolean | string | number | null> {
  const settings = await readStoredSettings();
  const name = ownName(key);
  const read = v.safeParse(preferenceValue, Object.hasOwn(settings, name) ? settings[name] : null);
  return read.success ? read.output : null;
}

export function onUnprivilegedChange(tell: (name: string) => void): void {
  onSettingChanged(table, tell);
}

/** What a person does in Firefox's about:config below our control no event tells. */
export const unprivilegedUnheard: readonly string[] =
  target === "firefox-release" ? Object.keys(firefoxSettings) : [];
