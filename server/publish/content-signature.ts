import { canonicalAction } from "#recipes/aliases.ts";
import { baseCapability } from "#recipes/capabilities.ts";
import type { RecipeEnvelope } from "#recipes/recipe.ts";
import { ServerError } from "../errors.ts";
import type { StoredRevision } from "../store/ports.ts";
import { agreedJson } from "./agreed-json.ts";
import type { BodyContent } from "../authoring/revise.ts";
import type { LegacySigner } from "./legacy-keys.ts";

/** A recipe in exactly the form that Normandy's server sends and signs. */
export interface LegacyRecipe extends Omit<RecipeEnvelope, "slug"> {
  readonly uses_only_baseline_capabilities: boolean;
}

/** One entry of `/api/v1/recipe/signed/`. */
export interface SignedRecipe {
  readonly recipe: LegacyRecipe;
  readonly signature: {
    /** ISO 8601. */
    readonly timestamp: string;
    readonly signature: string;
    readonly x5u: string;
    readonly public_key: string;
  };
}

/** Actions that Normandy knows by another name. Their arguments have the same form there. */
const theirNames: Readonly<Record<string, string>> = {
  "preference-study": "multi-preference-experiment",
  "addon-study": "branched-addon-study",
};

/** What a Normandy client could do before it told its server what it can. */
const baseline: ReadonlySet<string> = new Set([
  baseCapability,
  ...["console-log", "show-heartbeat", "preference-rollout", "preference-rollback"].map(asAction),
  ...["opt-out-study", "preference-experiment"].map(asAction),
  ...["date", "stableSample", "bucketSample", "preferenceValue", "preferenceExists"].map(
    asTransform,
  ),
  ...["preferenceIsUserSet", "keys"].map(asTransform),
]);

/** A recipe of ours as Normandy's own clients know it: their names of actions, no slug of its own. */
export function legacyRecipe({
  id,
  name,
  revision_id,
  action,
  arguments: said,
  filter_expression,
  capabilities,
}: Omit<BodyContent, "slug"> & { readonly revision_id: string }): LegacyRecipe {
  const theirs = theirNames[action] ?? action;
  const ours = asAction(canonicalAction(action) ?? action);
  const needed = capabilities.map((one) => (one === ours ? asAction(theirs) : one));
  return {
    id,
    name,
    revision_id,
    action: theirs,
    arguments: said,
    filter_expression,
    capabilities: [...new Set(needed)].sort(),
    uses_only_baseline_capabilities: needed.every((one) => baseline.has(one)),
  };
}

/**
 * Signs live recipes for Normandy's own clients. One that has no form on which its clients agree is
 * left out: only a set that QA put in place whole can hold one.
 *
 * @param serverUrl - where clients fetch the chain, without a trailing slash
 */
export function signRecipes(
  live: readonly StoredRevision[],
  signer: LegacySigner,
  { serverUrl, nowMs }: { readonly serverUrl: string; readonly nowMs: number },
): readonly SignedRecipe[] {
  return live.flatMap((revision) => {
    const recipe = legacyRecipe(JSON.parse(revision.body) as Parameters<typeof legacyRecipe>[0]);
    const canonical = agreedOrNone(recipe);
    if (canonical === undefined) return [];
    return {
      recipe,
      signature: {
        timestamp: new Date(nowMs).toISOString(),
        signature: signer.sign(canonical),
        x5u: `${serverUrl}/api/v1/x5u/${signer.chain.name}.pem`,
        public_key: signer.publicKey,
      },
    };
  });
}

function agreedOrNone(recipe: LegacyRecipe): string | undefined {
  try {
    return agreedJson(recipe);
  } catch (error) {
    if (error instanceof ServerError && error.code === "legacy/no-agreed-form") return undefined;
    throw error;
  }
}

function asAction(name: string): string {
  return `action.${name}`;
}

function asTransform(name: string): string {
  return `jexl.transform.${name}`;
}
