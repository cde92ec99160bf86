// What the operators of the filter language do to two values that have been evaluated. The
// language has no types: JavaScript's own coercion decides, as in Firefox.

/**
 * Lets a value meet a JavaScript operator or function that coerces it. Nothing is converted here,
 * and nothing may rely on the type.
 */
export function loose(value: unknown): number {
  return value as number;
}

/** A value as JavaScript writes it where a text is wanted: `null`, `1,2`, `[object Object]`. */
export function textOf(value: unknown): string {
  return `${loose(value)}`;
}

/** Binary operators by the sign that a filter uses. Both sides are evaluated before, always. */
export const operators = {
  "+": (left, right) => loose(left) + loose(right),
  "-": (left, right) => loose(left) - loose(right),
  "*": (left, right) => loose(left) * loose(right),
  "/": (left, right) => loose(left) / loose(right),
  "//": (left, right) => Math.floor(loose(left) / loose(right)),
  "%": (left, right) => loose(left) % loose(right),
  "^": (left, right) => Math.pow(loose(left), loose(right)),
  "==": (left, right) => left == right,
  "!=": (left, right) => left != right,
  ">": (left, right) => loose(left) > loose(right),
  ">=": (left, right) => loose(left) >= loose(right),
  "<": (left, right) => loose(left) < loose(right),
  "<=": (left, right) => loose(left) <= loose(right),
  "&&": (left, right) => left && right,
  "||": (left, right) => left || right,
  in: isIn,
  intersect,
} as const satisfies Readonly<Record<string, (left: unknown, right: unknown) => unknown>>;

export type Operator = keyof typeof operators;

/** Part of a text, or element of a list by loose equality; `false` for anything else. */
function isIn(left: unknown, right: unknown): boolean {
  if (typeof right === "string") return right.includes(textOf(left));
  if (!Array.isArray(right)) return false;
  for (const element of right as readonly unknown[]) if (element == left) return true;
  return false;
}

/** The elements of the left list that the right list holds too; `undefined` unless both are lists. */
function intersect(left: unknown, right: unknown): unknown[] | undefined {
  if (!Array.isArray(left) || !Array.isArray(right)) return undefined;
  const kept: readonly unknown[] = right;
  return (left as readonly unknown[]).filter((element) => kept.includes(element));
}
