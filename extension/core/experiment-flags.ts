import type { PreferenceEngine } from "./ports.ts";

// Telemetry Experiments' own preferences, under the names that QA knows. They are read in dev mode alone.

const names = {
  uri: "experiments.manifest.uri",
  sample: "experiments.force-sample-value",
  level: "experiments.logging.level",
  attributes: "experiments.manifest.cert.checkAttributes",
} as const;

/** `Info` of Firefox's log: at this level and below it, QA wants to hear why an experiment does not run. */
const infoLevel = 40;
const defaultLevel = 50;

const secure = /^https:\/\/[^\s/?#@\\]+(?:[/?#]\S*)?$/iu;
const ownMachine = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?(?:[/?#]\S*)?$/iu;

/** What QA has said. */
export interface ExperimentFlags {
  /** Where the manifest is; `undefined` where none is named, or none that may be asked. */
  readonly manifestUrl?: string;
  /** In place of the number that chance would draw for a sample. */
  readonly forcedSample?: number;
  /** Whether it is told, whatever the extension's own level, why an experiment does not run. */
  readonly isTold: boolean;
}

/**
 * Reads them. `https:` is always asked; `http:`, on this machine, only where the manifest's certificate is
 * not to be looked at: an extension sees no certificate, and leaves that to the browser.
 */
export async function readFlags(preferences: PreferenceEngine): Promise<ExperimentFlags> {
  const states = await preferences.read(Object.values(names));
  const valueOf = (name: string): unknown => {
    const state = states.get(name);
    return state?.user ?? state?.default;
  };
  const uri = valueOf(names.uri);
  const mayBePlain = valueOf(names.attributes) === false;
  const isAsked =
    typeof uri === "string" && (secure.test(uri) || (mayBePlain && ownMachine.test(uri)));
  const sample = Number.parseFloat(String(valueOf(names.sample)));
  const level = valueOf(names.level);
  return {
    ...(isAsked && { manifestUrl: uri }),
    ...(Number.isFinite(sample) && { forcedSample: sample }),
    isTold: (typeof level === "number" ? level : defaultLevel) <= infoLevel,
  };
}
