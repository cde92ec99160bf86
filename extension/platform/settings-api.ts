import { target } from "virtual:mulberry/build";
import * as v from "valibot";
import type { SettingTable } from "#recipes/settings.ts";
import type { SettingsApi } from "./settings-engine.ts";
import type { Control } from "./settings-state.ts";
import { browser } from "./webext.ts";

/** One setting of `privacy.*` or `browserSettings.*`. */
interface BrowserSetting {
  get(details: object): Promise<unknown>;
  set(details: { readonly value: unknown }): Promise<unknown>;
  clear(details: object): Promise<unknown>;
  readonly onChange: { addListener(tell: () => void): void };
}

const details = v.object({ value: v.unknown(), levelOfControl: v.string() });

/** The settings APIs of this browser. */
export const settingsApi: SettingsApi = {
  // In Firefox a setting is made of preferences, which about:config shows and lets people change.
  isExclusive: target === "chromium",
  has: (api) => settingAt(api) !== undefined,
  async get(api) {
    const { value, levelOfControl } = v.parse(details, await known(api).get({}));
    return { value, control: controlOf(levelOfControl) };
  },
  async set(api, value) {
    await known(api).set({ value });
  },
  async clear(api) {
    await known(api).clear({});
  },
};

/**
 * Calls `tell` with a preference's name after another extension, a policy or we changed its setting.
 * Must be called while the background script starts, or the browser does not wake it.
 */
export function onSettingChanged(table: SettingTable, tell: (name: string) => void): void {
  for (const [name, { api }] of Object.entries(table))
    settingAt(api)?.onChange.addListener(() => {
      tell(name);
    });
}

function controlOf(level: string): Control {
  switch (level) {
    case "controlled_by_this_extension":
      return "ours";
    case "controllable_by_this_extension":
      return "free";
    case "controlled_by_other_extensions":
      return "taken-over";
    default:
      return "locked";
  }
}

function known(api: string): BrowserSetting {
  const setting = settingAt(api);
  if (setting === undefined) throw new Error("setting/unknown");
  return setting;
}

function settingAt(api: string): BrowserSetting | undefined {
  let place: unknown = browser;
  for (const name of api.split("."))
    place = typeof place === "object" && place !== null ? Reflect.get(place, name) : undefined;
  return isSetting(place) ? place : undefined;
}

function isSetting(place: unknown): place is BrowserSetting {
  return typeof place === "object" && place !== null && "get" in place && "onChange" in place;
}
