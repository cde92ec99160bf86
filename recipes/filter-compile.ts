import { RecipeError } from "./errors.ts";
import { costOfAsking, extentOf, spend } from "./filter-budget.ts";
import { isNamespace, type Namespace } from "./filter-context.ts";
import { operators, textOf, type Operator } from "./filter-operators.ts";
import { childrenOf, type FilterNode, type FilterOperand } from "./filter-tree.ts";
import {
  asData,
  type Evaluation,
  readAttribute,
  readProperty,
  wholeNamespace,
} from "./filter-values.ts";
import { isTransformName, transforms } from "./transforms.ts";

// Turns a syntax tree into closures, once. A closure answers at once where nothing below it has to
// be waited for, else with a promise. The rules are mozjexl's: both sides of `&&` and `||` are
// always evaluated, a property of `undefined` is `undefined`, one of `null` is an error.

/** Where an evaluation stands. */
export interface Scope extends Evaluation {
  /** The element that a `[.name …]` is judging, or `everything` outside of one. */
  readonly element: unknown;
}

export type Code = (scope: Scope) => unknown;
/** Wraps the code of a node, to watch it. Called from the leaves up. */
export type Observe = (node: FilterNode, code: Code) => Code;

/** In place of an element: relative names then mean what plain ones do. */
export const everything = Symbol("everything");

/**
 * @param observe - sees every node but those inside a `[.name …]`, which run once per element
 * @throws RecipeError `filter/forbidden` for an object literal with the key `then`
 */
export function compileTree(tree: FilterNode, observe: Observe = (_node, code) => code): Code {
  function compile(operand: FilterOperand): Code {
    return operand === null || operand === undefined
      ? missing
      : observe(operand, compileNode(operand, compile));
  }
  return compile(tree);
}

type Compile = (operand: FilterOperand) => Code;

function compileNode(node: FilterNode, compile: Compile): Code {
  switch (node.type) {
    case "Literal":
      return constant(node.value);
    case "Identifier":
      return compileName(node, compile);
    case "BinaryExpression":
      return compileOperator(node, compile);
    case "UnaryExpression":
      return then(compile(node.right), (value) => !value);
    case "ConditionalExpression":
      return compileChoice(node, compile);
    case "FilterExpression":
      return node.relative ? compileSelection(node, compile) : compileAccess(node, compile);
    case "Transform":
      return compileTransform(node, compile);
    case "ArrayLiteral":
      return compileList(node.value, compile);
    case "ObjectLiteral":
      return compileObject(node.value, compile);
  }
}

function missing(): never {
  throw new TypeError("an expression is missing");
}

function constant(value: unknown): Code {
  return () => value;
}

type NodeOf<T extends FilterNode["type"]> = Extract<FilterNode, { readonly type: T }>;

function compileName(node: NodeOf<"Identifier">, compile: Compile): Code {
  const { value: name, from } = node;
  if (from !== undefined) {
    const namespace = namespaceOf(from);
    if (namespace !== undefined) return ({ context }) => readAttribute(context, namespace, name);
    return then(compile(from), (owner) =>
      owner === undefined
        ? undefined
        : readProperty(Array.isArray(owner) ? (owner as readonly unknown[])[0] : owner, name),
    );
  }
  const plain: Code = isNamespace(name)
    ? (scope) => wholeNamespace(scope, name)
    : constant(undefined);
  if (node.relative !== true) return plain;
  return (scope) =>
    scope.element === everything ? plain(scope) : readProperty(scope.element, name);
}

/** The namespace that an operand certainly is, so that one attribute can be asked for by its name. */
function namespaceOf(operand: FilterOperand): Namespace | undefined {
  if (operand?.type !== "Identifier" || operand.from !== undefined) return undefined;
  if (operand.relative === true || !isNamespace(operand.value)) return undefined;
  return operand.value;
}

function compileOperator(node: NodeOf<"BinaryExpression">, compile: Compile): Code {
  const combine = operators[node.operator as Operator];
  const left = compile(node.left);
  const right = compile(node.right);
  const meet = (a: unknown, b: unknown, { budget }: Scope): unknown => {
    if (typeof a === "object" || typeof b === "object") spend(budget, extentOf(a) + extentOf(b));
    return combine(a, b);
  };
  return (scope) => {
    const a = left(scope);
    if (a instanceof Promise) {
      return Promise.all([a, later(right, scope)]).then(([first, second]) =>
        meet(first, second, scope),
      );
    }
    const b = right(scope);
    return b instanceof Promise ? b.then((second) => meet(a, second, scope)) : meet(a, b, scope);
  };
}

/** Only the branch taken is evaluated; `a ?: b` answers `a` itself. */
function compileChoice(node: NodeOf<"ConditionalExpression">, compile: Compile): Code {
  const consequent = node.consequent ? compile(node.consequent) : undefined;
  const alternate = compile(node.alternate);
  return then(compile(node.test), (test, scope) => {
    if (!test) return alternate(scope);
    return consequent === undefined ? test : consequent(scope);
  });
}

