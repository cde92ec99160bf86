import { capabilitiesOf } from "#recipes/capabilities.ts";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilter } from "#recipes/filter.ts";
import { filterRefusal } from "#recipes/filter-fault.ts";
import { parseJson } from "#recipes/json.ts";
import { didYouMean } from "#recipes/nearest.ts";
import { checkDraft } from "#recipes/parse.ts";
import type { Draft } from "#recipes/recipe.ts";
import { isTransformName, transformNames } from "#recipes/transforms.ts";
import { type Finding, RefusedFiles } from "../errors.ts";
import { type WrittenFilter, withFilterExpression } from "./filter-form.ts";
import { hopelessConstants } from "./filter-constants.ts";
import { unfitFor } from "./fitness.ts";
import { warningsIn } from "./lint.ts";
import { inAuthorsWords } from "./wording.ts";

/** A file with a recipe in it, as read. */
export interface RecipeFile {
  readonly file: string;
  readonly text: string;
}

/** A draft that nothing is wrong with, as far as it goes by itself. */
export interface CheckedDraft {
  readonly file: string;
  readonly draft: Draft;
  /** Inferred, joined with the given ones. */
  readonly capabilities: readonly string[];
  /** What looks like a mistake in it. */
  readonly warnings: readonly Finding[];
}

/** How deep a recipe file may nest. */
const maxDepth = 64;

/**
 * Reads recipe files, collecting everything that is wrong with each and with them together, and
 * what looks like a mistake in any of them.
 */
export function checkFiles(files: readonly RecipeFile[]): {
  readonly drafts: readonly CheckedDraft[];
  /** Each refuses its file. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
} {
  const findings: Finding[] = [];
  const drafts: CheckedDraft[] = [];
  const warnings: Finding[] = [];
  for (const { file, text } of files) {
    const { draft, errors, value, filterAt = "" } = checkText(text);
    for (const error of errors)
      findings.push({ ...toFinding(file, error), message: inAuthorsWords(error, value) });
    const doubts = warningsIn(value).map((warning) => ({
      ...warning,
      at: warning.at === "/filter_expression" ? filterAt : warning.at,
      file,
    }));
    warnings.push(...doubts);
    if (draft !== undefined) drafts.push({ file, ...draft, warnings: doubts });
  }
  return { drafts, findings: [...findings, ...sameIdentities(drafts)], warnings };
}

/**
 * Reads recipe files that are to be published.
 *
 * @throws RefusedFiles with every finding
 */
export function readDrafts(files: readonly RecipeFile[]): readonly CheckedDraft[] {
  const { drafts, findings } = checkFiles(files);
  if (findings.length > 0) throw new RefusedFiles(findings);
  return drafts;
}

/** A coded error as a finding in a file. */
export function toFinding(
  file: string,
  { code, at, message }: { readonly code: string; readonly at?: string; readonly message: string },
): Finding {
  return { code, file, at: at ?? "", message };
}

function checkText(text: string): {
  readonly draft?: Pick<CheckedDraft, "draft" | "capabilities">;
  readonly errors: readonly RecipeError[];
  /** The file's content, once it is JSON, with its filter as one expression where it could be read. */
  readonly value?: unknown;
  /** Where in the file that expression comes from. */
  readonly filterAt?: string;
} {
  let value: unknown;
  try {
    value = parseJson(text, { code: "recipe/malformed", maxDepth });
    const form = withFilterExpression(value);
    ({ value } = form);
    const about = { value, filterAt: form.at };
    const { draft, findings } = checkDraft(value);
    const errors = [...findings, ...form.written.flatMap(checkFilter)];
    if (draft === undefined || errors.length > 0) return { errors, ...about };
    const unfit = unfitFor(value, draft);
    if (unfit.length > 0) return { errors: unfit, ...about };
    return { draft: { draft, capabilities: capabilitiesOf(draft) }, errors: [], ...about };
  } catch (error) {
    if (error instanceof RecipeError) return { errors: [error], value };
    throw error;
  }
}

/** The filter by itself, so that a wrong argument does not hide a wrong filter. */
function checkFilter({ filter, at }: WrittenFilter): readonly RecipeError[] {
  try {
    const unknown = compileFilter(filter).uses.transforms.filter((name) => !isTransformName(name));
    return [
      ...unknown.map(
        (name) =>
          new RecipeError(
            "filter/unknown-transform",
            `no client knows the transform ${name}${didYouMean(name, transformNames)}`,
            { at },
          ),
      ),
      ...hopelessConstants(filter).map(
        ({ code, message }) => new RecipeError(code, message, { at }),
      ),
    ];
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    return [new RecipeError(error.code, filterRefusal(filter, error), { at, cause: error })];
  }
}

function sameIdentities(drafts: readonly CheckedDraft[]): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [index, { file, draft }] of drafts.entries()) {
    const earlier = drafts.slice(0, index);
    const twin = earlier.find(
      (other) => draft.slug !== undefined && other.draft.slug === draft.slug,
    );
    if (twin !== undefined)
      findings.push({
        code: "recipe/duplicate-slug",
        file,
        at: "/slug",
        message: `${twin.file} has the slug ${draft.slug ?? ""} too`,
      });
    const namesake = earlier.find((other) => draft.id !== undefined && other.draft.id === draft.id);
    if (namesake !== undefined)
      findings.push({
        code: "recipe/duplicate-id",
        file,
        at: "/id",
        message: `${namesake.file} has the id ${String(draft.id)} too`,
      });
  }
  return findings;
}
