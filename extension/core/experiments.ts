import type { PublishedAddon } from "#recipes/arguments.ts";
import { RecipeError } from "#recipes/errors.ts";
import { parseJson } from "#recipes/json.ts";
import type { ManifestEntry, ManifestPayload } from "#recipes/manifest.ts";
import { memberOf } from "#recipes/members.ts";
import { parseRecipe } from "#recipes/parse.ts";
import type { Verified } from "#recipes/recipe.ts";
import {
  parseTelemetryExperiments,
  studyOf,
  type TelemetryExperiment,
} from "#recipes/telemetry-experiments.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Workbench } from "./apply.ts";
import { bytesFromBase64url } from "./encoding.ts";
import type { AddonStudyEnrollment } from "./enrollment.ts";
import { digest } from "./digest.ts";
import { experimentId, isExperiment } from "./experiment-ids.ts";
import { type ExperimentFlags, readFlags } from "./experiment-flags.ts";
import type { ListedEntry } from "./finalize.ts";
import type { Reading } from "./judge.ts";
import type { Ports, Settings } from "./ports.ts";
import { believeInDevelopment } from "./trust.ts";

// QA's own manifest of Telemetry Experiments, in dev mode: each experiment becomes an add-on study, and goes
// the way of every other recipe. Nothing here is asked where the root is not one for development.

const storeKey = "experiments";
const maxManifestBytes = 1024 * 1024;
const maxAddonBytes = 64 * 1024 * 1024;

/** What a run works on besides the recipes of its server. */
export interface Experiments {
  readonly readings: readonly Reading[];
  /** What is listed; where nothing could be read, everything that runs: it ends nothing. */
  readonly listed: readonly ListedEntry[];
}

const none: Experiments = { readings: [], listed: [] };

interface Parts {
  readonly settings: Settings;
  readonly ports: Ports;
  readonly bench: Workbench;
}

/**
 * Reads them.
 *
 * @param manifest - the server's, which this run verified: it tells whether this is a browser of QA's
 * @param nowMs - the moment that decisions go by
 */
export async function readExperiments(
  manifest: Verified<ManifestPayload>,
  { settings, ports, bench }: Parts,
  nowMs: number,
): Promise<Experiments> {
  const { addons } = ports;
  if (believeInDevelopment(true, manifest, settings) !== true) return none;
  if (addons?.identify === undefined) return none;
  const flags = await readFlags(ports.preferences);
  if (flags.manifestUrl === undefined) return none;
  const value = await manifestAt(flags.manifestUrl, ports);
  if (value === undefined) return { readings: [], listed: running(bench).map(entryOf) };
  const { experiments, findings } = parseTelemetryExperiments(value);
  for (const { code, at } of findings)
    tell(ports, flags, "an experiment was refused", { code, at });
  const readings: Reading[] = [];
  for (const experiment of experiments) {
    const reading = await read(experiment, flags, manifest, { settings, ports, bench }, nowMs);
    if (reading !== undefined) readings.push(reading);
  }
  const listed = experiments.map(({ id }) => ({
    act: "addon-study",
    slug: id,
    id: experimentId(id),
  }));
  return { readings, listed };
}

function running(bench: Workbench): readonly AddonStudyEnrollment[] {
  return bench.book
    .all()
    .filter((one) => one.kind === "addon-study")
    .filter(({ recipeId }) => isExperiment(recipeId));
}

function entryOf({ recipeId: id, slug }: AddonStudyEnrollment): ListedEntry {
  return { act: "addon-study", slug, id };
}

