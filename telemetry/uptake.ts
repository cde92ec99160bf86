// What a run says about itself: one status for the runner, one per action, one per recipe.

/** Wire values of a status (Firefox's uptake vocabulary, spelt as Normandy documents it). */
export const uptakeStatuses = [
  "success",
  "backoff",
  "network_error",
  "offline_error",
  "timeout_error",
  "server_error",
  "content_error",
  "parse_error",
  "signature_error",
  "sign_retry_error",
  "certificate_error",
  "sync_error",
  "corruption_error",
  "shutdown_error",
  "apply_error",
  "download_error",
  "custom_1_error",
  "custom_2_error",
] as const;
export type UptakeStatus = (typeof uptakeStatuses)[number];

/** Which of them a runner may report. */
export type RunnerStatus = Exclude<
  UptakeStatus,
  "apply_error" | "download_error" | "custom_2_error"
>;

/** Which of them an action may report: `custom_1_error` its preparation failed, `custom_2_error` its end. */
export type ActionStatus = Extract<
  UptakeStatus,
  "success" | "network_error" | "server_error" | "custom_1_error" | "custom_2_error"
>;

/**
 * Which of them a recipe may report: `backoff` the filter or a capability did not match,
 * `content_error` filter or arguments broken, `apply_error` the action failed, `download_error` the
 * action is unknown or the body did not arrive, `custom_1_error` the action is switched off.
 */
export type RecipeStatus = Extract<
  UptakeStatus,
  | "success"
  | "backoff"
  | "apply_error"
  | "content_error"
  | "signature_error"
  | "download_error"
  | "custom_1_error"
>;

/** Who a status is about; becomes `extra.source`. */
export type UptakeSource =
  "normandy/runner" | `normandy/action/${string}` | `normandy/recipe/${number}`;

/** The recipe that an uptake source is about; `undefined` for the runner and for actions. */
export function recipeIdOf(source: string | undefined): number | undefined {
  const [, id] = /^normandy\/recipe\/(\d+)$/u.exec(source ?? "") ?? [];
  return id === undefined ? undefined : Number(id);
}
