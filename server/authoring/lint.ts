import { canonicalAction, legacyShapeOf } from "#recipes/aliases.ts";
import { argumentShapes } from "#recipes/arguments.ts";
import {
  attributeNames,
  isAttributeName,
  isTargetingName,
  targetingNames,
} from "#recipes/attributes.ts";
import { RecipeError } from "#recipes/errors.ts";
import { namespaces } from "#recipes/filter-context.ts";
import { compileFilter, parseFilter } from "#recipes/filter.ts";
import { childrenOf, type FilterOperand } from "#recipes/filter-tree.ts";
import { nodeOf, type ShapeNode, unwrapped } from "#recipes/forms.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { didYouMean } from "#recipes/nearest.ts";
import { pointerTo } from "#recipes/pointer.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { orderTraps } from "./filter-traps.ts";

// What a client would take and its author probably did not mean. Nothing here stops a recipe.

/** Codes of warnings, which are stable as those of refusals are. */
export type WarningCode =
  | "warning/unknown-member"
  | "warning/unknown-attribute"
  | "warning/unknown-name"
  | "warning/every-browser"
  | "warning/nobody-enters"
  | "warning/shared-preference"
  | "warning/mixed-operators"
  | "warning/says-nothing";

/** One thing that looks like a mistake. */
export interface Warning {
  readonly code: WarningCode;
  /** JSON Pointer. */
  readonly at: string;
  readonly message: string;
}

type Path = readonly (string | number)[];

/**
 * Everything in one recipe that looks like a mistake, whether or not the recipe is refused as well.
 *
 * @param value - a recipe file's content
 */
export function warningsIn(value: unknown): readonly Warning[] {
  if (!isObject(value)) return [];
  return [...strangeMembers(value), ...argumentWarnings(value), ...filterWarnings(value)];
}

const members = {
  id: true,
  slug: true,
  name: true,
  revision_id: true,
  action: true,
  arguments: true,
  filter_expression: true,
  capabilities: true,
} as const satisfies Readonly<Record<keyof Recipe, true>>;

function strangeMembers(value: object): readonly Warning[] {
  return (
    Object.keys(value)
      // What tells an editor which schema to hold the file against is no part of the recipe.
      .filter((name) => name !== "$schema" && !Object.hasOwn(members, name))
      .map((name) => strangeMember(name, Object.keys(members), []))
  );
}

function argumentWarnings(value: object): readonly Warning[] {
  const written = memberOf(value, "action");
  const action = typeof written === "string" ? canonicalAction(written) : undefined;
  if (typeof written !== "string" || action === undefined) return [];
  const shape = nodeOf(legacyShapeOf(written) ?? argumentShapes[action]);
  const said = memberOf(value, "arguments");
  return [
    ...strangersBelow(shape, said, ["arguments"]),
    ...unsaidPause(shape, said),
    ...blankTexts(said),
  ];
}

/** Texts that people are to read, and blanks alone fill. */
function blankTexts(said: unknown): readonly Warning[] {
  return ["userFacingName", "userFacingDescription", "message"].flatMap((name) => {
    const text = memberOf(said, name);
    if (typeof text !== "string" || text === "" || text.trim() !== "") return [];
    const message = "people are to read this, and it holds blanks alone";
    return [{ code: "warning/says-nothing", at: pointerTo(["arguments", name]), message }];
  });
}

/** Normandy's default surprises: a study is closed until it says that it is open. */
function unsaidPause({ entries }: ShapeNode, said: unknown): readonly Warning[] {
  const name = "isEnrollmentPaused";
  const isSaid = memberOf(said, name) !== undefined;
  if (entries === undefined || !Object.hasOwn(entries, name) || isSaid) return [];
  return [
    {
      code: "warning/nobody-enters",
      at: pointerTo(["arguments", name]),
      message: "nobody enters this study unless it says false here; true is the default",
    },
  ];
}

/** Members that a shape passes over in silence, at any depth. */
function strangersBelow(shape: ShapeNode, value: unknown, path: Path): readonly Warning[] {
  const { entries, item, type, value: ofRecord } = unwrapped(shape);
  if (item !== undefined && Array.isArray(value))
    return value.flatMap((one: unknown, index) => strangersBelow(item, one, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, below]: [string, unknown]) => {
    if (type === "record") return strangersBelow(ofRecord as ShapeNode, below, [...path, name]);
    if (entries === undefined) return [];
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    return entry === undefined
      ? [strangeMember(name, Object.keys(entries), path)]
      : strangersBelow(entry, below, [...path, name]);
  });
}

function strangeMember(name: string, known: readonly string[], path: Path): Warning {
  return {
    code: "warning/unknown-member",
    at: pointerTo([...path, name]),
    message: `nothing looks at this member${didYouMean(name, known)}`,
  };
}

function filterWarnings(value: object): readonly Warning[] {
  const filter = memberOf(value, "filter_expression");
  const at = "/filter_expression";
  if (filter === undefined || (typeof filter === "string" && filter.trim() === "")) {
    const action = memberOf(value, "action");
    // A rollback acts where its rollout is, and ought to reach every such browser.
    if (typeof action === "string" && action.endsWith("-rollback")) return [];
    const message =
      'without a filter this reaches every browser; write "true" to say that you mean it';
    return [{ code: "warning/every-browser", at, message }];
  }
  if (typeof filter !== "string") return [];
  return [...unknownIn(filter), ...orderIn(filter)].map((one) => ({ ...one, at }));
}

/** What a filter names and no browser knows. */
export function unknownIn(filter: string): readonly Omit<Warning, "at">[] {
  return asRead(() => [...unknownAttributes(filter), ...unknownNames(filter)]);
}

function orderIn(filter: string): readonly Omit<Warning, "at">[] {
  return asRead(() => orderTraps(filter));
}

function asRead(look: () => readonly Omit<Warning, "at">[]): readonly Omit<Warning, "at">[] {
  try {
    return look();
  } catch (error) {
    // A filter that cannot be read is refused, and that says all.
    if (error instanceof RecipeError) return [];
    throw error;
  }
}

function unknownAttributes(filter: string): readonly Omit<Warning, "at">[] {
  return compileFilter(filter).uses.attributes.flatMap(({ namespace, name }) => {
    const isTargeting = namespace === "ctx";
    if (isTargeting ? isTargetingName(name) : isAttributeName(name)) return [];
    const near = didYouMean(name, isTargeting ? targetingNames : attributeNames);
    const effect = isTargeting
      ? "is undefined in every browser"
      : "is known to no browser, so none runs this, and whoever is in a study of it leaves for good";
    return [
      { code: "warning/unknown-attribute", message: `${namespace}.${name} ${effect}${near}` },
    ];
  });
}

/** Names that stand alone: a filter reaches everything through a namespace. */
function unknownNames(filter: string): readonly Omit<Warning, "at">[] {
  const names = new Set<string>();
  const visit = (node: FilterOperand): void => {
    if (node === null || node === undefined) return;
    if (node.type === "Identifier" && node.from === undefined && node.relative !== true)
      names.add(node.value);
    childrenOf(node).forEach(visit);
  };
  visit(parseFilter(filter));
  const known: readonly string[] = namespaces;
  // Jexl has no such words, and what people mean by them is what they come to.
  const meant = ["null", "undefined"];
  return [...names]
    .filter((name) => !known.includes(name) && !meant.includes(name))
    .map((name) => {
      const attribute = isAttributeName(name)
        ? `; did you mean "env.${name}"?`
        : didYouMean(name, known);
      return {
        code: "warning/unknown-name",
        message: `${name} is undefined in every browser${attribute}`,
      };
    });
}
