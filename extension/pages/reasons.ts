import type { ChangeView, StudiesView } from "#core/messages.ts";
import type { GraduationReason, UnenrollReason } from "#telemetry/events.ts";
import type { RunnerStatus } from "#telemetry/uptake.ts";

// The closed lists that events and statuses are spelt in, in a person's words.

const endSentences = {
  "filter-mismatch": "This browser no longer matched what it is for.",
  "capability-mismatch": "It began to need something that this browser cannot do.",
  "arguments-invalid": "Its recipe was changed in a way that this browser cannot read.",
  "signature-error": "Its signature was wrong on more than seven days.",
  "filter-error": "Its conditions could not be worked out on more than seven days.",
  "no-recipes": "The server published nothing at all on more than seven days.",
  "recipe-not-seen": "The people who run it ended it.",
  "individual-opt-out": "You left it.",
  "general-opt-out": "Changes of its kind were switched off in this browser.",
  "branch-removed": "The branch that this browser was in was taken out.",
  "install-failure": "Its add-on could not be installed.",
  uninstalled: "You removed its add-on.",
  "uninstalled-sideload": "Its add-on was gone when the browser started.",
  rollback: "It was taken back for every browser.",
  killed: "It was stopped for every browser by a signed stop.",
  "crash-loop": "This browser crashed with it, and nothing else was to blame.",
  "pref-denied": "This browser lets no recipe set a preference that it had set.",
  unknown: "The reason was not recorded.",
  "all-prefs-match": "It became the browser’s own default, so nothing had to be kept.",
  "in-graduation-set": "This version of Mulberry holds that it is no longer needed.",
} as const satisfies Readonly<Record<UnenrollReason | GraduationReason, string>>;

/** Why a change ended, as a sentence. */
export function endSentence({ endReason }: Pick<ChangeView, "endReason">): string {
  if (endReason === undefined) return endSentences.unknown;
  return lookUp(endSentences, endReason) ?? `It ended with “${endReason}”.`;
}

const runSentences = {
  success: "Everything arrived, and every signature was right.",
  backoff: "The server asked to be left alone for a while, so Mulberry waits.",
  network_error: "The server could not be reached.",
  offline_error: "This browser was offline.",
  timeout_error: "The server took too long to answer.",
  server_error: "The server had a fault of its own.",
  content_error: "What the server sent was not what Mulberry expects.",
  parse_error: "What the server sent could not be read.",
  signature_error: "A signature was wrong, so nothing of what arrived was used.",
  sign_retry_error: "A signature was wrong twice, so nothing of what arrived was used.",
  certificate_error: "The server’s signing key is not valid now, so nothing was used.",
  sync_error: "What the server sent was older than what this browser has seen.",
  corruption_error: "What was stored in this browser was damaged.",
  shutdown_error: "The browser was closed in the middle of it.",
  custom_1_error: "Mulberry could not get ready.",
} as const satisfies Readonly<Record<RunnerStatus, string>>;

/** How the last run went: `good` needs nobody, `bad` means that nothing new arrived. */
export interface RunNews {
  readonly tone: "good" | "bad" | "none";
  readonly sentence: string;
}

export function runNews(run: NonNullable<StudiesView["lastRun"]>): RunNews {
  const tone = run.runner === "success" ? "good" : "bad";
  return { tone, sentence: lookUp(runSentences, run.runner) ?? `It ended with “${run.runner}”.` };
}

function lookUp(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
