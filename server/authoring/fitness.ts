import { isPreferenceBranch, preferenceBranches } from "#recipes/arguments.ts";
import { canonicalJson } from "#recipes/canonical.ts";
import { preferencesOf } from "#recipes/conflicts.ts";
import { isDenied } from "#recipes/denied.ts";
import { RecipeError } from "#recipes/errors.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { pointerTo } from "#recipes/pointer.ts";
import type { Draft } from "#recipes/recipe.ts";
import { labelPattern } from "#telemetry/environment.ts";
import { eventLimits } from "#telemetry/events.ts";
import { utf8Length } from "#telemetry/text.ts";

import { isPreferenceName } from "./filter-constants.ts";

type Path = readonly (string | number)[];

/**
 * What parses and nobody should publish: texts that are no text, names that events would cut short
 * and pings could not carry, preferences that no client lets a recipe set, bodies that clients do
 * not fetch.
 *
 * @param value - the file's content, in which pointers count
 */
export function unfitFor(value: unknown, draft: Draft): readonly RecipeError[] {
  const findings = [
    ...brokenTexts(value, []),
    ...unsendableNames(value, draft),
    ...oddPreferences(value),
    ...deniedNames(value, draft),
    ...oddBranches(memberOf(value, "arguments"), ["arguments"]),
  ];
  // A text that is broken or endless makes the size a second complaint about the same.
  return findings.length > 0 ? findings : tooLarge(draft);
}

/** Halves of surrogate pairs: two readers may make different bytes of them. */
function brokenTexts(value: unknown, path: Path): readonly RecipeError[] {
  if (typeof value === "string") return /\p{Cs}/u.test(value) ? [brokenText(path)] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => [
    ...(/\p{Cs}/u.test(key) ? [brokenText(path)] : []),
    ...brokenTexts(item, [...path, key]),
  ]);
}

function brokenText(path: Path): RecipeError {
  const message = "the text holds half of a surrogate pair";
  return new RecipeError("recipe/malformed", message, { at: pointerTo(path) });
}

/** A client tells of a preference branch that is none, and enrols nobody. */
function oddBranches(value: unknown, path: Path): readonly RecipeError[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    const at = [...path, key];
    if (key !== "preferenceBranchType" || typeof item !== "string") return oddBranches(item, at);
    if (isPreferenceBranch(item)) return [];
    const message = `a preference branch is ${preferenceBranches.join(" or ")}`;
    return [new RecipeError("recipe/out-of-range", message, { at: pointerTo(at) })];
  });
}

/** A study is found again by the name in its events and pings, which have room for so many bytes, on one line. */
function unsendableNames(value: unknown, { slug }: Draft): readonly RecipeError[] {
  const said = memberOf(value, "arguments");
  const names: (readonly [unknown, Path])[] = [
    [slug, isObject(value) && Object.hasOwn(value, "slug") ? ["slug"] : ["arguments", "slug"]],
  ];
  const branches = memberOf(said, "branches");
  if (Array.isArray(branches))
    for (const [index, branch] of branches.entries())
      names.push([memberOf(branch, "slug"), ["arguments", "branches", index, "slug"]]);
  return names.flatMap(([name, path]) => {
    if (typeof name !== "string") return [];
    const refuse = (message: string) => [
      new RecipeError("recipe/out-of-range", message, { at: pointerTo(path) }),
    ];
    if (utf8Length(name) > eventLimits.valueBytes)
      return refuse(
        `a name has at most ${String(eventLimits.valueBytes)} bytes: events carry no more`,
      );
    return labelPattern.test(name)
      ? []
      : refuse("a name holds no control characters: no ping carries them");
  });
}

/** Preferences whose names no event could carry; a blank in one is a slip of the pen. */
function oddPreferences(value: unknown): readonly RecipeError[] {
  const said = memberOf(value, "arguments");
  const one = (holder: unknown, path: Path) => [
    [memberOf(holder, "preferenceName"), [...path, "preferenceName"]] as const,
  ];
  const each = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : []);
  const names: readonly (readonly [unknown, Path])[] = [
    ...one(said, ["arguments"]),
    ...each(memberOf(said, "preferences")).flatMap((item, index) =>
      one(item, ["arguments", "preferences", index]),
    ),
    ...each(memberOf(said, "branches")).flatMap((branch, index) =>
      Object.keys(memberOf(branch, "preferences") ?? {}).map(
        (name) => [name, ["arguments", "branches", index, "preferences", name]] as const,
      ),
    ),
  ];
  return names.flatMap(([name, path]) => {
    if (typeof name !== "string" || isPreferenceName(name)) return [];
    const message = "a preference's name holds no blanks and no characters beyond ASCII";
    return [new RecipeError("recipe/out-of-range", message, { at: pointerTo(path) })];
  });
}

/** In whichever branch: clients refuse all of the recipe. */
function deniedNames(value: unknown, draft: Draft): readonly RecipeError[] {
  const denied = new Set(preferencesOf(draft).filter((name) => isDenied(name)));
  if (denied.size === 0) return [];
  return placesOf(denied, memberOf(value, "arguments"), ["arguments"]).map((path) => {
    const message =
      'no client lets a recipe set this preference (docs/preferences.md, "What no recipe may set")';
    return new RecipeError("recipe/denied-preference", message, { at: pointerTo(path) });
  });
}

/** Where the names stand: as a key among a branch's preferences, or as a `preferenceName`. */
function placesOf(names: ReadonlySet<string>, value: unknown, path: Path): readonly Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]): readonly Path[] => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    const isNamed = key === "preferenceName" && typeof item === "string" && names.has(item);
    return isNamed || names.has(key) ? [at] : placesOf(names, item, at);
  });
}

function tooLarge(draft: Draft): readonly RecipeError[] {
  const size = canonicalJson(draft).length;
  if (size <= wireLimits.bodyBytes) return [];
  const message = `a recipe may have ${String(wireLimits.bodyBytes)} bytes, this one has ${String(size)}`;
  return [new RecipeError("recipe/too-large", message)];
}
