import * as v from "valibot";
import { RecipeError } from "./errors.ts";
import { compileFilter } from "./filter.ts";
import type { FilterObjectSpec } from "./filter-object-spec.ts";
import { type FilterObjectType, filterObjects } from "./filter-objects.ts";
import { toFindings } from "./findings.ts";
import { isObject, memberOf } from "./members.ts";
import { didYouMean } from "./nearest.ts";
import { pointerTo } from "./pointer.ts";

type Path = readonly (string | number)[];

/** How deep objects may stand inside each other: each takes at least one of a filter's 32 brackets. */
const maxDepth = 15;

/** A filter from objects. */
export interface CompiledObjects {
  /** Every object in parentheses of its own, all of which must let a browser in. */
  readonly expression: string;
  /** What authors have named beyond what the expression says itself. */
  readonly capabilities: readonly string[];
}

/**
 * Turns Normandy's filter objects into a filter.
 *
 * @param values - a list of objects, each with a `type` and the members that it asks for
 * @param options.slug - of the recipe that they are for
 * @param options.base - where the list stands, for pointers
 * @throws RecipeError `recipe/*` for what is no such object, `filter/*` for what cannot be written as
 *   a filter, each with a pointer
 */
export function compileFilterObjects(
  values: unknown,
  { slug, base = [] }: { readonly slug?: string | undefined; readonly base?: Path } = {},
): CompiledObjects {
  if (!Array.isArray(values) || values.length === 0)
    throw new RecipeError("recipe/wrong-type", "expected a list of filter objects", {
      at: pointerTo(base),
    });
  const capabilities: string[] = [];
  const compile = (value: unknown, path: Path, depth: number): string => {
    const at = pointerTo(path);
    if (depth > maxDepth)
      throw new RecipeError("filter/too-deep", "filter objects stand too deep in each other", {
        at,
      });
    const type = memberOf(value, "type");
    if (!isObject(value) || !isType(type)) throw noSuchType(type, [...path, "type"]);
    const { type: _type, ...members } = value as Readonly<Record<string, unknown>>;
    const spec: FilterObjectSpec = filterObjects[type];
    const parsed = v.safeParse(spec.shape, members);
    if (!parsed.success) {
      const [finding] = toFindings(parsed.issues, { base: path });
      throw finding ?? new RecipeError("recipe/malformed", "this is no filter object", { at });
    }
    if (type === "jexl") capabilities.push(...named(parsed.output));
    return readable(
      () =>
        `(${spec.compile(parsed.output, {
          slug,
          inside: (inner, steps) => compile(inner, [...path, ...steps], depth + 1),
        })})`,
      at,
    );
  };
  const parts = values.map((value, index) => compile(value, [...base, index], 1));
  const expression = parts.length === 1 ? (parts[0] ?? "") : parts.join(" && ");
  return { expression, capabilities };
}

function isType(type: unknown): type is FilterObjectType {
  return typeof type === "string" && Object.hasOwn(filterObjects, type);
}

function noSuchType(type: unknown, path: Path): RecipeError {
  const at = pointerTo(path);
  if (typeof type !== "string")
    return new RecipeError("recipe/missing", "a filter object is JSON with a type", { at });
  const hint = didYouMean(type, Object.keys(filterObjects));
  return new RecipeError("recipe/out-of-range", `there is no such filter object${hint}`, { at });
}

function named(object: unknown): readonly string[] {
  const names: unknown = memberOf(object, "capabilities");
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
}

/** What is written must be a filter by itself: a part that closes a parenthesis of another would be read as something else. */
function readable(write: () => string, at: string): string {
  try {
    const expression = write();
    compileFilter(expression);
    compileFilter(expression.slice(1, -1));
    return expression;
  } catch (error) {
    if (!(error instanceof RecipeError) || error.at !== "") throw error;
    throw new RecipeError(error.code, error.message, { at, cause: error });
  }
}
