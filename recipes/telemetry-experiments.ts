import * as v from "valibot";
import { noBranchesMarker } from "./aliases.ts";
import type { PublishedAddon } from "./arguments.ts";
import type { RecipeError } from "./errors.ts";
import { numberLiteral, textList, textLiteral } from "./filter-text.ts";
import { toFindings } from "./findings.ts";
import { isObject, memberOf } from "./members.ts";
import { pointerTo } from "./pointer.ts";

// Telemetry Experiments: what Firefox ran before Normandy. A manifest lists add-ons with the conditions
// under which a browser runs one. Each is an add-on study of one branch; which branch a browser is in, the
// add-on says itself.

const text = v.pipe(v.string(), v.minLength(1));
const texts = v.array(text);
/** Seconds since 1970, up to the year 9999. */
const seconds = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(253_402_300_799));
const buildId = v.pipe(v.string(), v.regex(/^\d{1,14}$/u));
const version = v.pipe(text, v.regex(/^[\w.*+!-]+$/u));

const conditions = v.object({
  /** The add-on's id, which is the experiment's. */
  id: text,
  xpiURL: v.optional(text),
  /** Name of the algorithm, a colon, hex. */
  xpiHash: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9]+:[0-9a-fA-F]+$/u))),
  startTime: v.optional(seconds),
  endTime: v.optional(seconds),
  maxStartTime: v.optional(seconds),
  maxActiveSeconds: v.optional(seconds),
  appName: v.optional(texts),
  channel: v.optional(texts),
  /** As Firefox names them: `WINNT`, `Darwin`, `Linux`. */
  os: v.optional(texts),
  locale: v.optional(texts),
  version: v.optional(texts),
  minVersion: v.optional(version),
  maxVersion: v.optional(version),
  minBuildID: v.optional(buildId),
  maxBuildID: v.optional(buildId),
  buildIDs: v.optional(v.array(buildId)),
  /** A share of all browsers, from 0 to 1. */
  sample: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
  disabled: v.optional(v.boolean(), false),
  frozen: v.optional(v.boolean(), false),
});

/** What stands around the conditions where an experiment's own file is meant, before it is published. */
const around = v.object({
  publish: v.optional(v.boolean(), true),
  priority: v.optional(v.pipe(v.number(), v.safeInteger()), 0),
  name: v.optional(v.string(), ""),
  description: v.optional(v.string(), ""),
});

/** One experiment of a manifest. */
export type TelemetryExperiment = v.InferOutput<typeof conditions> &
  Omit<v.InferOutput<typeof around>, "publish"> & {
    /** Where it stands in the manifest, as a JSON Pointer. */
    readonly at: string;
  };

/** What can be told of an experiment's conditions by now; what cannot is left to the browser's filter. */
export interface KnownByNow {
  /** Milliseconds since 1970; absent: the filter asks for the server's clock. */
  readonly nowMs?: number;
  /** When it began in this browser; absent where it has not. */
  readonly startedMs?: number;
  /** The number that QA draws in place of chance, from 0 to 1. */
  readonly forcedSample?: number;
}

/** Whether a value is a manifest of Telemetry Experiments, or one experiment of such a manifest. */
export function isTelemetryExperiments(value: unknown): boolean {
  return (
    Array.isArray(memberOf(value, "experiments")) ||
    isObject(memberOf(value, "manifest")) ||
    memberOf(value, "maxActiveSeconds") !== undefined
  );
}

/**
 * Reads a manifest: one experiment as its author's file has it (`manifest` holds the conditions), or as it is
 * published (the conditions stand by themselves), or an object whose `experiments` are a list of either. What
 * is not to be published is left out; the rest comes in the order of its priority, as the list has it.
 *
 * @returns experiments, and what was refused of the others
 */
export function parseTelemetryExperiments(value: unknown): {
  readonly experiments: readonly TelemetryExperiment[];
  readonly findings: readonly RecipeError[];
} {
  const list = memberOf(value, "experiments");
  const items: readonly (readonly [unknown, readonly (string | number)[]])[] = Array.isArray(list)
    ? list.map((item: unknown, index) => [item, ["experiments", index]] as const)
    : [[value, []]];
  const findings: RecipeError[] = [];
  const experiments: TelemetryExperiment[] = [];
  for (const [item, path] of items) {
    const nested = memberOf(item, "manifest");
    const base = nested === undefined ? path : [...path, "manifest"];
    const outside = v.safeParse(around, nested === undefined ? {} : item);
    const inside = v.safeParse(conditions, nested ?? item);
    if (!inside.success || !outside.success) {
      findings.push(
        ...toFindings(outside.issues ?? [], { base: path }),
        ...toFindings(inside.issues ?? [], { base }),
      );
      continue;
    }
    const { publish, ...rest } = outside.output;
    if (publish) experiments.push({ ...inside.output, ...rest, at: pointerTo(base) });
  }
  const inOrder = experiments.toSorted((a, b) => a.priority - b.priority);
  return { experiments: inOrder, findings };
}

