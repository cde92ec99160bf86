import * as v from "valibot";
import type { Held } from "./history.ts";

// What can be seen of either side after a step, in one form for both.

/** One event of category normandy. */
export interface SeenEvent {
  readonly method: string;
  readonly object: string;
  readonly value: string;
  readonly extra: Readonly<Record<string, string>>;
}

/** What a side remembers of one change. */
export interface Enrolled {
  readonly state: string;
  readonly branch?: string;
  /** Preferences of a live change. */
  readonly preferences: readonly string[];
  /** Those of them that the person has changed. */
  readonly overridden: readonly string[];
  /** Whether a temporary error has begun its days of grace. */
  readonly isWaiting: boolean;
}

export interface Sight {
  /** Since the last look. */
  readonly events: readonly SeenEvent[];
  /** Ids of recipes that could not be carried out in this run. */
  readonly failed: readonly number[];
  /** Ids of recipes whose arguments were not understood in this run. */
  readonly refused: readonly number[];
  /** By kind and slug. */
  readonly enrollments: Readonly<Record<string, Enrolled>>;
  readonly preferences: Readonly<Record<string, Held>>;
}

const event = v.object({
  method: v.string(),
  object: v.string(),
  value: v.string(),
  extra: v.record(v.string(), v.string()),
});
const studied = v.record(v.string(), v.looseObject({ overridden: v.optional(v.boolean()) }));

const theirSight = v.object({
  events: v.array(event),
  failed: v.array(v.number()),
  refused: v.array(v.number()),
  studies: v.array(
    v.looseObject({
      slug: v.string(),
      branch: v.string(),
      expired: v.boolean(),
      temporaryErrorDeadline: v.nullish(v.string()),
      preferences: studied,
    }),
  ),
  rollouts: v.array(
    v.looseObject({
      slug: v.string(),
      state: v.string(),
      preferences: v.array(v.looseObject({ preferenceName: v.string() })),
    }),
  ),
  addonStudies: v.array(
    v.looseObject({
      slug: v.string(),
      branch: v.string(),
      active: v.boolean(),
      temporaryErrorDeadline: v.nullish(v.string()),
    }),
  ),
});

const ourSight = v.object({
  events: v.array(event),
  enrollments: v.array(
    v.looseObject({
      kind: v.string(),
      slug: v.string(),
      state: v.string(),
      branch: v.exactOptional(v.string()),
      temporaryErrorDays: v.exactOptional(v.array(v.number())),
      preferences: v.exactOptional(studied),
    }),
  ),
  report: v.exactOptional(
    v.looseObject({
      runner: v.string(),
      reason: v.exactOptional(v.string()),
      recipes: v.record(v.string(), v.string()),
    }),
  ),
});

/** @param names - gives a preference's name in the history for its name in the browser */
export function theirsFrom(
  raw: unknown,
  names: (inBrowser: string) => string,
): Omit<Sight, "preferences"> {
  const { events, failed, refused, studies, rollouts, addonStudies } = v.parse(theirSight, raw);
  return {
    events: events.map((one) => renamed(one, names)),
    failed,
    refused,
    enrollments: Object.fromEntries([
      ...studies.map(({ slug, branch, expired, preferences, temporaryErrorDeadline: deadline }) => [
        `preference-study ${slug}`,
        aStudy(
          expired ? "ended" : "active",
          branch,
          preferences,
          typeof deadline === "string",
          names,
        ),
      ]),
      ...rollouts.map(({ slug, state, preferences }) => [
        `preference-rollout ${slug}`,
        aRollout(
          state,
          preferences.map(({ preferenceName }) => preferenceName),
          names,
        ),
      ]),
      ...addonStudies.map(({ slug, branch, active, temporaryErrorDeadline: deadline }) => [
        `addon-study ${slug}`,
        aStudy(active ? "active" : "ended", branch, {}, typeof deadline === "string", names),
      ]),
    ]) as Readonly<Record<string, Enrolled>>,
  };
}

/**
 * @param names - gives a preference's name in the history for its name in the browser
 * @throws Error when there was a run and the set of recipes did not reach it
 */
export function oursFrom(
  raw: unknown,
  names: (inBrowser: string) => string,
): Omit<Sight, "preferences"> {
  const { events, enrollments, report } = v.parse(ourSight, raw);
  if (report !== undefined && report.runner !== "success")
    throw new Error(`our run ended with ${report.runner}, ${String(report.reason)}`);
  const idsOf = (...statuses: readonly string[]): readonly number[] =>
    Object.entries(report?.recipes ?? {}).flatMap(([id, status]) =>
      statuses.includes(status) ? [Number(id)] : [],
    );
  return {
    events: events.map((one) => renamed(one, names)),
    failed: idsOf("apply_error"),
    refused: idsOf("content_error"),
    enrollments: Object.fromEntries(
      enrollments.map(({ kind, slug, state, branch = "", preferences = {}, ...rest }) => [
        `${kind} ${slug}`,
        kind === "preference-rollout"
          ? aRollout(state, Object.keys(preferences), names)
          : aStudy(state, branch, preferences, rest.temporaryErrorDays !== undefined, names),
      ]),
    ),
  };
}

function aStudy(
  state: string,
  branch: string,
  preferences: v.InferOutput<typeof studied>,
  isWaiting: boolean,
  names: (inBrowser: string) => string,
): Enrolled {
  const live = state === "active" ? Object.entries(preferences) : [];
  return {
    state,
    branch,
    preferences: live.map(([name]) => names(name)).sort(),
    overridden: live
      .flatMap(([name, one]) => (one.overridden === true ? [names(name)] : []))
      .sort(),
    isWaiting,
  };
}

function aRollout(
  state: string,
  preferences: readonly string[],
  names: (inBrowser: string) => string,
): Enrolled {
  const live = state === "active" ? preferences : [];
  return { state, preferences: live.map(names).sort(), overridden: [], isWaiting: false };
}

function renamed({ extra, ...event }: SeenEvent, names: (inBrowser: string) => string): SeenEvent {
  const entries = Object.entries(extra).map(([key, text]) => [
    key,
    key === "preference" || key === "preferenceName" ? names(text) : text,
  ]);
  return { ...event, extra: Object.fromEntries(entries) as Readonly<Record<string, string>> };
}
