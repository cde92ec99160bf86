import type { FilterNode, FilterToken } from "./filter-tree.ts";

// Builds the syntax tree of ordinary filters by precedence climbing, in a fraction of the time of
// mozjexl's parser, which passes each token through a parser per open bracket. It answers only
// where it is sure to build that parser's tree; everything odd (errors, relative names, objects,
// missing operands) is left to mozjexl.

interface Reader {
  readonly tokens: readonly FilterToken[];
  readonly precedences: Readonly<Record<string, number>>;
  at: number;
  isOdd: boolean;
  /** A choice (`? :`) may follow: not straight after a transform. */
  canChoose: boolean;
}

const oddNode: FilterNode = { type: "Literal", value: false };

/**
 * @param precedences - of the binary operators
 * @returns `undefined` where only mozjexl knows
 */
export function quickTree(
  tokens: readonly FilterToken[],
  precedences: Readonly<Record<string, number>>,
): FilterNode | undefined {
  const reader: Reader = { tokens, precedences, at: 0, isOdd: false, canChoose: true };
  const tree = readExpression(reader);
  return reader.isOdd || reader.at < tokens.length ? undefined : tree;
}

function readExpression(reader: Reader): FilterNode {
  const test = readOperation(reader, 0);
  if (typeHere(reader) !== "question") return test;
  if (!reader.canChoose) return giveUp(reader);
  reader.at++;
  const consequent = readExpression(reader);
  expect(reader, "colon");
  return { type: "ConditionalExpression", test, consequent, alternate: readExpression(reader) };
}

/** Operators that bind at least as tightly as `least`, from left to right. */
function readOperation(reader: Reader, least: number): FilterNode {
  let left = readOperand(reader);
  for (;;) {
    const sign = reader.tokens[reader.at];
    if (sign?.type !== "binaryOp") return left;
    const operator = String(sign.value);
    const precedence = reader.precedences[operator] ?? 0;
    if (precedence < least) return left;
    reader.at++;
    const right = readOperation(reader, precedence + 1);
    left = { type: "BinaryExpression", operator, left, right };
  }
}

function readOperand(reader: Reader): FilterNode {
  const token = reader.tokens[reader.at++];
  reader.canChoose = true;
  switch (token?.type) {
    case "literal":
      return readSuffixes(reader, { type: "Literal", value: token.value }, false);
    case "identifier":
      return readSuffixes(reader, { type: "Identifier", value: String(token.value) }, true);
    case "unaryOp": {
      const right = readOperand(reader);
      return { type: "UnaryExpression", operator: String(token.value), right };
    }
    case "openParen": {
      const inner = readExpression(reader);
      expect(reader, "closeParen");
      reader.canChoose = true;
      // mozjexl takes a name behind a bracketed negation for a relative one.
      const isOdd = inner.type === "UnaryExpression" && typeHere(reader) === "dot";
      return isOdd ? giveUp(reader) : readSuffixes(reader, inner, false);
    }
    case "openBracket": {
      const value = typeHere(reader) === "closeBracket" ? [] : readList(reader);
      expect(reader, "closeBracket");
      reader.canChoose = true;
      return readSuffixes(reader, { type: "ArrayLiteral", value }, false);
    }
    default:
      return giveUp(reader);
  }
}

/** Names, `[…]` and transforms behind an operand. A bracket may follow only names and transforms. */
function readSuffixes(reader: Reader, operand: FilterNode, mayIndex: boolean): FilterNode {
  let node = operand;
  for (;;) {
    const type = typeHere(reader);
    if (type === "dot") {
      reader.at++;
      node = { type: "Identifier", value: readName(reader), from: node };
      mayIndex = reader.canChoose = true;
    } else if (type === "pipe") {
      reader.at++;
      const name = readName(reader);
      node = { type: "Transform", name, args: readArguments(reader), subject: node };
      mayIndex = true;
      reader.canChoose = false;
    } else if (type === "openBracket" && mayIndex) {
      reader.at++;
      const expr = readExpression(reader);
      expect(reader, "closeBracket");
      node = { type: "FilterExpression", expr, relative: false, subject: node };
      reader.canChoose = true;
    } else {
      return node;
    }
  }
}

function readArguments(reader: Reader): readonly FilterNode[] {
  if (typeHere(reader) !== "openParen") return [];
  reader.at++;
  const values = readList(reader);
  expect(reader, "closeParen");
  return values;
}

function readList(reader: Reader): readonly FilterNode[] {
  const values = [readExpression(reader)];
  while (typeHere(reader) === "comma") {
    reader.at++;
    values.push(readExpression(reader));
  }
  return values;
}

function readName(reader: Reader): string {
  const token = reader.tokens[reader.at++];
  if (token?.type !== "identifier") giveUp(reader);
  return String(token?.value);
}

function typeHere(reader: Reader): string | undefined {
  return reader.tokens[reader.at]?.type;
}

function expect(reader: Reader, type: string): void {
  if (reader.tokens[reader.at++]?.type !== type) giveUp(reader);
}

/** Nothing more is read: every loop ends where the tokens do. */
function giveUp(reader: Reader): FilterNode {
  reader.isOdd = true;
  reader.at = reader.tokens.length;
  return oddNode;
}
