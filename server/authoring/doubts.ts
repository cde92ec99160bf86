import { preferencesOf } from "#recipes/conflicts.ts";
import { compileFilter } from "#recipes/filter.ts";
import type { FilterUses } from "#recipes/filter-uses.ts";
import type { Draft } from "#recipes/recipe.ts";
import type { Finding } from "../errors.ts";
import type { CheckedDraft } from "./drafts.ts";
import { versionTraps } from "./filter-traps.ts";
import { neighboursOf } from "./neighbours.ts";

// What somebody ought to think about before a recipe is live: right in itself, and often not what is
// wanted. A check of files leaves it out; a preview says it.

/** Codes of doubts, stable as those of refusals. */
type DoubtCode =
  | "warning/version-suffix"
  | "warning/leaves-by-itself"
  | "warning/asks-the-server"
  | "warning/shared-sample"
  | "warning/no-end"
  | "warning/no-document";

/** Somewhere in the recipe. */
interface Doubt {
  readonly code: DoubtCode;
  readonly at: string;
  readonly message: string;
}

/**
 * Every doubt about a draft.
 *
 * @param live - the recipes that clients get
 */
export function doubtsAbout(
  { file, draft }: CheckedDraft,
  live: readonly Draft[],
): readonly Finding[] {
  return [...filterDoubts(draft, live), ...studyDoubts(draft)].map((one) => ({ ...one, file }));
}

function filterDoubts(draft: Draft, live: readonly Draft[]): readonly Doubt[] {
  const { filter_expression: filter } = draft;
  if (filter.trim() === "") return [];
  const at = "/filter_expression";
  const uses = compileFilter(filter).uses;
  return [
    ...versionTraps(filter),
    ...ownEffects(draft, uses),
    ...fromTheServer(draft, uses),
    ...sharedSamples(draft, live),
  ].map((one) => ({ ...one, at }));
}

type Bare = Omit<Doubt, "at">;

/** A study that changes what its own filter asks: browsers enter, no longer match, and leave for good. */
function ownEffects(draft: Draft, { attributes, preferences }: FilterUses): readonly Bare[] {
  if (!isStudy(draft)) return [];
  const leave = "whoever then no longer matches leaves the study for good";
  const asks = (name: string): boolean => attributes.some((one) => one.name === name);
  const own = preferencesOf(draft).filter((name) => preferences.includes(name));
  const { slug } = draft.arguments;
  const asksForStudies = asks("experiments") || asks("studies");
  const messages = own.map(
    (name) => `the filter asks for ${name}, which the study itself sets: ${leave}`,
  );
  if (asksForStudies && draft.filter_expression.includes(slug))
    messages.push(`the filter asks whether the browser is in ${slug}: ${leave}`);
  if (asks("isFirstRun"))
    messages.push(
      "isFirstRun is true once: with its second run every browser leaves the study for good",
    );
  return messages.map((message) => ({ code: "warning/leaves-by-itself", message }));
}

function fromTheServer(draft: Draft, { attributes }: FilterUses): readonly Bare[] {
  if (!isStudy(draft) || !attributes.some(({ name }) => name === "country")) return [];
  return [
    {
      code: "warning/asks-the-server",
      message:
        "the country is read off the address with each run: whoever travels, or comes by another network, leaves the study for good",
    },
  ];
}

/** Samples that draw the same browsers as a live recipe's. */
function sharedSamples(draft: Draft, live: readonly Draft[]): readonly Bare[] {
  return neighboursOf(draft, live)
    .filter(({ kind }) => kind === "same-browsers")
    .map(({ slug, about }) => ({
      code: "warning/shared-sample",
      message: `this sample and that of the live recipe ${slug} have browsers in common: both draw by ${about}`,
    }));
}

/** What a study of people ought to have: an end, and a page that says what it measures. */
function studyDoubts(draft: Draft): readonly Doubt[] {
  if (!isStudy(draft)) return [];
  const doubts: Doubt[] = [];
  const { filter_expression: filter } = draft;
  const hasEnd =
    filter.trim() !== "" &&
    compileFilter(filter).uses.attributes.some(({ name }) => name === "request_time");
  if (!hasEnd)
    doubts.push({
      code: "warning/no-end",
      at: "/filter_expression",
      message:
        'nothing ends this study by itself: a date range in the filter does, as env.request_time < "2027-01-01"|date',
    });
  if (draft.action === "preference-study" && draft.arguments.experimentDocumentUrl === "")
    doubts.push({
      code: "warning/no-document",
      at: "/arguments/experimentDocumentUrl",
      message: "no page says what this study measures, and what would be done about it",
    });
  return doubts;
}

function isStudy(
  draft: Draft,
): draft is Extract<Draft, { readonly action: "preference-study" | "addon-study" }> {
  return draft.action === "preference-study" || draft.action === "addon-study";
}
