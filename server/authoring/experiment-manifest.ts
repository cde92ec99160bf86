import { wireLimits } from "#recipes/manifest.ts";
import { readJson } from "#recipes/json.ts";
import { checkRecipe } from "#recipes/parse.ts";
import type { RecipeOf } from "#recipes/recipe.ts";
import { RecipeError } from "#recipes/errors.ts";
import type { StoredKill, StoredRevision } from "../store/ports.ts";
import { type ManifestConditions, manifestConditions } from "./experiment-conditions.ts";

/** One experiment, in the form of Telemetry Experiments. */
export interface PublishedExperiment {
  readonly publish: true;
  readonly priority: number;
  readonly name: string;
  readonly description: string;
  readonly info: string;
  readonly manifest: ManifestConditions & {
    readonly id: string;
    readonly xpiURL: string;
    /** `sha256:` and hex. */
    readonly xpiHash: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly maxActiveSeconds: number;
    readonly appName: readonly string[];
    readonly channel: readonly string[];
    readonly disabled: boolean;
    readonly frozen: boolean;
  };
}

/** Where a filter names no end: the first of January 2100, in seconds since 1970. */
const noEnd = 4_102_444_800;
const everyChannel = ["release", "esr", "beta", "aurora", "nightly", "default"] as const;

/**
 * The live add-on studies as a manifest of Telemetry Experiments: those with one branch, which has an
 * add-on, whose filter comes to a manifest's conditions. An experiment names a branch by its add-on, and
 * knows no browser without one.
 *
 * @param revisions - the live ones, ids ascending; so are the priorities
 * @param kills - what is stopped is in no manifest
 */
export function experimentManifest(
  revisions: readonly StoredRevision[],
  kills: readonly Pick<StoredKill, "kind" | "value">[],
): {
  readonly version: 1;
  readonly experiments: readonly PublishedExperiment[];
} {
  const experiments = revisions.flatMap((revision) => {
    const reading = readJson(revision.body, { maxDepth: wireLimits.jsonDepth });
    const { recipe } = reading.ok ? checkRecipe(reading.value) : {};
    if (recipe?.action !== "addon-study" || isStopped(recipe, kills)) return [];
    return experimentOf(recipe, revision.createdMs);
  });
  return {
    version: 1,
    experiments: experiments.map((one, index) => ({ ...one, priority: index + 1 })),
  };
}

function experimentOf(
  { arguments: study, filter_expression }: RecipeOf<"addon-study">,
  createdMs: number,
): readonly PublishedExperiment[] {
  const [branch, ...others] = study.branches;
  const conditions = conditionsOf(filter_expression);
  if (branch?.addon === undefined || others.length > 0 || conditions === undefined) return [];
  const { addon } = branch;
  const startTime = conditions.startTime ?? Math.floor(createdMs / 1_000);
  const endTime = conditions.endTime ?? noEnd;
  return [
    {
      publish: true,
      priority: 0,
      name: study.userFacingName,
      description: study.userFacingDescription,
      info: "",
      manifest: {
        id: addon.addon_id,
        xpiURL: addon.url,
        xpiHash: `sha256:${addon.sha256}`,
        appName: ["Firefox"],
        channel: everyChannel,
        ...conditions,
        startTime,
        endTime,
        maxActiveSeconds: Math.max(0, endTime - startTime),
        disabled: false,
        frozen: study.isEnrollmentPaused,
      },
    },
  ];
}

/** A filter that cannot be read, as QA may publish it, comes to no conditions. */
function conditionsOf(filter: string): ManifestConditions | undefined {
  try {
    return manifestConditions(filter);
  } catch (error) {
    if (error instanceof RecipeError) return undefined;
    throw error;
  }
}

function isStopped(
  { id, slug, arguments: { branches } }: RecipeOf<"addon-study">,
  kills: readonly Pick<StoredKill, "kind" | "value">[],
): boolean {
  const addons = branches.flatMap(({ addon }) => (addon === undefined ? [] : [addon.addon_id]));
  return kills.some(
    ({ kind, value }) =>
      kind === "all" ||
      (kind === "id" && value === String(id)) ||
      (kind === "slug" && value === slug) ||
      (kind === "addon" && addons.includes(value)),
  );
}
