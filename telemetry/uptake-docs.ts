import type { ActionStatus, RecipeStatus, RunnerStatus, UptakeStatus } from "./uptake.ts";

type DocsOf<S extends UptakeStatus> = (S extends RunnerStatus
  ? { readonly runner: string }
  : object) &
  (S extends ActionStatus ? { readonly action: string } : object) &
  (S extends RecipeStatus ? { readonly recipe: string } : object);

interface UptakeDoc {
  readonly runner?: string;
  readonly action?: string;
  readonly recipe?: string;
}

const docs = {
  success: {
    runner: "The run went through; actions and recipes report for themselves.",
    action: "The action's preparation and end went through.",
    recipe: "The recipe was carried out.",
  },
  backoff: {
    runner: "The server asked to come back later.",
    recipe: "The filter did not match, or this browser lacks a capability (see the reason).",
  },
  network_error: {
    runner: "No connection to the server.",
    action: "Something that the action needs could not be fetched.",
  },
  offline_error: { runner: "The browser is offline." },
  timeout_error: { runner: "The server did not answer in time." },
  server_error: {
    runner: "The server failed, or what it sent is invalid.",
    action: "What the server sent for the action is invalid.",
  },
  content_error: {
    runner: "The answer was refused before it was read: a status of 4xx, a redirect, too large.",
    recipe: "The filter or the arguments are broken.",
  },
  parse_error: { runner: "The answer is not the JSON that it should be." },
  signature_error: {
    runner: "A signature, or what it covers, is not to be trusted.",
    recipe: "The body is not the one that was signed.",
  },
  sign_retry_error: {
    runner: "Not told: what is wrong past every cache too is a `signature_error`.",
  },
  certificate_error: { runner: "The key certificate has expired or is not valid yet." },
  sync_error: { runner: "The manifest has expired: what runs goes on, nothing new begins." },
  corruption_error: { runner: "What was kept about trust was damaged and has been rebuilt." },
  shutdown_error: { runner: "The browser shut down in the middle of the run." },
  apply_error: { recipe: "The action failed." },
  download_error: { recipe: "The body did not arrive, or the action is unknown." },
  custom_1_error: {
    runner:
      "Nothing new is begun: the clock is likely to be wrong (`clock`), or nothing can be stored (`storage`).",
    action: "The action's preparation failed.",
    recipe: "The action is switched off.",
  },
  custom_2_error: { action: "The action's end failed." },
} as const satisfies { readonly [S in UptakeStatus]: DocsOf<S> };

/** What each status means for whom; absent where it is never reported. */
export const uptakeDocs: { readonly [S in UptakeStatus]: UptakeDoc } = docs;
