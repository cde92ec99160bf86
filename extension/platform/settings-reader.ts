import { target } from "virtual:mulberry/build";
import type { SettingsReader } from "#core/ports.ts";
import { parseSettings, type RawSettings } from "./settings.ts";
import {
  onStoredSettingsChanged,
  readStoredSettings,
  writeStoredSetting,
} from "./stored-settings.ts";
import { experiments, type WritableSetting } from "./webext.ts";

/** The extension's own settings, in about:config where we may write it and in storage elsewhere. */
export function createSettingsReader(builtInServerUrl: string): SettingsReader {
  const write = (name: WritableSetting, value: string | boolean): Promise<void> =>
    target === "firefox"
      ? experiments().mulberryPreferences.writeSetting(name, value)
      : writeStoredSetting(name, value);
  return {
    async read() {
      const raw =
        target === "firefox"
          ? rawOf(await experiments().mulberryPreferences.readSettings())
          : await readStoredSettings();
      return parseSettings(raw, builtInServerUrl);
    },
    writeUserId: (userId) => write("user_id", userId),
    writeSwitch: (name, on) => write(name, on),
    writeLastRun: (json) => write("last_run", json),
  };
}

/**
 * Calls `tell` with a setting's name, without `extensions.mulberry.`, after it changed. Must be
 * called while the background script starts, or the browser does not wake it for the change.
 * Names that we write ourselves are left out.
 */
export function onSettingsChanged(tell: (name: string) => void): void {
  if (target === "firefox") experiments().mulberryPreferences.onSettingsChanged.addListener(tell);
  else onStoredSettingsChanged(tell);
}

function rawOf(value: unknown): RawSettings {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
