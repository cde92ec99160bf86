import { describe, expect, test } from "vitest";
import { meaningOf, objects, objectSlug, someObject } from "#kit/filter-objects.ts";
import { evaluate } from "#kit/filter-context.ts";
import { randomOf } from "#kit/filters.ts";
import { sized } from "#kit/size.ts";
import { contextOfBrowser, someBrowser } from "#kit/some-browsers.ts";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilterObjects } from "#recipes/filter-object.ts";
import { filterObjects } from "#recipes/filter-objects.ts";

const seed = Number(process.env["OBJECTS_SEED"] ?? 20_261_128);

describe("a filter object", () => {
  test("of every type there is has a meaning to be held against", () => {
    expect(Object.keys(objects).sort()).toEqual(Object.keys(filterObjects).sort());
  });

  test(`means as a filter what it means by itself, however it is nested (seed ${String(seed)})`, () => {
    const random = randomOf(seed);
    const seen = new Map<string, Set<boolean>>();
    for (
      let round = 0;
      round < sized("FILTER_OBJECTS", { quick: 4_000, whole: 20_000 });
      round += 1
    ) {
      const object = someObject(random, 1 + (round % 4));
      const browser = someBrowser(random);
      const { expression } = compileFilterObjects([object], { slug: objectSlug });
      const isIn = Boolean(evaluate(expression, contextOfBrowser(browser)));
      expect(isIn, `${JSON.stringify(object)} as ${expression}`).toBe(meaningOf(object, browser));
      seen.set(object.type, (seen.get(object.type) ?? new Set()).add(isIn));
    }
    // Each was seen to let a browser in, and each but the preset to keep one out.
    for (const [type, outcomes] of seen)
      expect(outcomes.size, type).toBe(type === "preset" ? 1 : 2);
  });

  test("keeps its own parentheses beside others", () => {
    const list = [
      { type: "platform", platforms: ["all_mac", "all_linux"] },
      { type: "channel", channels: ["esr"] },
    ];
    expect(compileFilterObjects(list).expression).toBe(
      '(env.os.isMac || env.os.isLinux) && (env.channel in ["esr"])',
    );
  });

  test("takes along what an author says a client must know", () => {
    const list = [
      { type: "and", subfilters: [{ type: "jexl", expression: "1", capabilities: ["x"] }] },
    ];
    expect(compileFilterObjects(list).capabilities).toEqual(["x"]);
  });
});

describe("what is no filter object is refused with its place", () => {
  const inside = (value: unknown) => ({
    type: "and",
    subfilters: [{ type: "negate", filter_to_negate: value }],
  });
  const path = "/filter_object/0/subfilters/0/filter_to_negate";
  const deep = (levels: number): unknown =>
    levels === 0
      ? { type: "channel", channels: ["esr"] }
      : { type: "negate", filter_to_negate: deep(levels - 1) };
  test.each([
    ["a type that is none", { type: "chanel" }, "recipe/out-of-range", "/type"],
    ["a type of the prototype", { type: "constructor" }, "recipe/out-of-range", "/type"],
    ["no type", {}, "recipe/missing", "/type"],
    ["no object", 7, "recipe/missing", "/type"],
    ["a list that is empty", { type: "or", subfilters: [] }, "recipe/out-of-range", "/subfilters"],
    ["a member that is missing", { type: "channel" }, "recipe/missing", "/channels"],
    ["a member too many", { type: "qaOnly", pref: "x" }, "recipe/wrong-type", "/pref"],
    [
      "a member inside",
      { type: "channel", channels: ["esr", 3] },
      "recipe/wrong-type",
      "/channels/1",
    ],
    [
      "a day that there never was",
      { type: "profileCreationDate", direction: "olderThan", date: "2026-02-30" },
      "recipe/out-of-range",
      "/date",
    ],
    [
      "a moment without its zone",
      { type: "dateRange", not_before: "2026-02-01T00:00:00", not_after: "2026-03-01T00:00:00Z" },
      "recipe/out-of-range",
      "/not_before",
    ],
    [
      "a text that no filter can write",
      { type: "channel", channels: ["a\\"] },
      "filter/forbidden",
      "",
    ],
    [
      "a number that no filter can write",
      { type: "stableSample", input: ["1"], rate: 1e-30 },
      "filter/forbidden",
      "",
    ],
    ["a filter that is none", { type: "jexl", expression: "1 +" }, "filter/syntax", ""],
    [
      "a filter that closes what it did not open",
      { type: "jexl", expression: "0) || (1" },
      "filter/syntax",
      "",
    ],
    [
      "an input that closes the list",
      { type: "stableSample", input: ["1]|stableSample(1) || [2"], rate: 0 },
      "filter/syntax",
      "",
    ],
    ["too many in each other", deep(20), "filter/too-deep", undefined],
  ])("%s", (_what, value, code, at) => {
    const error = refusal(() =>
      compileFilterObjects([inside(value)], { base: ["filter_object"], slug: "x" }),
    );
    expect(error.code).toBe(code);
    if (at !== undefined) expect(error.at).toBe(path + at);
  });

  test("a recipe for testers alone that has no slug", () => {
    expect(refusal(() => compileFilterObjects([{ type: "qaOnly" }]))).toMatchObject({
      code: "recipe/missing",
      at: "/0",
    });
  });

  test.each([undefined, {}, [], "x"])("no list: %j", (value) => {
    expect(refusal(() => compileFilterObjects(value)).code).toBe("recipe/wrong-type");
  });
});

function refusal(work: () => unknown): RecipeError {
  try {
    work();
  } catch (error) {
    if (error instanceof RecipeError) return error;
    throw error;
  }
  throw new Error("it was taken");
}
