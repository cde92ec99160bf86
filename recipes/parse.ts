import * as v from "valibot";
import { canonicalAction, legacyFormOf } from "./aliases.ts";
import { type ActionName, argumentShapes } from "./arguments.ts";
import { RecipeError } from "./errors.ts";
import { toFindings } from "./findings.ts";
import { isObject, memberOf, prototypeNames } from "./members.ts";
import { pointerTo } from "./pointer.ts";
import type { Draft, Instruction, Recipe, RecipeEnvelope } from "./recipe.ts";
import { slugInArguments, slugOf } from "./slug.ts";
import { strayPreferences, wrongArguments } from "./well-formed.ts";

/**
 * Reads a recipe: the action under our name, its arguments with defaults filled in. Members that
 * nobody asked for are dropped, as Normandy drops them.
 *
 * @throws RecipeError `recipe/*` with a pointer into the text as its author wrote it
 */
export function parseRecipe(value: unknown): Recipe {
  const { recipe, findings } = checkRecipe(value);
  return recipe ?? refuse(findings);
}

/**
 * Reads what an experimenter writes in a file: a recipe whose `id`, `revision_id` and
 * `capabilities` may be missing, for a server gives them.
 *
 * @throws RecipeError as `parseRecipe`
 */
export function parseDraft(value: unknown): Draft {
  const { draft, findings } = checkDraft(value);
  return draft ?? refuse(findings);
}

/**
 * Reads the part of a body that has the same form whatever its action: enough to hold it against
 * its manifest entry. Nothing of `arguments` is judged.
 *
 * @throws RecipeError `recipe/*` with a pointer
 */
export function parseEnvelope(value: unknown): RecipeEnvelope {
  const { output, findings } = read(envelopeShape, value);
  if (output === undefined) return refuse(findings);
  const { slug: _given, ...identity } = output;
  return {
    ...identity,
    slug: slugOf(value, identity.id) ?? "",
    arguments: memberOf(value, "arguments"),
  };
}

/** Every complaint about a recipe, not only the first; `recipe` is there when there is none. */
export function checkRecipe(value: unknown): {
  readonly recipe?: Recipe;
  readonly findings: readonly RecipeError[];
} {
  const identity = read(recipeShape, value);
  const instruction = readInstruction(value);
  const findings = [...identity.findings, ...instruction.findings, ...wrongNames(value)];
  if (findings.length > 0 || identity.output === undefined || instruction.output === undefined) {
    return { findings };
  }
  const slug = slugOf(value, identity.output.id) ?? "";
  return { recipe: { ...identity.output, slug, ...instruction.output }, findings };
}

/** Every complaint about a draft; `draft` is there when there is none. */
export function checkDraft(value: unknown): {
  readonly draft?: Draft;
  readonly findings: readonly RecipeError[];
} {
  const identity = read(draftShape, value);
  const instruction = readInstruction(value);
  const findings = [...identity.findings, ...instruction.findings, ...wrongNames(value)];
  if (findings.length > 0 || identity.output === undefined || instruction.output === undefined) {
    return { findings };
  }
  const slug = slugOf(value, identity.output.id);
  const { id: givenId, revision_id: revision, slug: _given, ...rest } = identity.output;
  const known = {
    ...(givenId === undefined ? {} : { id: givenId }),
    ...(revision === undefined ? {} : { revision_id: revision }),
    ...(slug === undefined ? {} : { slug }),
  };
  return { draft: { ...rest, ...known, ...instruction.output }, findings };
}

const revisionId = v.pipe(
  v.union([
    v.pipe(v.string(), v.regex(/^(?:0|[1-9]\d{0,15})$/u)),
    v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  ]),
  v.transform(String),
);
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const recipeShape = v.object({
  id,
  revision_id: revisionId,
  slug: v.optional(v.pipe(v.string(), v.minLength(1))),
  name: v.string(),
  filter_expression: v.optional(v.string(), ""),
  capabilities: v.pipe(
    v.optional(v.array(v.string()), []),
    v.transform((names) => [...new Set(names)].sort()),
  ),
});
const envelopeShape = v.object({
  ...recipeShape.entries,
  action: v.pipe(v.string(), v.minLength(1)),
});
/** What a recipe file says beside its action and what that is told. */
export const draftShape = v.object({
  ...recipeShape.entries,
  id: v.optional(id),
  revision_id: v.optional(revisionId),
});

