import { describe, expect, test } from "vitest";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilter, parseFilter, type PreferenceFact } from "#recipes/filter.ts";
import { quickTree } from "#recipes/filter-parse.ts";
import { quickTokens } from "#recipes/filter-tokens.ts";
import { transformNames } from "#recipes/transforms.ts";
import { someExpressions } from "#kit/expressions.ts";
import { aContext, codeOf, evaluate } from "#kit/filter-context.ts";
import { someFilters } from "#kit/filters.ts";
import { handWritten } from "../../fixtures/firefox-oracle/cases.ts";

/** The tree, or the code of the refusal. */
function treeOf(expression: string): unknown {
  try {
    return parseFilter(expression);
  } catch (error) {
    if (error instanceof RecipeError) return error.code;
    throw error;
  }
}

describe("a filter", () => {
  test("is read once, however often it is asked for", () => {
    expect(compileFilter("1 == 1")).toBe(compileFilter("1 == 1"));
    expect(compileFilter("1 == 1")).not.toBe(compileFilter("1 ==1"));
  });

  test("keeps working when more distinct filters have come than are kept", () => {
    const early = compileFilter("41 + 1");
    for (let count = 0; count < 3_000; count++) compileFilter(`${String(count)} + 1`);
    expect(compileFilter("41 + 1")).not.toBe(early);
    expect(early.evaluate(aContext())).toBe(42);
  });

  test("says which names it uses", () => {
    const { uses } = compileFilter(
      `env.locale in ["de"] && normandy.os["isMac"] && env["ver" + "sion"] || 'a.b'|preferenceValue
        && ctx["region"] && (normandy.locale|nope) && !env.list[.env.x]`,
    );
    expect(uses.namespaces).toEqual(["env", "normandy", "ctx"]);
    expect(uses.attributes.map(({ namespace, name }) => `${namespace}.${name}`).sort()).toEqual([
      "ctx.region",
      "env.list",
      "env.locale",
      "env.x",
      "normandy.locale",
      "normandy.os",
    ]);
    expect(uses.transforms).toEqual(["preferenceValue", "nope"]);
    expect(uses.preferences).toEqual(["a.b"]);
    expect(uses.operators).toContain("in");
    expect(uses.operators).toContain("!");
  });

  test("answers at once where nothing has to be waited for", () => {
    expect(evaluate("env.a + 1", aContext({ a: 1 }))).toBe(2);
  });

  test("asks each namespace under its own name", () => {
    const context = aContext({}, { attribute: (namespace, name) => `${namespace}/${name}` });
    expect(evaluate('[env.a, normandy["b"], ctx.c, (true ? ctx : env).d]', context)).toEqual([
      "env/a",
      "normandy/b",
      "ctx/c",
      "ctx/d",
    ]);
  });

  test("evaluates both sides of && and ||, always", () => {
    expect(codeOf(() => evaluate("false && env.nul.x", aContext({ nul: null })))).toBe(
      "filter/evaluation",
    );
    expect(codeOf(() => evaluate("true || env.nul.x", aContext({ nul: null })))).toBe(
      "filter/evaluation",
    );
  });

  test("evaluates only the branch of a choice that is taken", () => {
    expect(evaluate("true ? 1 : 2|nope")).toBe(1);
    expect(codeOf(() => evaluate("false ? 1 : 2|nope"))).toBe("filter/unknown-transform");
  });

  test("keeps newlines, so that a comment ends at its line", () => {
    expect(evaluate('"a\nb"')).toBe("a\nb");
    expect(evaluate("true # one\n && false # two")).toBe(false);
    expect(evaluate('"\t" == " "')).toBe(true);
  });

  test("reads relative names from the element, and from the context where the element is empty", () => {
    const env = { list: [{ env: { n: 2 } }, 0, { n: 1 }], n: 1 };
    expect(evaluate("env.list[.env.n == 2]", aContext({ ...env, n: 1 }))).toEqual([env.list[0]]);
    expect(evaluate("env.list[.env.n == 1]", aContext(env))).toEqual([0]);
  });

  test.each([
    "1e3",
    "5true",
    "$a",
    "a$",
    "'it\\'s'",
    "'open",
    "é",
    "# x",
    "-a",
    "constructor",
    "=",
    "&",
  ])("leaves the oddity %s to mozjexl's lexer", (filter) => {
    expect(quickTokens(filter)).toBeUndefined();
  });

  test("has a value for each of Normandy's transforms", () => {
    expect([...transformNames].sort()).toEqual(
      [
        ..."bucketSample date keys length mapToProperty preferenceExists preferenceIsUserSet".split(
          " ",
        ),
        ..."preferenceValue regExpMatch stableSample values versionCompare".split(" "),
      ].sort(),
    );
  });

  test("gives the same tree by its own reader as by mozjexl's", () => {
    const filters = [...handWritten, ...someExpressions(1_500, 7), ...someFilters(500, 7)];
    for (const filter of filters) {
      // A comment sends the whole filter through mozjexl.
      expect(treeOf(filter), filter).toEqual(treeOf(`# said so\n${filter}`));
    }
  });

  test("needs mozjexl's reader for none of the shapes that Normandy's filters have", () => {
    const odd = someFilters(500, 7).filter((filter) => quickTokens(filter) === undefined);
    expect(odd).toEqual([]);
    const precedences = {
      "||": 10,
      "&&": 10,
      in: 20,
      "==": 20,
      ">": 20,
      ">=": 20,
      "<": 20,
      "<=": 20,
    };
    for (const filter of someFilters(500, 7)) {
      expect(quickTree(quickTokens(filter) ?? [], precedences), filter).toEqual(
        parseFilter(filter),
      );
    }
  });
});

