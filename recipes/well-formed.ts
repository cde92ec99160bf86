import { type ArgumentsOf, preferenceTypeOf } from "./arguments.ts";
import { RecipeError, type RecipeErrorCode } from "./errors.ts";
import { isObject, memberOf, prototypeNames } from "./members.ts";
import { pointerTo } from "./pointer.ts";
import type { Instruction } from "./recipe.ts";

// What a shape alone cannot say: how the members of well-shaped arguments fit each other.

/** A complaint about arguments; the path counts from them, in their canonical form. */
export interface Complaint {
  readonly code: RecipeErrorCode;
  readonly message: string;
  readonly path: readonly (string | number)[];
}

/** Everything about these arguments that fits its shape and yet makes no sense. */
export function wrongArguments(said: Instruction): readonly Complaint[] {
  switch (said.action) {
    case "preference-study":
      return [...sameSlugs(said.arguments.branches), ...misfits(said.arguments)];
    case "addon-study":
      return sameSlugs(said.arguments.branches);
    case "preference-rollout":
      return samePreferences(said.arguments);
    case "preference-rollback":
    case "addon-rollout":
    case "addon-rollback":
    case "show-heartbeat":
    case "console-log":
      return [];
  }
}

function sameSlugs(branches: readonly { readonly slug: string }[]): readonly Complaint[] {
  return repeated(branches.map(({ slug }) => slug)).map((index) => ({
    code: "recipe/duplicate-slug",
    message: "two branches have one slug",
    path: ["branches", index, "slug"],
  }));
}

/** Normandy takes the last of them in one place and the first in another. */
function samePreferences({ preferences }: ArgumentsOf<"preference-rollout">): readonly Complaint[] {
  return repeated(preferences.map((preference) => preference.preferenceName)).map((index) => ({
    code: "recipe/out-of-range",
    message: "one preference is given two values",
    path: ["preferences", index, "preferenceName"],
  }));
}

/** Positions of names that stood earlier in the list. */
function repeated(names: readonly string[]): readonly number[] {
  const seen = new Set<string>();
  return names.flatMap((name, index) => {
    if (seen.has(name)) return [index];
    seen.add(name);
    return [];
  });
}

/**
 * Normandy lets a value pass that is not of the type it stands beside, and then fails in the middle
 * of writing it, with the earlier preferences of the branch already changed.
 */
function misfits({ branches }: ArgumentsOf<"preference-study">): readonly Complaint[] {
  return branches.flatMap(({ preferences }, branch) =>
    Object.entries(preferences)
      .filter(
        ([, { preferenceType, preferenceValue }]) =>
          preferenceTypeOf(preferenceValue) !== preferenceType,
      )
      .map(([name, { preferenceType }]): Complaint => ({
        code: "recipe/wrong-type",
        message: `preferenceType says ${preferenceType}`,
        path: ["branches", branch, "preferences", name, "preferenceValue"],
      })),
  );
}

/**
 * Preferences that the shape passes over in silence: a list in place of an object, and names that
 * reach for a prototype, which a schema library leaves out of what it returns.
 */
export function strayPreferences(action: string, raw: unknown): readonly RecipeError[] {
  const branches = memberOf(raw, "branches");
  if (action !== "preference-study" || !Array.isArray(branches)) return [];
  return branches.flatMap((branch: unknown, index): readonly RecipeError[] => {
    const path = ["arguments", "branches", index, "preferences"];
    const preferences = memberOf(branch, "preferences");
    if (Array.isArray(preferences)) {
      return [new RecipeError("recipe/wrong-type", "expected an object", { at: pointerTo(path) })];
    }
    if (!isObject(preferences)) return [];
    return prototypeNames
      .filter((name) => Object.hasOwn(preferences, name))
      .map((name) => {
        const at = pointerTo([...path, name]);
        return new RecipeError("recipe/out-of-range", "no preference has this name", { at });
      });
  });
}