/** What the manifest says now, else what it said last; a server that is away ends nothing. */
async function manifestAt(url: string, { network, store, log }: Ports): Promise<unknown> {
  const answer = await network.get(url, { maxBytes: maxManifestBytes, bypassCaches: true });
  const text =
    answer.kind === "answer" && answer.status === 200 ? decodeUtf8(answer.bytes) : undefined;
  const value = text === undefined ? undefined : jsonOf(text);
  if (value !== undefined) {
    await store.set({ [storeKey]: { url, text } });
    return value;
  }
  log.write("warn", "the manifest of experiments could not be read", { cause: answer.kind });
  const kept = await store.get(storeKey);
  const before = memberOf(kept, "url") === url ? memberOf(kept, "text") : undefined;
  return typeof before === "string" ? jsonOf(before) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text, { maxDepth: 16, code: "recipe/malformed" });
  } catch (error) {
    if (error instanceof RecipeError) return undefined;
    throw error;
  }
}

async function read(
  experiment: TelemetryExperiment,
  flags: ExperimentFlags,
  manifest: Verified<ManifestPayload>,
  { settings, ports, bench }: Parts,
  nowMs: number,
): Promise<Reading | undefined> {
  const id = experimentId(experiment.id);
  const enrollment = running(bench).find(({ recipeId }) => recipeId === id);
  const known = {
    nowMs,
    ...(flags.forcedSample !== undefined && { forcedSample: flags.forcedSample }),
    ...(enrollment !== undefined && {
      startedMs: enrollment.enrolledAtMs,
      branch: enrollment.branch,
    }),
  };
  const fail = (cause: string): void => {
    tell(ports, flags, "an experiment cannot run", { experiment: experiment.id, cause });
  };
  try {
    const bare = { ...known, addon: { extensionApiId: 0 } };
    const isOver = studyOf(experiment, bare).filter_expression === "false";
    // What is over needs no add-on, and what could not be fetched waits for the next run.
    const addon = isOver ? undefined : await addonOf(experiment, enrollment, ports);
    if (typeof addon === "string") {
      fail(addon);
      return undefined;
    }
    const study = studyOf(experiment, {
      ...known,
      addon: { extensionApiId: 0, ...(addon !== undefined && { addon }) },
    });
    const text = JSON.stringify({ id, slug: experiment.id, revision_id: "1", ...study });
    const recipe = believeInDevelopment(parseRecipe(JSON.parse(text)), manifest, settings);
    if (recipe === undefined) return undefined;
    return { kind: "read", entry: manifestEntry(id, experiment, text, nowMs), recipe };
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    fail(`${error.code}${error.at}`);
    return undefined;
  }
}

function manifestEntry(
  id: number,
  experiment: TelemetryExperiment,
  text: string,
  nowMs: number,
): ManifestEntry {
  const identity = { id, slug: experiment.id, rev: "1", act: "addon-study" };
  return { ...identity, sha256: digest(text), len: text.length, mod: Math.floor(nowMs / 1_000) };
}

/** The add-on as a study has it, or why there is none. */
async function addonOf(
  { id, xpiURL, xpiHash }: TelemetryExperiment,
  enrollment: AddonStudyEnrollment | undefined,
  { network, tokens, addons }: Ports,
): Promise<PublishedAddon | string> {
  if (xpiURL === undefined || xpiHash === undefined) return "no-addon";
  const wanted = /^sha256:([0-9a-f]{64})$/iu.exec(xpiHash)?.[1]?.toLowerCase();
  if (wanted === undefined) return "unknown-hash";
  if (enrollment?.addon?.sha256 === wanted) return enrollment.addon;
  const answer = await network.get(xpiURL, { maxBytes: maxAddonBytes });
  if (answer.kind !== "answer" || answer.status !== 200) return "download-failure";
  const bytes = bytesFromBase64url(await tokens.sha256(answer.bytes));
  const sha256 = bytes === undefined ? "" : bytesToHex(bytes);
  if (sha256 !== wanted) return "other-bytes";
  const read = await addons?.identify?.(answer.bytes);
  if (read?.id !== id) return "metadata-mismatch";
  const { version } = read;
  return { url: xpiURL, sha256, size: answer.bytes.byteLength, addon_id: id, version };
}

/** Heard by who asked for it by `experiments.logging.level`. */
function tell(
  { log }: Pick<Ports, "log">,
  { isTold }: ExperimentFlags,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  log.write(isTold ? "error" : "debug", message, fields);
}
