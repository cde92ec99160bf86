import * as v from "valibot";
import { normandyCategory, normandyEvents } from "#telemetry/events.ts";
import { uptakeStatuses } from "#telemetry/uptake.ts";
import { uptakeDocs } from "#telemetry/uptake-docs.ts";

// Which statuses and events there are, and which of them the tests in real browsers produced.

/** An event as far as the table tells it. */
interface SeenEvent {
  readonly category: string;
  readonly method: string;
  readonly object: string;
  readonly value: string | null;
  readonly extra: Readonly<Record<string, string>> | null;
}

const noted = v.object({ word: v.string(), extras: v.array(v.string()), where: v.string() });
type Sighting = Pick<v.InferOutput<typeof noted>, "word" | "extras">;

/** What the table calls an event, and what came with it. */
export function sightingOf({ category, method, object, value, extra }: SeenEvent): Sighting {
  if (category !== normandyCategory) {
    const [, who = "?"] = /^normandy\/(\w+)/u.exec(extra?.["source"] ?? "") ?? [];
    return { word: `${who} ${value ?? ""}`, extras: [] };
  }
  const { reason } = extra ?? {};
  const said = reason === undefined ? "" : ` ${reason}`;
  return { word: `${method} ${object}${said}`, extras: Object.keys(extra ?? {}).sort() };
}

/** One row of the table. */
export interface Row {
  readonly word: string;
  /** Files of tests that produced it; none where it is missing. */
  readonly where: readonly string[];
  /** Extras that it never came with and should have. */
  readonly lacks: readonly string[];
}

/**
 * Holds what was seen against what there is.
 * @param lines - the file that `SIGHTINGS` named
 */
export function vocabularyRows(lines: string): readonly Row[] {
  const seen = lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => v.parse(noted, JSON.parse(line)));
  const row = (word: string, wants: readonly string[], fits: (word: string) => boolean): Row => {
    const hits = seen.filter((one) => fits(one.word));
    const extras = new Set(hits.flatMap((one) => one.extras));
    return {
      word,
      where: [...new Set(hits.map(({ where }) => where))].sort(),
      lacks: hits.length === 0 ? [] : wants.filter((name) => !extras.has(name)),
    };
  };
  return [
    ...statuses.map((word) => row(word, [], (seenWord) => seenWord === word)),
    ...events.map(({ word, extras }) =>
      row(word, extras, (seenWord) => seenWord === word || seenWord.startsWith(`${word} `)),
    ),
    ...reasons.map((word) => row(word, [], (seenWord) => seenWord === word)),
  ];
}

/** What no browser can be brought to tell, and why. */
export const unreachable: Readonly<Record<string, string>> = {
  "action network_error": "actions are part of the extension: nothing is fetched for one",
  "action server_error": "the same",
  "action custom_1_error": "no action has a preparation that could fail",
  "runner shutdown_error": "a run that a shutdown cuts off is begun again at the next start",
  "runner sign_retry_error":
    "what is signed wrongly past every cache too is told as signature_error",
  "unenroll addon_study install-failure": "who cannot install it is not enrolled: enrollFailed",
  "unenroll addon_study unknown": "every end of one has its reason",
};
/** Extras that this browser cannot send. */
const unreachableExtras: ReadonlySet<string> = new Set(["caller"]);

const statuses = uptakeStatuses
  .flatMap((status) => Object.keys(uptakeDocs[status]).map((who) => `${who} ${status}`))
  .filter((word) => !Object.hasOwn(unreachable, word));

const events = Object.entries(normandyEvents).flatMap(([method, objects]) =>
  Object.entries<readonly string[]>(objects).map(([object, extras]) => ({
    word: `${method} ${object}`,
    extras: extras.filter((name) => !unreachableExtras.has(name)),
  })),
);

/** The reasons that Normandy's data collection document lists, and those of a stop. */
const reasons = [
  "enrollFailed preference_study invalid-branch",
  "unenroll preference_study recipe-not-seen",
  "unenroll preference_study killed",
  "unenroll preference_study unknown",
  "unenrollFailed preference_study does-not-exist",
  "unenrollFailed preference_study already-unenrolled",
  "expPrefChanged preference_study atEnroll",
  "expPrefChanged preference_study sideload",
  "expPrefChanged preference_study observer",
  "enrollFailed preference_rollout invalid type",
  "enrollFailed preference_rollout would-be-no-op",
  "enrollFailed preference_rollout conflict",
  "graduate preference_rollout all-prefs-match",
  "graduate preference_rollout in-graduation-set",
  "unenroll addon_study individual-opt-out",
  "unenroll addon_study general-opt-out",
  "unenroll addon_study recipe-not-seen",
  "unenroll addon_study uninstalled",
  "unenroll addon_study uninstalled-sideload",
];

/** The table as lines for a terminal; what is missing says so. */
export function vocabularyTable(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(({ word }) => word.length));
  return [
    "Statuses and events that the tests in real browsers produced:",
    ...rows.map(({ word, where, lacks }) => {
      const [first = "MISSING", ...others] = where.map((file) =>
        file.replace(/^test\/browser\//u, ""),
      );
      const more = others.length === 0 ? "" : ` and ${String(others.length)} more`;
      const without = lacks.length === 0 ? "" : `, WITHOUT ${lacks.join(", ")}`;
      return `  ${word.padEnd(width)}  ${first}${more}${without}`;
    }),
    ...Object.entries(unreachable).map(
      ([word, why]) => `  ${word.padEnd(width)}  not in this client: ${why}`,
    ),
  ];
}

/** One line for each thing that no test produced. */
export function vocabularyGaps(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ word, where, lacks }) => [
    ...(where.length === 0 ? [`${word} is produced by no test in a real browser`] : []),
    ...lacks.map((name) => `${word} never came with ${name}`),
  ]);
}
