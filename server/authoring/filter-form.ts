import { RecipeError } from "#recipes/errors.ts";
import { compileFilterObjects } from "#recipes/filter-object.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { slugOf } from "#recipes/slug.ts";

/** A filter, or a part of one, and where in a file it stands, as a JSON Pointer. */
export interface WrittenFilter {
  readonly filter: string;
  readonly at: string;
}

/** A recipe file's content with its filter as one expression, whichever way it was written. */
export interface WithFilter {
  readonly value: unknown;
  /** What the file says for its filter. */
  readonly written: readonly WrittenFilter[];
  /** Where the filter as a whole comes from, as a JSON Pointer. */
  readonly at: string;
}

/**
 * Normandy's other way to say a filter: `filter_object`, a list of objects, and `extra_filter_expression`,
 * all of which must let a browser in.
 *
 * @throws RecipeError `recipe/*`, `filter/*` with a pointer
 */
export function withFilterExpression(value: unknown): WithFilter {
  const objects = memberOf(value, "filter_object");
  const extra = memberOf(value, "extra_filter_expression");
  const plain = memberOf(value, "filter_expression");
  if (!isObject(value) || (objects === undefined && extra === undefined))
    return { value, written: parts(plain, "/filter_expression"), at: "/filter_expression" };
  if (plain !== undefined && plain !== "")
    throw new RecipeError(
      "recipe/out-of-range",
      "filter_object and extra_filter_expression say the filter: write what is left as extra_filter_expression",
      { at: "/filter_expression" },
    );
  if (extra !== undefined && typeof extra !== "string")
    throw new RecipeError("recipe/wrong-type", "expected a text", {
      at: "/extra_filter_expression",
    });
  const slug = slugOf(value, undefined);
  const isBare = objects === undefined || (Array.isArray(objects) && objects.length === 0);
  const compiled = isBare
    ? undefined
    : compileFilterObjects(objects, { slug, base: ["filter_object"] });
  const { filter_object: _objects, extra_filter_expression: _extra, ...rest } = value as Members;
  const added = compiled?.capabilities ?? [];
  return {
    value: {
      ...rest,
      filter_expression: joined(compiled?.expression, extra ?? ""),
      ...(added.length > 0 && { capabilities: union(rest["capabilities"], added) }),
    },
    written: [
      ...parts(compiled?.expression, "/filter_object"),
      ...parts(extra, "/extra_filter_expression"),
    ],
    at: isBare ? "/extra_filter_expression" : "/filter_object",
  };
}

type Members = Readonly<Record<string, unknown>>;

function parts(filter: unknown, at: string): readonly WrittenFilter[] {
  return typeof filter === "string" && filter !== "" ? [{ filter, at }] : [];
}

function joined(objects: string | undefined, extra: string): string {
  if (objects === undefined) return extra;
  if (extra === "") return objects;
  // A comment ends at its line.
  return `${objects} && (${extra}${extra.includes("#") ? "\n" : ""})`;
}

/** What is no list of capabilities is refused where it stands. */
function union(given: unknown, added: readonly string[]): unknown {
  if (given === undefined) return added;
  return Array.isArray(given) ? [...(given as readonly unknown[]), ...added] : given;
}
