import { RecipeError } from "#recipes/errors.ts";
import { compileFilter, type FilterContext } from "#recipes/filter.ts";

const never = new Promise<never>(() => undefined);

/** A client with these attributes, under every namespace, and nothing else. */
export function aContext(
  env: Readonly<Record<string, unknown>> = {},
  rest: Partial<FilterContext> = {},
): FilterContext {
  return {
    attribute: (_namespace, name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    preference: () => ({ exists: false, userSet: false, value: undefined }),
    digest: () => "0".repeat(64),
    delay: () => never,
    ...rest,
  };
}

/** What a filter comes to. */
export function evaluate(expression: string, context: FilterContext = aContext()): unknown {
  return compileFilter(expression).evaluate(context);
}

/** The code that the work is refused with, `no error` when it is not. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RecipeError) return error.code;
    throw error;
  }
  return "no error";
}