/**
 * An experiment as an add-on study, under its add-on's id.
 *
 * @param options.addon - what its add-on is called and where it is: a number of a server's, or all of it
 * @param options.branch - the one that its add-on has set in this browser
 * @throws RecipeError `filter/forbidden` for a text that no filter can write
 */
export function studyOf(
  experiment: TelemetryExperiment,
  options: KnownByNow & {
    readonly addon: { readonly extensionApiId: number; readonly addon?: PublishedAddon };
    readonly branch?: string;
  },
): {
  readonly name: string;
  readonly action: "addon-study";
  readonly arguments: object;
  readonly filter_expression: string;
} {
  const { id, name, description, frozen } = experiment;
  const shown = name === "" ? id : name;
  return {
    name: shown,
    action: "addon-study",
    arguments: {
      slug: id,
      userFacingName: shown,
      userFacingDescription: description === "" ? shown : description,
      isEnrollmentPaused: frozen,
      branches: [{ slug: options.branch ?? noBranchesMarker, ratio: 1, ...options.addon }],
    },
    filter_expression: conditionsOf(experiment, options).join(" && "),
  };
}

/** Every condition as a part of a filter; `["false"]` where one of them is known not to hold. */
function conditionsOf(one: TelemetryExperiment, known: KnownByNow): readonly string[] {
  const parts = [
    one.disabled ? "false" : "",
    isIn("env.appinfo.name", one.appName),
    isIn("env.channel", one.channel),
    isIn("env.appinfo.OS", one.os),
    isIn("env.locale", one.locale),
    isIn("env.appinfo.version", one.version),
    isIn("env.appinfo.platformBuildID", one.buildIDs),
    compared("env.appinfo.version", ">=", one.minVersion),
    compared("env.appinfo.version", "<=", one.maxVersion),
    one.minBuildID === undefined ? "" : build(">=", one.minBuildID),
    one.maxBuildID === undefined ? "" : build("<=", one.maxBuildID),
    sampled(one, known.forcedSample),
    ...timely(one, known),
  ].filter((part) => part !== "" && part !== "true");
  if (parts.includes("false")) return ["false"];
  return parts.length === 0 ? ["true"] : parts;
}

function isIn(attribute: string, values: readonly string[] | undefined): string {
  return values === undefined ? "" : `${attribute} in ${textList(values)}`;
}

/** Without what a version is called for people: `153.0`, not `153.0esr`. */
function compared(attribute: string, sign: ">=" | "<=", than: string | undefined): string {
  return than === undefined ? "" : `(${attribute}|versionCompare(${textLiteral(than)})) ${sign} 0`;
}

/** Moments of fourteen digits, compared as texts. */
function build(sign: ">=" | "<=", than: string): string {
  return `env.appinfo.platformBuildID ${sign} ${textLiteral(than)}`;
}

/** Firefox drew a number once for each experiment; here it is a hash, which stays by itself. */
function sampled({ id, sample }: TelemetryExperiment, forced: number | undefined): string {
  if (sample === undefined) return "";
  if (forced !== undefined) return String(forced <= sample);
  return sample >= 1
    ? ""
    : `[env.userId, ${textLiteral(id)}]|stableSample(${numberLiteral(sample)})`;
}

function timely(one: TelemetryExperiment, { nowMs, startedMs }: KnownByNow): readonly string[] {
  const { startTime, endTime, maxStartTime, maxActiveSeconds } = one;
  const at = (sign: ">=" | "<" | "<=", bound: number | undefined): string => {
    if (bound === undefined) return "";
    const boundMs = bound * 1_000;
    if (nowMs === undefined)
      return `env.request_time ${sign} (${textLiteral(new Date(boundMs).toISOString())}|date)`;
    const holds =
      sign === ">=" ? nowMs >= boundMs : sign === "<" ? nowMs < boundMs : nowMs <= boundMs;
    return String(holds);
  };
  const hasTime =
    startedMs === undefined ||
    nowMs === undefined ||
    maxActiveSeconds === undefined ||
    nowMs <= startedMs + maxActiveSeconds * 1_000;
  return [
    at(">=", startTime),
    at("<", endTime),
    startedMs === undefined ? at("<=", maxStartTime) : "",
    String(hasTime),
  ];
}
