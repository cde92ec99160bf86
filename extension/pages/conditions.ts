import { RecipeError } from "#recipes/errors.ts";
import { attributePath, conditionsOf, filterEnd, momentOf } from "#recipes/filter-conditions.ts";
import { printFilter } from "#recipes/filter-print.ts";
import type { FilterNode, FilterOperand } from "#recipes/filter-tree.ts";
import { parseFilter } from "#recipes/filter.ts";
import { dayText } from "./times.ts";
import { listed, type WordKey, type Words } from "./words.ts";

/** One condition of a filter: in a person's words where there are some, else as it is written. */
export interface Condition {
  readonly form: "words" | "code";
  readonly text: string;
}

/** Attributes that have a name in a person's words. */
const names = {
  locale: "attribute_locale",
  country: "attribute_country",
  channel: "attribute_channel",
  version: "attribute_version",
  searchEngine: "attribute_search_engine",
  distribution: "attribute_distribution",
} as const satisfies Readonly<Record<string, WordKey>>;

/** Attributes that are true or false, and what they say when they are true. */
const truths = {
  "os.isLinux": "condition_linux",
  "os.isMac": "condition_mac",
  "os.isWindows": "condition_windows",
  isDefaultBrowser: "condition_default_browser",
  isFirstRun: "condition_first_run",
  syncSetup: "condition_sync",
} as const satisfies Readonly<Record<string, WordKey>>;

const comparisons = {
  ">=": "condition_version_from",
  ">": "condition_version_after",
  "<=": "condition_version_to",
  "<": "condition_version_before",
  "==": "condition_version_is",
} as const satisfies Readonly<Record<string, WordKey>>;

const dateComparisons = {
  "<": "condition_date_before",
  "<=": "condition_date_before",
  ">": "condition_date_after",
  ">=": "condition_date_after",
} as const satisfies Readonly<Record<string, WordKey>>;

/**
 * What a filter asks of a browser, condition by condition.
 *
 * @returns an empty list for a filter that lets every browser in
 */
export function conditionTexts(filter: string, words: Words): readonly Condition[] {
  const tree = treeOf(filter);
  if (tree === undefined) return filter === "" ? [] : [{ form: "code", text: filter }];
  return conditionsOf(tree)
    .filter((part) => !(part.type === "Literal" && part.value === true))
    .map((part) => {
      const text = inWords(part, words);
      return text === undefined
        ? { form: "code", text: printFilter(part) }
        : { form: "words", text };
    });
}

/** The last moment that a filter names for itself, in milliseconds since 1970. */
export function endOfFilter(filter: string): number | undefined {
  const tree = treeOf(filter);
  return tree === undefined ? undefined : filterEnd(tree);
}

/** `undefined` for the empty filter, and for one that another version could read and this cannot. */
function treeOf(filter: string): FilterNode | undefined {
  if (filter === "") return undefined;
  try {
    return parseFilter(filter);
  } catch (error) {
    if (error instanceof RecipeError) return undefined;
    throw error;
  }
}

function inWords(part: FilterNode, words: Words): string | undefined {
  switch (part.type) {
    case "Identifier": {
      const key = lookUp(truths, attributePath(part)?.join("."));
      return key === undefined ? undefined : words(key);
    }
    case "Transform":
      return sampleText(part, words);
    case "BinaryExpression":
      return versionText(part, words) ?? dateText(part, words) ?? comparisonText(part, words);
    case "Literal":
    case "UnaryExpression":
    case "ConditionalExpression":
    case "FilterExpression":
    case "ArrayLiteral":
    case "ObjectLiteral":
      return undefined;
  }
}

type Part<T extends FilterNode["type"]> = Extract<FilterNode, { readonly type: T }>;

function sampleText({ name, args }: Part<"Transform">, words: Words): string | undefined {
  const [first, count, total] = args.map(numberOf);
  const share =
    name === "stableSample"
      ? first
      : name === "bucketSample" && count !== undefined && total !== undefined
        ? count / total
        : undefined;
  if (share === undefined || !(share >= 0 && share <= 1)) return undefined;
  const style = { style: "percent", maximumFractionDigits: 2 } as const;
  return words("condition_sample", new Intl.NumberFormat(words("language"), style).format(share));
}

function versionText(
  { operator, left, right }: Part<"BinaryExpression">,
  words: Words,
): string | undefined {
  const key = lookUp(comparisons, operator);
  if (key === undefined || left?.type !== "Transform" || left.name !== "versionCompare")
    return undefined;
  const [version] = left.args;
  const isOfBrowser = attributePath(left.subject)?.join(".") === "version";
  if (!isOfBrowser || version?.type !== "Literal" || numberOf(right) !== 0) return undefined;
  return words(key, String(version.value));
}

function dateText(
  { operator, left, right }: Part<"BinaryExpression">,
  words: Words,
): string | undefined {
  const key = lookUp(dateComparisons, operator);
  const ms = momentOf(right);
  if (key === undefined || ms === undefined) return undefined;
  return attributePath(left)?.join(".") === "request_time" ? words(key, dayText(ms)) : undefined;
}

function comparisonText(
  { operator, left, right }: Part<"BinaryExpression">,
  words: Words,
): string | undefined {
  const name = lookUp(names, attributePath(left)?.join("."));
  if (name === undefined) return undefined;
  if (operator === "in" && right?.type === "ArrayLiteral") {
    const values = right.value.flatMap((item) => literalOf(item) ?? []);
    return values.length === right.value.length && values.length > 0
      ? words("condition_one_of", words(name), listed(words, values))
      : undefined;
  }
  const value = literalOf(right);
  if (value === undefined) return undefined;
  if (operator === "==") return words("condition_is", words(name), value);
  return operator === "!=" ? words("condition_is_not", words(name), value) : undefined;
}

function literalOf(part: FilterOperand): string | undefined {
  return part?.type === "Literal" && typeof part.value === "string" ? part.value : undefined;
}

function numberOf(part: FilterOperand): number | undefined {
  return part?.type === "Literal" && typeof part.value === "number" ? part.value : undefined;
}

function lookUp<T extends Readonly<Record<string, WordKey>>>(
  table: T,
  name: string | undefined,
): T[keyof T] | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name as keyof T] : undefined;
}
