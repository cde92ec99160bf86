import { clock } from "./clock.ts";
import { createManagedSettings, managedKey } from "./managed-settings.ts";
import { ownName, settingPrefix, type RawSettings } from "./settings.ts";
import { store } from "./store.ts";
import { browser, type WritableSetting } from "./webext.ts";

// The extension's own settings where there is no about:config: the same names in `storage.managed`,
// which an administrator fills, or in `storage.local`, which QA does. The administrator's hold.

const readManaged = createManagedSettings({
  ask: () => browser.storage.managed.get(null),
  async isExpected() {
    return (await browser.management.getSelf()).installType === "admin";
  },
  store,
  clock,
});

/** Settings by the rest of their name. */
export async function readStoredSettings(): Promise<RawSettings> {
  const [managed, local] = await Promise.all([readManaged(), browser.storage.local.get(null)]);
  return { ...ours({ ...local, ...managed }), administered: Object.keys(ours(managed)) };
}

function ours(area: Readonly<Record<string, unknown>>): RawSettings {
  return Object.fromEntries(
    Object.entries(area)
      .filter(([key]) => key.startsWith(settingPrefix))
      .map(([key, value]) => [ownName(key), value]),
  );
}

export function writeStoredSetting(name: WritableSetting, value: string | boolean): Promise<void> {
  return browser.storage.local.set({ [settingPrefix + name]: value });
}

/** Calls `tell` with the rest of a setting's name after it changed; those that we write are left out. */
export function onStoredSettingsChanged(tell: (name: string) => void): void {
  browser.storage.onChanged.addListener((changes) => {
    const { [managedKey]: managed, ...others } = changes;
    const keys = [
      ...Object.keys(others),
      ...keysOf(managed?.oldValue),
      ...keysOf(managed?.newValue),
    ];
    for (const key of new Set(keys)) {
      const name = ownName(key);
      if (key.startsWith(settingPrefix) && name !== "user_id" && name !== "last_run") tell(name);
    }
  });
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}
