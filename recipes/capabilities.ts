import { canonicalAction, canonicalCapability } from "./aliases.ts";
import { isPreferenceBranch, type PreferenceBranch, type PreferenceValue } from "./arguments.ts";
import { RecipeError } from "./errors.ts";
import { compileFilter } from "./filter.ts";
import { capabilitiesOfFilter } from "./filter-names.ts";
import type { Instruction } from "./recipe.ts";

/** What every client has that can read a recipe at all. */
export const baseCapability = "capabilities-v1";

interface Asking {
  readonly action: string;
  readonly filter_expression: string;
  readonly capabilities?: readonly string[];
}

/**
 * What a client must be able to do to run this recipe: what its action and its filter need, joined
 * with what is written in it already. Sorted, each once, actions under our names.
 *
 * @throws RecipeError `filter/*` when the filter cannot be read, and its needs therefore not be known
 */
export function capabilitiesOf(recipe: Asking): readonly string[] {
  return joined([...withoutFilter(recipe), ...capabilitiesOfFilter(recipe.filter_expression)]);
}

/**
 * The same without the filter's, for a place that publishes whatever is written: the client then
 * says what is wrong with the filter.
 */
export function capabilitiesOfAction(recipe: Omit<Asking, "filter_expression">): readonly string[] {
  return joined(withoutFilter(recipe));
}

/** What is wanted and not supported, sorted, under our names: empty when the recipe can run here. */
export function missingCapabilities(
  wanted: readonly string[],
  supported: Iterable<string>,
): readonly string[] {
  const known = new Set(Array.from(supported, canonicalCapability));
  return joined(wanted).filter((capability) => !known.has(capability));
}

/**
 * What a client can do with preferences, as capabilities of our own. They are never written into a
 * recipe: a client reads them off its arguments and its filter, so that a recipe of any age ends there.
 *
 * @param names - the only names that it knows, each with the values that can be written;
 *   `undefined`: it knows every name
 */
export function capabilitiesOfPreferences(
  branches: readonly PreferenceBranch[],
  names: ReadonlyMap<string, readonly PreferenceValue[]> | undefined,
): readonly string[] {
  const known = names === undefined ? [] : [...names];
  return [
    ...branches.map(onBranch),
    ...(names === undefined ? [everyName] : known.map(([name]) => named(name))),
    ...known.flatMap(([name, values]) => values.map((value) => holding(name, value))),
  ];
}

/**
 * What a recipe asks of preferences, over all its branches and in its filter, and a client does not
 * have; sorted.
 */
export function missingForPreferences(
  recipe: Instruction & { readonly filter_expression: string },
  supported: ReadonlySet<string>,
): readonly string[] {
  const knows = (capability: string): boolean =>
    supported.has(everyName) || supported.has(capability);
  const missing = wishesOf(recipe).flatMap(({ name, branch, value }) => {
    if (!supported.has(onBranch(branch))) return [onBranch(branch)];
    // Which value it wants is nobody's to tell: the name is enough.
    return knows(holding(name, value)) ? [] : [named(name)];
  });
  const unread = supported.has(everyName)
    ? []
    : namesRead(recipe.filter_expression).filter(
        (name) => !name.startsWith(ownPrefix) && !supported.has(named(name)),
      );
  return joined([...missing, ...unread.map(named)]);
}

/** The extension's own settings have these names in every browser. */
const ownPrefix = "extensions.mulberry.";
const everyName = "mulberry.preference.*";
const onBranch = (branch: PreferenceBranch): string => `mulberry.preference-branch.${branch}`;
const named = (name: string): string => `mulberry.preference.${name}`;
const holding = (name: string, value: PreferenceValue): string =>
  `${named(name)}=${JSON.stringify(value)}`;

function namesRead(expression: string): readonly string[] {
  if (expression === "") return [];
  try {
    return compileFilter(expression).uses.preferences;
  } catch (error) {
    // A filter that cannot be read asks for nothing; judging it says why.
    if (error instanceof RecipeError) return [];
    throw error;
  }
}

interface Wish {
  readonly name: string;
  readonly branch: PreferenceBranch;
  readonly value: PreferenceValue;
}

function wishesOf(instruction: Instruction): readonly Wish[] {
  switch (instruction.action) {
    case "preference-study":
      return instruction.arguments.branches.flatMap(({ preferences }) =>
        Object.entries(preferences).flatMap(
          // Of a branch that is none the client tells in an event: no browser has it.
          ([name, { preferenceBranchType: branch, preferenceValue: value }]) =>
            isPreferenceBranch(branch) ? [{ name, branch, value }] : [],
        ),
      );
    case "preference-rollout":
      return instruction.arguments.preferences.map(({ preferenceName: name, value }) => ({
        name,
        branch: "default",
        value,
      }));
    default:
      return [];
  }
}

function withoutFilter({
  action,
  capabilities = [],
}: Omit<Asking, "filter_expression">): readonly string[] {
  return [baseCapability, `action.${canonicalAction(action) ?? action}`, ...capabilities];
}

function joined(capabilities: readonly string[]): readonly string[] {
  return [...new Set(capabilities.map(canonicalCapability))].sort();
}
