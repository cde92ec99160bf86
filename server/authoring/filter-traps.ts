import { compileFilter, filterLexer, parseFilter } from "#recipes/filter.ts";
import { childrenOf, type FilterNode, type FilterOperand } from "#recipes/filter-tree.ts";

// What a filter says and its author most likely did not mean. Nothing here is refused.

/** One of them; its code is stable, as those of refusals are. */
interface Trap<C extends string> {
  readonly code: C;
  readonly message: string;
}

/**
 * Operators that are taken in another order than people read them.
 *
 * @throws RecipeError for a filter that cannot be read
 */
export function orderTraps(filter: string): readonly Trap<"warning/mixed-operators">[] {
  compileFilter(filter);
  const code = "warning/mixed-operators";
  const traps: Trap<typeof code>[] = [];
  if (hasAndAfterOr(filter))
    traps.push({
      code,
      message:
        "&& and || are taken from left to right, so that a || b && c means (a || b) && c: put parentheses around what belongs together",
    });
  if (nodesOf(parseFilter(filter)).some(comparesNegation))
    traps.push({
      code,
      message:
        "! is taken before a comparison, so that !a == b means (!a) == b: write a != b, or !(a == b)",
    });
  return traps;
}

/**
 * Versions that are compared in a way that leaves out some of what is meant: suffixes, updates, texts.
 *
 * @throws RecipeError for a filter that cannot be read
 */
export function versionTraps(filter: string): readonly Trap<"warning/version-suffix">[] {
  return nodesOf(parseFilter(filter)).flatMap((node) => {
    const message = node.type === "BinaryExpression" ? versionTrap(node) : undefined;
    return message === undefined ? [] : [{ code: "warning/version-suffix" as const, message }];
  });
}

/** Whether a `&&` stands behind a `||` with no bracket between them: elsewhere it would bind more tightly. */
function hasAndAfterOr(filter: string): boolean {
  const levels = [false];
  for (const { type, value } of filterLexer.tokenize(filter)) {
    if (type?.startsWith("open") === true) levels.push(false);
    else if (type?.startsWith("close") === true) levels.pop();
    else if (type === "comma" || type === "question" || type === "colon")
      levels[levels.length - 1] = false;
    else if (type === "binaryOp" && value === "||") levels[levels.length - 1] = true;
    else if (type === "binaryOp" && value === "&&" && levels.at(-1) === true) return true;
  }
  return false;
}

const comparisons: readonly string[] = ["==", "!=", "<", "<=", ">", ">=", "in"];

function comparesNegation(node: FilterNode): boolean {
  return (
    node.type === "BinaryExpression" &&
    comparisons.includes(node.operator) &&
    node.left?.type === "UnaryExpression" &&
    node.left.operator === "!"
  );
}

function versionTrap({
  operator,
  left,
  right,
}: FilterNode & { readonly type: "BinaryExpression" }): string | undefined {
  if (isVersion(left) && right?.type === "Literal" && comparisons.slice(0, 6).includes(operator))
    return `env.version ${operator} ${JSON.stringify(right.value)} compares texts, letter by letter: write env.version|versionCompare(${JSON.stringify(String(right.value))}) ${operator} 0`;
  const bound = left?.type === "Transform" && left.name === "versionCompare" ? left.args[0] : null;
  if (bound?.type !== "Literal" || right?.type !== "Literal" || right.value !== 0) return undefined;
  const version = String(bound.value);
  if (!/^[\d.]+$/u.test(version)) return undefined;
  const [major = version] = version.split(".", 1);
  if (operator === ">=")
    return `${version}esr, ${version}b1 and ${version}a1 come before ${version}, and are left out: from ${major} on is versionCompare("${major}.!") >= 0`;
  if (operator === "<=" || operator === "==")
    return `updates of ${version} come after it, and are left out: up to the last of ${major} is versionCompare("${major}.*") < 0`;
  return undefined;
}

function isVersion(node: FilterOperand): boolean {
  return (
    node?.type === "Identifier" && node.value === "version" && node.from?.type === "Identifier"
  );
}

function nodesOf(operand: FilterOperand): readonly FilterNode[] {
  if (operand === null || operand === undefined) return [];
  return [operand, ...childrenOf(operand).flatMap(nodesOf)];
}
