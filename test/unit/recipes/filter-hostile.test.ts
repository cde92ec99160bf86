import { describe, expect, test } from "vitest";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilter } from "#recipes/filter.ts";
import { aContext, codeOf, evaluate } from "#kit/filter-context.ts";

describe("a hostile filter", () => {
  test.each([
    ["16,000 question marks", "true?".repeat(16_000), "filter/too-large"],
    ["4,000 brackets", "(".repeat(4_000), "filter/too-large"],
    ["1,900 brackets", "(".repeat(1_900), "filter/too-deep"],
    ["33 lists in each other", `${"[".repeat(33)}${"]".repeat(33)}`, "filter/too-deep"],
    ["33 choices", `${"1 ? 2 : ".repeat(33)}3`, "filter/too-deep"],
    ["2,001 tokens", `1${"+1".repeat(1_000)}`, "filter/too-large"],
    ["8,193 characters", " ".repeat(8_193), "filter/too-large"],
    ["an object that looks like a promise", '{then: env["valueOf"]}', "filter/forbidden"],
    ["nothing at all", "", "filter/syntax"],
    ["a comment alone", "# x", "filter/syntax"],
  ])("of %s is refused", (_what, expression, code) => {
    expect(codeOf(() => compileFilter(expression))).toBe(code);
  });

  test.each([
    `${"(".repeat(32)}1${")".repeat(32)}`,
    `${"1 ? 2 : ".repeat(32)}3`,
    `1${"+1".repeat(999)}`,
    `${"!".repeat(1_998)}1`,
    `missing${".a".repeat(999)}`,
    `'${"x".repeat(8_190)}'`,
  ])("just within the limits is evaluated: %#", (expression) => {
    expect(codeOf(() => evaluate(expression))).toBe("no error");
  });

  test.each([
    'env["constructor"]',
    'env["con" + "structor"]["constructor"]',
    'env.o["constructor"]',
    'env.o["__proto__"]',
    'env.arr["map"]',
    '"x".trim',
    'env.n["toFixed"]',
    "env.own",
    "env.o.method",
    "(true ? env.o : 0).method",
    '{m: [env.o]|mapToProperty("method")}.m[0]',
  ])("%s finds no function", (expression) => {
    const called = () => {
      throw new Error("a function of the context was called");
    };
    const env = { n: 1, arr: [1], own: called, o: { method: called } };
    const context = aContext(
      {},
      { attribute: (_namespace, name) => Reflect.get(env, name) as unknown },
    );
    expect(evaluate(expression, context)).toBeUndefined();
  });

  /** Forty elements in each of which forty are looked through, and so on: 40 to the power of `levels`. */
  const nested = (levels: number, innermost = "1"): string => {
    const list = `({a:[${Array(40).fill(1).join()}]}).a`;
    return Array.from({ length: levels }).reduce<string>(
      (inner) => `${list}[.a == ${inner}]`,
      innermost,
    );
  };
  const search = '("aaaaaaaaaaaaa!"|regExpMatch("^(a+)+$"))';

  test.each([
    ["that looks through lists within lists", nested(6)],
    ["that searches again and again", Array(150).fill(search).join("||")],
    ["that searches for each of many", `({a:[${Array(300).fill(1).join()}]}).a[.a == ${search}]`],
    ["that hashes for each of many", nested(2, "([.a]|stableSample(0.5))")],
    ["that hashes much", Array(100).fill("[env.huge]|stableSample(0.5)").join("||")],
    ["that asks for each of many", nested(2, '(("a" + .a)|preferenceExists)')],
    ["that reads composed names for each of many", nested(2, '(env["hu" + "ge"])')],
    ["that reads a namespace as a value for each of many", nested(2, "(1 ? env : ctx).huge")],
    ["that compares a long list for each of many", nested(2, "(env.many == 1)")],
    ["that lists for each of many", nested(2, "(env.wide|keys)")],
  ])("%s gives up instead of taking for ever", async (_what, expression) => {
    const env = {
      huge: "x".repeat(10_000),
      many: Array(1_000).fill(1),
      wide: Object.fromEntries(Array.from({ length: 1_000 }, (_, key) => [String(key), key])),
    };
    const context = aContext(
      {},
      { attribute: (_namespace, name) => Reflect.get(env, name) as unknown },
    );
    const outcome = async (): Promise<unknown> => evaluate(expression, context);
    await expect(outcome()).rejects.toMatchObject({ code: "filter/too-costly" });
  });

  test("one evaluation takes nothing from the next", () => {
    const filter = compileFilter(nested(3));
    for (let round = 0; round < 20; round++)
      expect(codeOf(() => filter.evaluate(aContext({})))).toBe("no error");
  });

  test("does not get a context's `then` called", async () => {
    let calls = 0;
    const trap = { then: () => calls++ };
    const later = Promise.resolve([trap]);
    expect(codeOf(() => evaluate("env.trap", aContext({ trap })))).toBe("filter/forbidden");
    expect(codeOf(() => evaluate("env.o.trap", aContext({ o: { trap } })))).toBe(
      "filter/forbidden",
    );
    await expect(evaluate("env.later[0]", aContext({ later }))).rejects.toMatchObject({
      code: "filter/forbidden",
    });
    expect(calls).toBe(0);
  });

  test("keeps its messages short", () => {
    let message = "";
    try {
      compileFilter(`@${"x".repeat(8_000)}`);
    } catch (error) {
      if (error instanceof RecipeError) ({ message } = error);
    }
    expect(message.length).toBeGreaterThan(0);
    expect(message.length).toBeLessThanOrEqual(200);
  });
});
