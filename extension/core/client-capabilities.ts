import type { ActionName } from "#recipes/arguments.ts";
import { actionNames } from "#recipes/arguments.ts";
import { baseCapability, capabilitiesOfPreferences } from "#recipes/capabilities.ts";
import { namespaces } from "#recipes/filter-context.ts";
import { transformNames } from "#recipes/transforms.ts";
import type { Actions } from "./action.ts";
import { readableAttributes } from "./context.ts";
import type { Ports } from "./ports.ts";

/** What this browser can do, read off the tables and engines that it has. */
export function clientCapabilities(
  actions: Actions,
  ports: Pick<Ports, "addons" | "preferences" | "prompts" | "facts">,
): ReadonlySet<string> {
  const able = actionNames.filter((name) => Object.hasOwn(actions, name) && canAct(name, ports));
  return new Set([
    baseCapability,
    ...able.map((name) => `action.${name}`),
    ...capabilitiesOfPreferences(ports.preferences.branches, ports.preferences.names),
    ...transformNames.map((name) => `jexl.transform.${name}`),
    ...namespaces.map((namespace) => `jexl.context.${namespace}`),
    ...namespaces.flatMap((namespace) =>
      readableAttributes(namespace, ports.facts).map((name) => `jexl.context.${namespace}.${name}`),
    ),
  ]);
}

function canAct(
  name: ActionName,
  ports: Pick<Ports, "addons" | "preferences" | "prompts">,
): boolean {
  switch (name) {
    case "addon-study":
    case "addon-rollout":
    case "addon-rollback":
      return ports.addons !== undefined;
    case "preference-study":
    case "preference-rollout":
    case "preference-rollback":
      return ports.preferences.branches.includes("default");
    case "show-heartbeat":
      return ports.prompts !== undefined;
    case "console-log":
      return true;
  }
}
