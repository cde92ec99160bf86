import { preferenceTypeOf, type PreferenceValue } from "#recipes/arguments.ts";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilterObjects } from "#recipes/filter-object.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { ArgumentError, type NamedRecipe } from "./rows.ts";

// Recipes as scenarios write them: what a scenario is not about may be left out, and is filled in.

/** What stands in for what a recipe does not say, by the name of its action. */
const defaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "preference-study": aStudy(),
  "addon-study": aStudy(),
  "show-heartbeat": {
    message: "How do you like it?",
    thanksMessage: "Thank you!",
    postAnswerUrl: null,
    learnMoreMessage: null,
    learnMoreUrl: null,
  },
};

function aStudy(): Readonly<Record<string, unknown>> {
  return {
    userFacingName: "A study",
    userFacingDescription: "A study in a scenario.",
    isEnrollmentPaused: false,
  };
}

/** A recipe as a scenario has it; whatever else it says is for the client to judge. */
interface SaidRecipe {
  readonly action: string;
  readonly id?: number;
  readonly [member: string]: unknown;
}

/**
 * A whole recipe of what a scenario says of it: the id is its place in the file, the slug its name
 * there; preferences may be written as `name: value`.
 *
 * @param place - from 0
 * @throws ArgumentError for filter objects that are none
 */
export function wholeRecipe(name: string, place: number, said: SaidRecipe): NamedRecipe {
  const { id = place + 1, filter_object: objects, ...rest } = said;
  const named = slugged(said.action, name, said["arguments"]);
  const content = {
    id,
    name,
    filter_expression: objects === undefined ? "" : filterOf(objects, named.slug),
    ...rest,
    arguments: named.content,
  };
  return { id, slug: named.slug, content, preferences: preferencesIn(named.content) };
}

function preferencesIn(said: unknown): readonly string[] {
  const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const ofBranches = listOf(memberOf(said, "branches")).flatMap((branch) => {
    const preferences = memberOf(branch, "preferences");
    return isObject(preferences) ? Object.keys(preferences) : [];
  });
  const ofRollout = listOf(memberOf(said, "preferences")).map((one) =>
    String(memberOf(one, "preferenceName")),
  );
  return [...ofBranches, ...ofRollout];
}

/** Actions whose slug says something else than which recipe it is. */
const slugMembers: Readonly<Record<string, string>> = {
  "show-heartbeat": "surveyId",
  "preference-rollback": "rolloutSlug",
  "addon-rollback": "rolloutSlug",
};

function slugged(
  action: string,
  name: string,
  said: unknown,
): { readonly slug: string; readonly content: unknown } {
  if (said !== undefined && !isObject(said)) return { slug: name, content: said };
  const member = slugMembers[action] ?? "slug";
  const content: Record<string, unknown> = {
    ...(action === "console-log" ? { message: name } : { [member]: name }),
    ...(Object.hasOwn(defaults, action) ? defaults[action] : {}),
    ...said,
  };
  const { branches, preferences } = content;
  if (Array.isArray(branches)) content["branches"] = branches.map(wholeBranch);
  if (action === "preference-rollout" && isObject(preferences))
    content["preferences"] = Object.entries(preferences).map(([preferenceName, value]) => ({
      preferenceName,
      value: value as unknown,
    }));
  const slug = content[member];
  return { slug: typeof slug === "string" ? slug : name, content };
}

function wholeBranch(branch: unknown): unknown {
  const preferences = memberOf(branch, "preferences");
  if (!isObject(branch) || !isObject(preferences)) return branch;
  const whole = Object.entries(preferences).map(([name, said]: [string, unknown]) => [
    name,
    isValue(said)
      ? {
          preferenceType: preferenceTypeOf(said),
          preferenceBranchType: "default",
          preferenceValue: said,
        }
      : said,
  ]);
  return { ratio: 1, ...branch, preferences: Object.fromEntries(whole) as unknown };
}

function isValue(said: unknown): said is PreferenceValue {
  return ["string", "number", "boolean"].includes(typeof said);
}

function filterOf(objects: unknown, slug: string): string {
  try {
    return compileFilterObjects(objects, { slug, base: ["filter_object"] }).expression;
  } catch (error) {
    if (error instanceof RecipeError) throw new ArgumentError(error.at, error.message);
    throw error;
  }
}
