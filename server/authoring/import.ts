import { isObject, memberOf } from "#recipes/members.ts";
import { pointerTo } from "#recipes/pointer.ts";
import { RecipeError } from "#recipes/errors.ts";
import type { Draft } from "#recipes/recipe.ts";
import { isTelemetryExperiments } from "#recipes/telemetry-experiments.ts";
import type { Finding } from "../errors.ts";
import { checkFiles, toFinding } from "./drafts.ts";
import { type ExtensionIds, type Imported, ImportRefusal } from "./import-finding.ts";
import { importExperiment } from "./import-experiments.ts";
import { importNimbus } from "./import-nimbus.ts";
import { importNormandy } from "./import-normandy.ts";
import { recipeText } from "./recipe-text.ts";

/** A recipe that could be carried over. */
interface CarriedRecipe {
  readonly slug: string;
  /** A recipe file. */
  readonly text: string;
}

/** What a source comes to. */
export interface ImportReport {
  readonly recipes: readonly CarriedRecipe[];
  /** What is not as it was, in recipes that are there. */
  readonly notes: readonly Finding[];
  /** Why others are not. */
  readonly refusals: readonly Finding[];
}

/**
 * Turns what another system publishes into recipe files: recipes of Normandy's in every form of its API,
 * experiments of Nimbus's and Telemetry Experiments, one or a list of them.
 *
 * @param source - how a finding names it
 * @param value - parsed from JSON and otherwise unknown
 */
export function importFrom(source: string, value: unknown, extensions: ExtensionIds): ImportReport {
  const reports = itemsIn(value).map(({ item, at }) => importItem(source, item, at, extensions));
  return {
    recipes: reports.flatMap(({ recipes }) => recipes),
    notes: reports.flatMap(({ notes }) => notes),
    refusals: reports.flatMap(({ refusals }) => refusals),
  };
}

interface Item {
  readonly item: unknown;
  /** JSON Pointer in the source. */
  readonly at: string;
}

/** The items of a list, of a page of Normandy's version 3, of Remote Settings, or of a manifest. */
function itemsIn(value: unknown): readonly Item[] {
  const listed = (list: readonly unknown[], path: readonly string[]): readonly Item[] =>
    list.map((item, index) => ({ item, at: pointerTo([...path, index]) }));
  if (Array.isArray(value)) return listed(value, []);
  for (const member of ["results", "data", "experiments"]) {
    const list = memberOf(value, member);
    if (Array.isArray(list)) return listed(list, [member]);
  }
  return [{ item: value, at: "" }];
}

function importItem(
  source: string,
  item: unknown,
  at: string,
  extensions: ExtensionIds,
): ImportReport {
  const finding = (one: { readonly code: string; readonly at: string; readonly message: string }) =>
    toFinding(source, { ...one, at: at + one.at });
  try {
    const { content, notes, placeOf } = readItem(item, extensions);
    const { drafts, findings } = checkFiles([{ file: source, text: JSON.stringify(content) }]);
    const [checked] = drafts;
    if (checked === undefined || findings.length > 0)
      return {
        recipes: [],
        notes: [],
        refusals: findings.map((one) => finding({ ...one, at: placeOf(one.at) })),
      };
    return { recipes: [carried(checked.draft)], notes: notes.map(finding), refusals: [] };
  } catch (error) {
    if (!(error instanceof ImportRefusal || error instanceof RecipeError)) throw error;
    // What a targeting cannot be read for stands in the targeting.
    const place = error instanceof RecipeError ? "/targeting" : error.at;
    const { code, message } = error;
    return { recipes: [], notes: [], refusals: [finding({ code, at: place, message })] };
  }
}

function readItem(item: unknown, extensions: ExtensionIds): Imported {
  if (!isObject(item)) throw unknownForm();
  if (memberOf(item, "bucketConfig") !== undefined) return importNimbus(item);
  if (isTelemetryExperiments(item)) return importExperiment(item, extensions);
  const isNormandy = ["action", "recipe", "latest_revision"].some(
    (member) => memberOf(item, member) !== undefined,
  );
  if (isNormandy) return importNormandy(item, extensions);
  throw unknownForm();
}

function carried(draft: Draft): CarriedRecipe {
  return { slug: draft.slug ?? draft.name, text: recipeText(draft) };
}

function unknownForm(): ImportRefusal {
  const message =
    "this is no recipe of Normandy's, and no experiment of Nimbus's or of Telemetry Experiments";
  return new ImportRefusal("import/unknown-form", message, "");
}
