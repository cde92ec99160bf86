import type { ActionName } from "#recipes/arguments.ts";
import type { Action } from "#core/action.ts";
import { addonRollback } from "./addon-rollback.ts";
import { addonRollout } from "./addon-rollout.ts";
import { addonStudy } from "./addon-study.ts";
import { consoleLog } from "./console-log.ts";
import { preferenceRollback } from "./preference-rollback.ts";
import { preferenceRollout } from "./preference-rollout.ts";
import { preferenceStudy } from "./preference-study.ts";
import { showHeartbeat } from "./show-heartbeat.ts";

/** Every action of the recipe language; a name without an implementation does not compile. */
export const actions = {
  "preference-study": preferenceStudy,
  "preference-rollout": preferenceRollout,
  "preference-rollback": preferenceRollback,
  "addon-study": addonStudy,
  "addon-rollout": addonRollout,
  "addon-rollback": addonRollback,
  "show-heartbeat": showHeartbeat,
  "console-log": consoleLog,
} as const satisfies { readonly [N in ActionName]: Action<N> };
