import { describe, expect, test } from "vitest";
import { attributeNames, contextCapabilities } from "#recipes/attributes.ts";
import { capabilitiesOfFilter } from "#recipes/filter-names.ts";

describe("the capabilities that a filter needs", () => {
  test.each([
    ["", []],
    ["true", []],
    [
      '(env.version|versionCompare("70.!")>=0) && normandy.locale in ["de"]',
      [
        "jexl.context.env",
        "jexl.context.env.version",
        "jexl.context.normandy",
        "jexl.context.normandy.locale",
        "jexl.transform.versionCompare",
      ],
    ],
    ['env["os"].isMac', ["jexl.context.env", "jexl.context.env.os"]],
    ['env["o" + "s"].isMac', ["jexl.context.env"]],
    ["ctx.region == env.recipe.id", ["jexl.context.env"]],
    ["true ? 1 : 1|futureThing", ["jexl.transform.futureThing"]],
    ["env.futureThing", ["jexl.context.env", "jexl.context.env.futureThing"]],
  ])("of %s are %j", (expression, capabilities) => {
    expect(capabilitiesOfFilter(expression)).toEqual(capabilities);
  });

  test("cannot be told of a filter that cannot be read", () => {
    expect(() => capabilitiesOfFilter("env.")).toThrow(
      expect.objectContaining({ code: "filter/syntax" }),
    );
  });
});

describe("the capabilities that a client has", () => {
  test("are its readers, under both names of the environment", () => {
    expect(contextCapabilities(["os", "recipe"])).toEqual([
      "jexl.context.env",
      "jexl.context.env.os",
      "jexl.context.normandy",
      "jexl.context.normandy.os",
    ]);
  });

  test("cover everything that a filter can ask a full client", () => {
    const known = new Set(contextCapabilities(attributeNames));
    for (const name of attributeNames) {
      for (const capability of capabilitiesOfFilter(`env.${name} == normandy["${name}"]`)) {
        expect(known).toContain(capability);
      }
    }
  });
});
