import browser from "webextension-polyfill";
import type { TurnableName } from "#core/ports.ts";

// The only place that gets hold of the browser. A build puts its own object here: every browser that we
// build for answers with promises, so that the polyfill gives no more than its name and its types.

export { browser };

/** An event of one of our privileged APIs. */
interface ExperimentEvent {
  addListener(listener: (name: string) => unknown): void;
  removeListener(listener: (name: string) => unknown): void;
}

/** What we write ourselves, or for the person who uses our page. */
export type WritableSetting = "user_id" | "last_run" | "safe_mode" | "trust_floor" | TurnableName;

/** `extension/experiments/preferences`. What comes back is unknown: the adapter parses it. */
export interface PreferencesExperiment {
  read(names: readonly string[]): Promise<unknown>;
  journal(): Promise<unknown>;
  write(changes: readonly unknown[]): Promise<void>;
  revive(owner: string, slug: string): Promise<void>;
  startup(): Promise<unknown>;
  readSettings(): Promise<unknown>;
  writeSetting(name: WritableSetting, value: string | boolean): Promise<void>;
  readonly onChanged: ExperimentEvent;
  readonly onSettingsChanged: ExperimentEvent;
}

/** `extension/experiments/addons`. */
export interface AddonsExperiment {
  find(id: string): Promise<unknown>;
  adopt(id: string, hashes: readonly string[]): Promise<void>;
  install(addon: {
    readonly bytes: ArrayBuffer;
    readonly addonId: string;
    readonly version: string;
    readonly replace: boolean;
  }): Promise<unknown>;
  identify(bytes: ArrayBuffer): Promise<unknown>;
  uninstall(id: string): Promise<void>;
  readonly onUninstalled: ExperimentEvent;
}

/** `extension/experiments/facts`. */
export interface FactsExperiment {
  read(name: string): Promise<unknown>;
  readAll(names: readonly string[]): Promise<unknown>;
  application(): Promise<unknown>;
}

/** `extension/experiments/loads`. */
interface LoadsExperiment {
  take(): Promise<unknown>;
}

export interface Experiments {
  readonly mulberryPreferences: PreferencesExperiment;
  readonly mulberryAddons: AddonsExperiment;
  readonly mulberryFacts: FactsExperiment;
  readonly mulberryLoads: LoadsExperiment;
}

/**
 * Our privileged APIs, which a build for Firefox counts on.
 * @throws Error `experiment/absent` in a Firefox that lets no extension bring its own
 */
export function experiments(): Experiments {
  const candidate: object = browser;
  if (!hasExperiments(candidate)) throw new Error("experiment/absent");
  return candidate;
}

function hasExperiments(candidate: object): candidate is Experiments {
  return (
    "mulberryPreferences" in candidate &&
    "mulberryAddons" in candidate &&
    "mulberryFacts" in candidate &&
    "mulberryLoads" in candidate
  );
}