interface Reading<T> {
  readonly output?: T;
  readonly findings: readonly RecipeError[];
}

function read<S extends typeof recipeShape | typeof envelopeShape | typeof draftShape>(
  shape: S,
  value: unknown,
): Reading<v.InferOutput<S>> {
  if (!isObject(value)) {
    return { findings: [new RecipeError("recipe/malformed", "a recipe is a JSON object")] };
  }
  const parsed = v.safeParse(shape, value);
  if (!parsed.success) return { findings: toFindings(parsed.issues) };
  return { output: parsed.output, findings: [] };
}

/**
 * The name in events is the one in the arguments: a recipe that has two different ones is nobody's.
 * In a ping names are keys, and a ping with a key that reaches for a prototype is refused whole.
 */
function wrongNames(value: unknown): readonly RecipeError[] {
  const given = memberOf(value, "slug");
  const said = slugInArguments(value);
  const name = said?.slug ?? given;
  let wrong: readonly [message: string, at: string] | undefined;
  if (typeof given === "string" && given !== "" && given !== name)
    wrong = ["the arguments give this recipe another slug", "/slug"];
  else if (typeof name === "string" && prototypeNames.includes(name))
    wrong = ["no recipe has this slug", said ? `/arguments/${said.member}` : "/slug"];
  return wrong ? [new RecipeError("recipe/out-of-range", wrong[0], { at: wrong[1] })] : [];
}

function readInstruction(value: unknown): Reading<Instruction> {
  if (!isObject(value)) return { findings: [] };
  const written = memberOf(value, "action");
  if (typeof written !== "string") return { findings: [notThere("/action", written, "a text")] };
  const action = canonicalAction(written);
  if (action === undefined) {
    const at = "/action";
    return { findings: [new RecipeError("recipe/unknown-action", "no such action", { at })] };
  }
  const raw = memberOf(value, "arguments");
  if (!isObject(raw)) return { findings: [notThere("/arguments", raw, "an object")] };
  const name = memberOf(value, "name");
  return readArguments(action, written, raw, typeof name === "string" ? name : "");
}

function readArguments(
  action: ActionName,
  written: string,
  raw: object,
  recipeName: string,
): Reading<Instruction> {
  const base = ["arguments"];
  const form = legacyFormOf(written);
  const legacy = form?.read(raw, recipeName);
  if (legacy !== undefined && "issues" in legacy) {
    return { findings: toFindings(legacy.issues, { base }) };
  }
  const parsed = v.safeParse(argumentShapes[action], legacy?.arguments ?? raw);
  const stray = legacy === undefined ? strayPreferences(action, raw) : [];
  if (!parsed.success) return { findings: [...toFindings(parsed.issues, { base }), ...stray] };
  // Name and shape come from one key of one table; the type of the table's union cannot say so.
  const instruction = { action, arguments: parsed.output } as Instruction;
  const wrong = wrongArguments(instruction).map(({ code, message, path }) => {
    const place = form?.place(path) ?? path;
    return new RecipeError(code, message, { at: pointerTo([...base, ...place]) });
  });
  const findings = [...stray, ...wrong];
  return findings.length > 0 ? { findings } : { output: instruction, findings };
}

function notThere(at: string, found: unknown, expected: string): RecipeError {
  return found === undefined
    ? new RecipeError("recipe/missing", "a required member is missing", { at })
    : new RecipeError("recipe/wrong-type", `expected ${expected}`, { at });
}

function refuse(findings: readonly RecipeError[]): never {
  throw findings[0] ?? new RecipeError("recipe/malformed", "this is not a recipe");
}