/** `subject[key]`; a key that is `true` or `false` keeps or drops the subject. */
function compileAccess(node: NodeOf<"FilterExpression">, compile: Compile): Code {
  const namespace = namespaceOf(node.subject);
  const subject = compile(node.subject);
  const key = compile(node.expr);
  if (namespace !== undefined) {
    return then(key, (name, scope) => {
      if (typeof name === "boolean") return name ? subject(scope) : undefined;
      spend(scope.budget, costOfAsking);
      return readAttribute(scope.context, namespace, textOf(name));
    });
  }
  return then(subject, (owner, scope) => {
    const pick = (name: unknown) => {
      if (typeof name === "boolean") return name ? owner : undefined;
      return owner === undefined ? undefined : readProperty(owner, name);
    };
    const name = key(scope);
    return name instanceof Promise ? name.then(pick) : pick(name);
  });
}

/** `subject[.name …]`: the elements for which the expression holds; one value counts as a list of one. */
function compileSelection(node: NodeOf<"FilterExpression">, compile: Compile): Code {
  const holds = node.expr ? compileTree(node.expr) : missing;
  const weight = weightOf(node.expr);
  return then(compile(node.subject), (subject, { context, budget }) => {
    if (subject === undefined) return undefined;
    const elements: readonly unknown[] = Array.isArray(subject) ? subject : [subject];
    spend(budget, elements.length * weight);
    const verdicts = evaluateAll(
      elements.map((element) => () => holds({ context, budget, element: element || everything })),
      { context, budget, element: everything },
    );
    const keep = (kept: readonly unknown[]) => elements.filter((_element, index) => kept[index]);
    return verdicts instanceof Promise ? verdicts.then(keep) : keep(verdicts);
  });
}

/** How many nodes are evaluated for each element. */
function weightOf(node: FilterOperand): number {
  return node ? childrenOf(node).reduce((sum, child) => sum + weightOf(child), 1) : 1;
}

/** No transform takes more than three arguments; further ones are evaluated and not looked at. */
type AnyTransform = (
  evaluation: Evaluation,
  subject: unknown,
  first: unknown,
  second: unknown,
  third: unknown,
) => unknown;

function compileTransform(node: NodeOf<"Transform">, compile: Compile): Code {
  const { name } = node;
  const codes = [node.subject, ...node.args].map(compile);
  if (!isTransformName(name)) {
    // As in Firefox no error before it is reached: a branch that is not taken may name it.
    return () => {
      throw new RecipeError("filter/unknown-transform", `there is no transform "${name}"`);
    };
  }
  const transform: AnyTransform = transforms[name];
  return (scope) => {
    const values = evaluateAll(codes, scope);
    if (!(values instanceof Promise)) return apply(transform, scope, values);
    return values.then((known) => apply(transform, scope, known));
  };
}

function apply(transform: AnyTransform, scope: Scope, values: readonly unknown[]): unknown {
  const answer = asData(transform(scope, values[0], values[1], values[2], values[3]));
  if (typeof answer === "object") spend(scope.budget, extentOf(answer));
  return answer;
}

function compileList(elements: readonly FilterNode[], compile: Compile): Code {
  const codes = elements.map(compile);
  return (scope) => evaluateAll(codes, scope);
}

function compileObject(members: Readonly<Record<string, FilterOperand>>, compile: Compile): Code {
  const keys = Object.keys(members);
  if (keys.includes("then")) {
    throw new RecipeError("filter/forbidden", "an object may not have the key `then`");
  }
  const codes = keys.map((key) => compile(members[key]));
  const build = (values: readonly unknown[]) =>
    Object.fromEntries(keys.map((key, index) => [key, values[index]]));
  return (scope) => {
    const values = evaluateAll(codes, scope);
    return values instanceof Promise ? values.then(build) : build(values);
  };
}

/** Goes on with a value, at once where it is there. */
function then(code: Code, next: (value: unknown, scope: Scope) => unknown): Code {
  return (scope) => {
    const value = code(scope);
    return value instanceof Promise
      ? value.then((known) => next(known, scope))
      : next(value, scope);
  };
}

function evaluateAll(codes: readonly Code[], scope: Scope): unknown[] | Promise<unknown[]> {
  const values: unknown[] = [];
  for (const code of codes) {
    const value = code(scope);
    if (value instanceof Promise) {
      const rest = codes.slice(values.length + 1).map((follower) => later(follower, scope));
      return Promise.all([...values, value, ...rest]);
    }
    values.push(value);
  }
  return values;
}

/** An error becomes a rejection, so that the promises beside it are still awaited by someone. */
function later(code: Code, scope: Scope): Promise<unknown> {
  return new Promise((resolve) => {
    resolve(code(scope));
  });
}