describe("a filter that has to wait", () => {
  const slow = { a: Promise.resolve(1), b: Promise.resolve([{ x: 1 }, { x: 2 }]), c: 3 };

  test.each([
    ["env.a", 1],
    ["env.a + env.c", 4],
    ["env.c + env.a", 4],
    ["!env.a", false],
    ["env.a ? env.c : 0", 3],
    ["env.b[.x > 1]", [{ x: 2 }]],
    ["env.b[env.a].x", 2],
    ["env.b.x", 1],
    ["[env.c, env.a, env.c]", [3, 1, 3]],
    ["{k: env.a}.k", 1],
    ["env.b|mapToProperty('x')", [1, 2]],
    ["[0]|mapToProperty(env.a)", [undefined]],
    ["env[env.a == 1 ? 'c' : 'd']", 3],
    ["env.missing[env.a]", undefined],
    ["[{x: 1}, {x: 5}]|length == env.a + 1", true],
  ])("evaluates %s", async (expression, value) => {
    const answer = evaluate(expression, aContext(slow));
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toEqual(value);
  });

  test("reads preferences that come later", async () => {
    const fact: PreferenceFact = { exists: true, userSet: false, value: "v" };
    const context = aContext({}, { preference: () => Promise.resolve(fact) });
    expect(
      await evaluate(
        '["p"|preferenceValue, "p"|preferenceExists, "p"|preferenceIsUserSet]',
        context,
      ),
    ).toEqual(["v", true, false]);
  });

  test("fails with the first error, and leaves no other unheard", async () => {
    const broken = aContext({ a: Promise.reject(new Error("gone")), nul: null, b: slow.a });
    await expect(evaluate("env.a && env.nul.x", broken)).rejects.toMatchObject({
      code: "filter/evaluation",
    });
    await expect(evaluate("env.b && env.nul.x", broken)).rejects.toMatchObject({
      code: "filter/evaluation",
    });
  });

  test("gives an attribute five seconds, and sets one timer however often it is asked for", async () => {
    const waits: { ms: number; end: () => void }[] = [];
    const delay = (ms: number) =>
      new Promise<void>((resolve) => {
        waits.push({ ms, end: resolve });
      });
    const answer = evaluate(
      "env.a || env.a",
      aContext({ a: new Promise(() => undefined) }, { delay }),
    );
    expect(waits.map(({ ms }) => ms)).toEqual([5_000]);
    waits[0]?.end();
    await expect(answer).rejects.toMatchObject({ code: "filter/timeout" });
  });
});
