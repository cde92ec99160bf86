import { describe, expect, test } from "vitest";
import { checkFiles } from "#server/authoring/drafts.ts";

const { filter_expression: _filter, ...recipe } = {
  name: "Hello",
  action: "console-log",
  arguments: { message: "hello" },
  filter_expression: "",
};
const esr = { type: "channel", channels: ["esr"] };

describe("a recipe file that says its filter with objects", () => {
  test("becomes a draft with one expression, and whatever capabilities the objects name", () => {
    const { drafts, findings, warnings } = check({
      filter_object: [esr, { type: "jexl", expression: "1 # one", capabilities: ["x.y"] }],
      extra_filter_expression: "env.isFirstRun || true # why",
    });
    expect([...findings, ...warnings]).toEqual([]);
    expect(drafts[0]?.draft.filter_expression).toBe(
      '(env.channel in ["esr"]) && (1 # one\n) && (env.isFirstRun || true # why\n)',
    );
    expect(drafts[0]?.capabilities).toContain("x.y");
  });

  test.each([
    { members: { extra_filter_expression: "true" }, filter: "true" },
    { members: { filter_object: [], extra_filter_expression: "true" }, filter: "true" },
    { members: { filter_object: [esr] }, filter: '(env.channel in ["esr"])' },
    // As Normandy's own server gives recipes back.
    {
      members: { filter_object: [esr], extra_filter_expression: "", filter_expression: "" },
      filter: '(env.channel in ["esr"])',
    },
  ])("may leave out either part: $members", ({ members, filter }) => {
    expect(check(members).drafts[0]?.draft.filter_expression).toBe(filter);
  });

  test.each([
    {
      wrong: "both ways at once",
      members: { filter_object: [esr], filter_expression: "true" },
      finding: { code: "recipe/out-of-range", at: "/filter_expression" },
    },
    {
      wrong: "an object",
      members: { filter_object: [{ type: "channel", channels: [] }] },
      finding: { code: "recipe/out-of-range", at: "/filter_object/0/channels" },
    },
    {
      wrong: "a transform that nobody knows",
      members: { filter_object: [{ type: "jexl", expression: "1|nix" }] },
      finding: { code: "filter/unknown-transform", at: "/filter_object" },
    },
    {
      wrong: "the rest of the filter",
      members: { filter_object: [esr], extra_filter_expression: "1 +" },
      finding: { code: "filter/syntax", at: "/extra_filter_expression" },
    },
    {
      wrong: "the type of the rest",
      members: { filter_object: [esr], extra_filter_expression: 1 },
      finding: { code: "recipe/wrong-type", at: "/extra_filter_expression" },
    },
    {
      wrong: "its own capabilities",
      members: {
        filter_object: [{ type: "jexl", expression: "1", capabilities: ["x"] }],
        capabilities: 7,
      },
      finding: { code: "recipe/wrong-type", at: "/capabilities" },
    },
  ])("is refused where $wrong is wrong", ({ members, finding }) => {
    expect(check(members).findings).toMatchObject([finding]);
  });

  test("is warned of where it says what no browser knows", () => {
    const { warnings } = check({ filter_object: [{ type: "jexl", expression: "env.vresion" }] });
    expect(warnings).toMatchObject([{ code: "warning/unknown-attribute", at: "/filter_object" }]);
  });
});

function check(members: object): ReturnType<typeof checkFiles> {
  return checkFiles([{ file: "a.json", text: JSON.stringify({ ...recipe, ...members }) }]);
}
