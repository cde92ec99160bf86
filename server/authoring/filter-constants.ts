import { RecipeError } from "#recipes/errors.ts";
import { compileTree } from "#recipes/filter-compile.ts";
import { type FilterContext, parseFilter, run } from "#recipes/filter.ts";
import { childrenOf, type FilterNode, type FilterOperand } from "#recipes/filter-tree.ts";
import { extraFields } from "#telemetry/event-fields.ts";

// What is wrong in a filter whatever the browser: constants that every client fails on, or that let
// nobody in. The client's own code is asked, with the constants as they stand.

type TransformNode = FilterNode & { readonly type: "Transform" };

/**
 * Complaints about the constants of a filter, each of code `filter/evaluation`.
 *
 * @throws RecipeError as `parseFilter` does
 */
export function hopelessConstants(expression: string): readonly RecipeError[] {
  return transformsIn(parseFilter(expression)).flatMap((node) => {
    const complaint = complaintAbout(node);
    return complaint === undefined ? [] : [new RecipeError("filter/evaluation", complaint)];
  });
}

/** Whether a preference may have this name: events carry no other. */
export function isPreferenceName(name: string): boolean {
  return extraFields.preferenceName.pattern.test(name);
}

function transformsIn(operand: FilterOperand): readonly TransformNode[] {
  if (operand === null || operand === undefined) return [];
  const below = childrenOf(operand).flatMap(transformsIn);
  return operand.type === "Transform" ? [...below, operand] : below;
}

function complaintAbout(node: TransformNode): string | undefined {
  switch (node.name) {
    case "regExpMatch":
      return failure(node);
    case "stableSample":
      return failure(node) ?? (hasNoNumber(node, 1) ? "stableSample asks for a share" : undefined);
    case "bucketSample": {
      const [, count = 0, total = 1] = node.args.map((argument) => Number(constantOf(argument)));
      return (
        failure(node) ??
        (hasNoNumber(node, 3) || count < 0 || total <= 0
          ? "bucketSample asks for a start, a count and a total of at least 1"
          : undefined)
      );
    }
    case "preferenceValue":
    case "preferenceIsUserSet":
    case "preferenceExists": {
      const name = constantOf(node.subject);
      return typeof name !== "string" || isPreferenceName(name)
        ? undefined
        : `${node.name}: the name of a preference is not empty and holds no blanks`;
    }
    default:
      return undefined;
  }
}

/** Why every client fails on a transform with these arguments; `undefined` where that cannot be told. */
function failure({ name, subject, args }: TransformNode): string | undefined {
  if (!args.every(isConstant)) return undefined;
  // A text, where only a browser knows the subject: each of these takes one.
  const standIn: FilterOperand = isConstant(subject) ? subject : { type: "Literal", value: "" };
  try {
    run(compileTree({ type: "Transform", name, subject: standIn, args }), nowhere);
    return undefined;
  } catch (error) {
    if (error instanceof RecipeError) return `${name}: ${error.message}`;
    throw error;
  }
}

/** Whether one of the arguments that a transform counts with is missing or a constant that is no number. */
function hasNoNumber({ args }: TransformNode, wanted: number): boolean {
  if (args.length < wanted) return true;
  return args
    .slice(0, wanted)
    .some((one) => isConstant(one) && Number.isNaN(Number(constantOf(one))));
}

/** The value of a constant; `undefined` where it is none, or fails. */
function constantOf(operand: FilterOperand): unknown {
  if (operand === null || operand === undefined || !isConstant(operand)) return undefined;
  try {
    return run(compileTree(operand), nowhere);
  } catch (error) {
    if (error instanceof RecipeError) return undefined;
    throw error;
  }
}

function isConstant(operand: FilterOperand): boolean {
  if (operand === null || operand === undefined) return false;
  switch (operand.type) {
    case "Identifier":
    case "Transform":
    case "FilterExpression":
      return false;
    default:
      return childrenOf(operand).every(isConstant);
  }
}

/** No constant asks for anything but a hash. */
const nowhere: FilterContext = {
  attribute: () => undefined,
  preference: () => ({ exists: false, userSet: false, value: undefined }),
  digest: () => "0".repeat(64),
  delay: () => Promise.resolve(),
};
