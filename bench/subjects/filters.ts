import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { compileFilter, type FilterContext } from "#recipes/filter.ts";

// Loaded in the oracle extension's background page by bench/filters.ts: our evaluator, timed in
// the browser.

/** One job: the filters, the plain context that Firefox's evaluator is given too, warm passes. */
export interface FilterBenchJob {
  readonly cases: readonly string[];
  readonly context: { readonly env: Readonly<Record<string, unknown>> };
  readonly passes: number;
}

/** Evaluates all filters once (parsing them), then `passes` times; milliseconds for one pass each. */
export async function bench(job: FilterBenchJob): Promise<{ firstMs: number; warmMs: number }> {
  const context = contextOf(job.context.env);
  const first = performance.now();
  await pass(job.cases, context);
  const warm = performance.now();
  for (let count = 0; count < job.passes; count++) await pass(job.cases, context);
  return { firstMs: warm - first, warmMs: (performance.now() - warm) / job.passes };
}

async function pass(cases: readonly string[], context: FilterContext): Promise<void> {
  for (const expression of cases) {
    const answer = compileFilter(expression).evaluate(context);
    if (answer instanceof Promise) await answer;
  }
}

function contextOf(env: Readonly<Record<string, unknown>>): FilterContext {
  return {
    attribute: (_namespace, name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    preference: () => ({ exists: false, userSet: false, value: undefined }),
    digest: (text) => bytesToHex(sha256(utf8ToBytes(text))),
    delay: (ms) =>
      new Promise((resolve) => {
        setTimeout(resolve, ms);
      }),
  };
}
