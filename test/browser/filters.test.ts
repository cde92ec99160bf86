import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeAnswer } from "#server/commands/filter-answer.ts";
import { compileFilter, type FilterContext } from "#recipes/filter.ts";
import { RecipeError } from "#recipes/errors.ts";
import * as sampling from "#recipes/sampling.ts";
import { versionCompare } from "#recipes/version-compare.ts";
import { someExpressions, someSamples, someVersions, type SampleCase } from "#kit/expressions.ts";
import { someFilters } from "#kit/filters.ts";
import { startOracle, type Oracle } from "#kit/oracle.ts";
import {
  handWritten,
  oracleEnvironment,
  oraclePreferences,
} from "../fixtures/firefox-oracle/cases.ts";
import { differences } from "../fixtures/firefox-oracle/differences.ts";

// Our filter language against Firefox's own modules, value for value, in a real Firefox.

const seed = 20_261_122;
const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const prefs: Readonly<Record<string, unknown>> = oraclePreferences;
const env: Readonly<Record<string, unknown>> = oracleEnvironment;

/** What either side says of one case: an error's text is its own, only that it is one counts. */
type Verdict = { readonly value: unknown } | "error";

const context: FilterContext = {
  attribute: (_namespace, name) => env[name],
  whole: () => env,
  preference: (name) =>
    Object.hasOwn(prefs, name)
      ? { exists: true, userSet: true, value: prefs[name] }
      : { exists: false, userSet: false, value: undefined },
  digest,
  delay: () => Promise.reject(new Error("nothing here is waited for")),
};

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle({ preferences: oraclePreferences });
});
afterAll(() => oracle.close());

describe("our filters and Firefox's own", () => {
  test.each([
    { what: "hand-written", cases: handWritten, atLeast: 500 },
    { what: "generated from a seed", cases: someExpressions(1_500, seed), atLeast: 1_500 },
    { what: "in Normandy's shapes", cases: someFilters(300, seed), atLeast: 300 },
  ])("agree value for value on filters $what", async ({ cases, atLeast }) => {
    expect(cases.length).toBeGreaterThanOrEqual(atLeast);
    const theirs = await verdicts({
      kind: "filters",
      cases,
      context: { env, normandy: env, ctx: env },
    });
    const unequal = disagreements(cases, theirs, (expr) => compileFilter(expr).evaluate(context));
    expect(unequal, `seed ${String(seed)}`).toEqual([]);
    // Cases that all fail, or all hold, would compare nothing.
    expect(new Set(theirs.map((verdict) => JSON.stringify(verdict))).size).toBeGreaterThan(2);
  });

  test.each(differences)("differ on $expr: $why", async ({ expr, ours, theirs }) => {
    const [verdict] = await verdicts({ kind: "filters", cases: [expr], context: { env } });
    if (theirs === "an error") expect(verdict).toBe("error");
    else if (theirs === "a value") expect(verdict).not.toBe("error");
    else expect(verdict).toEqual(theirs);
    expect(await ownAnswer(expr)).toEqual(ours);
  });
});

describe("our sampling and Firefox's own", () => {
  test("agree on thousands of inputs, rates, buckets and ratios", async () => {
    const cases = someSamples(6_000, seed);
    const theirs = await verdicts({ kind: "samples", cases });
    const unequal = disagreements(cases, theirs, sampleAsWe);
    expect(unequal, `seed ${String(seed)}`).toEqual([]);
    expect(theirs.filter((verdict) => verdict === "error").length).toBeLessThan(600);
  });
});

describe("our order of versions and Firefox's own", () => {
  test("agree on thousands of pairs", async () => {
    const cases = someVersions(4_000, seed);
    const theirs = await verdicts({ kind: "versions", cases });
    const unequal = disagreements(cases, theirs, ([left, right]) => versionCompare(left, right));
    expect(unequal, `seed ${String(seed)}`).toEqual([]);
  });
});

function sampleAsWe({ method, args }: SampleCase): unknown {
  switch (method) {
    case "truncatedHash":
      return sampling.truncatedHash(args[0], digest);
    case "fractionToKey":
      return sampling.fractionToKey(args[0]);
    case "stableSample":
      return sampling.stableSample(args[0], args[1], digest);
    case "bucketSample":
      return sampling.bucketSample(args[0], args[1], args[2], args[3], digest);
    case "ratioSample":
      return sampling.ratioSample(args[0], args[1], digest);
  }
}

async function verdicts(job: {
  readonly kind: string;
  readonly [name: string]: unknown;
}): Promise<readonly Verdict[]> {
  const answers = await oracle.ask(job);
  if (!Array.isArray(answers)) throw new Error("the oracle gave no list");
  return answers.map((answer: unknown): Verdict => {
    if (typeof answer !== "object" || answer === null) throw new Error("the oracle gave no answer");
    return "value" in answer ? { value: answer.value } : "error";
  });
}

/** The cases where the two sides differ, with both answers. */
function disagreements<T>(
  cases: readonly T[],
  theirs: readonly Verdict[],
  answer: (one: T) => unknown,
): readonly unknown[] {
  return cases.flatMap((one, index) => {
    const ours = verdictOf(() => answer(one));
    const their = theirs[index];
    return JSON.stringify(ours) === JSON.stringify(their)
      ? []
      : [{ case: one, ours, theirs: their }];
  });
}

function verdictOf(answer: () => unknown): Verdict {
  try {
    const value = answer();
    if (value instanceof Promise) throw new Error("nothing here is waited for");
    return { value: encodeAnswer(value) };
  } catch (error) {
    if (error instanceof RecipeError || error instanceof RangeError) return "error";
    throw error;
  }
}

async function ownAnswer(expr: string): Promise<unknown> {
  try {
    return { value: encodeAnswer(await compileFilter(expr).evaluate(context)) };
  } catch (error) {
    if (error instanceof RecipeError) return { code: error.code };
    throw error;
  }
}
