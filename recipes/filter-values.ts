import { RecipeError } from "./errors.ts";
import { type Budget, costOfAsking, spend } from "./filter-budget.ts";
import { attributeLimitMs, type FilterContext, type Namespace } from "./filter-context.ts";
import { textOf } from "./filter-operators.ts";

// How a filter reads what the world holds: own properties only, functions invisible, limits on
// what answers later.

/** What one evaluation asks, and what it may still cost. */
export interface Evaluation {
  readonly context: FilterContext;
  readonly budget: Budget;
}

/** A bare `env`, `normandy` or `ctx` that has become a value, as in `(a ? env : ctx).locale`. */
class NamespaceView {
  readonly #evaluation: Evaluation;
  readonly #namespace: Namespace;
  constructor(evaluation: Evaluation, namespace: Namespace) {
    this.#evaluation = evaluation;
    this.#namespace = namespace;
  }
  read(name: string): unknown {
    spend(this.#evaluation.budget, costOfAsking);
    return readAttribute(this.#evaluation.context, this.#namespace, name);
  }
}

/** A namespace used without a name behind it. */
export function wholeNamespace(evaluation: Evaluation, namespace: Namespace): unknown {
  return evaluation.context.whole?.(namespace) ?? new NamespaceView(evaluation, namespace);
}

/** One attribute; what comes later comes within the limit or fails with `filter/timeout`. */
export function readAttribute(context: FilterContext, namespace: Namespace, name: string): unknown {
  const value = context.attribute(namespace, name);
  if (typeof value !== "object" && typeof value !== "function") return value;
  if (value instanceof Promise) return limited(value, context, `${namespace}.${name}`);
  return asData(value);
}

/**
 * `subject[key]`, but of own properties only: what every object inherits (`constructor`,
 * `valueOf`) leads to functions, and from there to running code.
 *
 * @throws TypeError when the subject is `null` or `undefined`
 */
export function readProperty(subject: unknown, key: unknown): unknown {
  if (subject === null || subject === undefined) {
    throw new TypeError(`${String(subject)} has no properties, asked for "${textOf(key)}"`);
  }
  const name = typeof key === "string" ? key : textOf(key);
  if (subject instanceof NamespaceView) return subject.read(name);
  if (!Object.hasOwn(subject, name)) return undefined;
  return asData((subject as Readonly<Record<string, unknown>>)[name]);
}

/** Data as a filter may hold it: no function, and nothing that a promise would take for another promise and call. */
export function asData(value: unknown): unknown {
  if (typeof value === "function") return undefined;
  if (typeof value === "object" && value !== null && !(value instanceof Promise)) {
    if (typeof (value as { readonly then?: unknown }).then === "function") {
      throw new RecipeError("filter/forbidden", "a value with a `then` function is not read");
    }
  }
  return value;
}

const limits = new WeakMap<object, Promise<unknown>>();

/** The same promise with a limit, which is set once however often the promise is asked for. */
export function limited<T>(
  answer: PromiseLike<T>,
  context: FilterContext,
  what: string,
): Promise<unknown> {
  const known = limits.get(answer);
  if (known !== undefined) return known;
  const expiry = context.delay(attributeLimitMs).then(() => {
    throw new RecipeError("filter/timeout", `${what} took over ${String(attributeLimitMs)} ms`);
  });
  const race = Promise.race([Promise.resolve(answer).then(asData), expiry]);
  limits.set(answer, race);
  return race;
}
