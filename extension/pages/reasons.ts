import type { ChangeView, StudiesView } from "#core/messages.ts";
import type { GraduationReason, UnenrollReason } from "#telemetry/events.ts";
import type { RunnerStatus } from "#telemetry/uptake.ts";
import type { WordKey, Words } from "./words.ts";

// The closed lists that events and statuses are spelt in, in a person's words.

const endKeys = {
  "filter-mismatch": "end_filter_mismatch",
  "capability-mismatch": "end_capability_mismatch",
  "arguments-invalid": "end_arguments_invalid",
  "signature-error": "end_signature_error",
  "filter-error": "end_filter_error",
  "no-recipes": "end_no_recipes",
  "recipe-not-seen": "end_recipe_not_seen",
  "individual-opt-out": "end_individual_opt_out",
  "general-opt-out": "end_general_opt_out",
  "branch-removed": "end_branch_removed",
  "install-failure": "end_install_failure",
  uninstalled: "end_uninstalled",
  "uninstalled-sideload": "end_uninstalled_sideload",
  rollback: "end_rollback",
  killed: "end_killed",
  "manifest-expired": "end_manifest_expired",
  "crash-loop": "end_crash_loop",
  "pref-denied": "end_pref_denied",
  unknown: "end_unknown",
  "all-prefs-match": "end_all_prefs_match",
  "in-graduation-set": "end_in_graduation_set",
} as const satisfies Readonly<Record<UnenrollReason | GraduationReason, WordKey>>;

/** Why a change ended, as a sentence. */
export function endSentence({ endReason }: Pick<ChangeView, "endReason">, words: Words): string {
  return sentence(endKeys, endReason ?? "unknown", words);
}

const runKeys = {
  success: "run_success",
  backoff: "run_backoff",
  network_error: "run_network_error",
  offline_error: "run_offline_error",
  timeout_error: "run_timeout_error",
  server_error: "run_server_error",
  content_error: "run_content_error",
  parse_error: "run_parse_error",
  signature_error: "run_signature_error",
  sign_retry_error: "run_sign_retry_error",
  certificate_error: "run_certificate_error",
  sync_error: "run_sync_error",
  corruption_error: "run_corruption_error",
  shutdown_error: "run_shutdown_error",
  custom_1_error: "run_custom_1_error",
} as const satisfies Readonly<Record<RunnerStatus, WordKey>>;

/** How the last run went: `good` needs nobody, `bad` means that nothing new arrived. */
export interface RunNews {
  readonly tone: "good" | "bad" | "none";
  readonly sentence: string;
}

export function runNews(run: NonNullable<StudiesView["lastRun"]>, words: Words): RunNews {
  const tone = run.runner === "success" ? "good" : "bad";
  return { tone, sentence: sentence(runKeys, run.runner, words) };
}

function sentence(table: Readonly<Record<string, WordKey>>, name: string, words: Words): string {
  const key = Object.hasOwn(table, name) ? table[name] : undefined;
  return key === undefined ? words("ended_with", name) : words(key);
}
