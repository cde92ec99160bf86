import { writeFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import type { PreferenceEngine } from "#core/ports.ts";
import type { Journal, PreferenceState } from "#core/preferences.ts";
import type { BrowserName } from "#extension/manifest.ts";
import { buildExtension } from "#extension/vite.config.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import type { SettingTable } from "#recipes/settings.ts";

// The contract suite's preferences on a real browser's settings. One of them can hold four values in
// every browser, the other two: whatever the suite calls built in is what the browser has built in.

const four = "privacy.network.webRTCIPHandlingPolicy";
const two = "privacy.services.passwordSavingEnabled";
/** Settings that the suite changes. */
export const contractApis = [four, two];

/** The API's word for each of the suite's values of `test.contract.one`. */
export const contractWords = {
  3: "disable_non_proxied_udp",
  5: "default_public_and_private_interfaces",
  6: "default_public_interface_only",
} as const;

export function contractTable(builtIn: Readonly<Record<string, PreferenceValue>>): SettingTable {
  const rows = Object.entries(builtIn).map(([name, value]): [string, SettingTable[string]] => {
    if (name === "test.contract.two") return [name, { api: two, builtIn: true }];
    const others = Object.entries(contractWords).map(
      ([number, word]): readonly [PreferenceValue, string] => [Number(number), word],
    );
    return [name, { api: four, builtIn: value, values: [[value, "default"], ...others] }];
  });
  return Object.fromEntries(rows);
}

/** Builds an extension that does nothing but hand out an engine, on its page `probe.html`. */
export async function buildSettingsProbe(
  outDir: string,
  build: { readonly browser: BrowserName; readonly release?: boolean },
): Promise<void> {
  await buildExtension({
    ...build,
    outDir,
    root: { payload: "", signatures: [] },
    serverUrl: "http://127.0.0.1:8000",
    background: path.join(import.meta.dirname, "../fixtures/settings-probe.ts"),
  });
  const page = '<!doctype html><script type="module" src="background.js"></script>';
  await writeFile(path.join(outDir, "probe.html"), page);
}

/**
 * The engine of the probe, from afar.
 * @param ask - runs a function's source on the page that holds it now
 */
export function engineFromAfar(
  ask: (source: string, ...args: readonly unknown[]) => Promise<unknown>,
): PreferenceEngine {
  return {
    branches: ["default", "user"],
    async read(names) {
      const pairs = await ask(`(names) => probe.read(names)`, names);
      return new Map(
        v.parse(v.array(v.tuple([v.string(), v.custom<PreferenceState>(() => true)])), pairs),
      );
    },
    journal: async () => (await ask(`() => probe.journal()`)) as Journal,
    async write(changes) {
      await ask(`(changes) => probe.write(changes)`, changes);
    },
  };
}
