import { describe, expect, test } from "vitest";
import { readDrafts } from "#server/authoring/drafts.ts";

const study = {
  name: "Tabs",
  action: "preference-study",
  arguments: {
    slug: "tabs",
    userFacingName: "Tabs",
    userFacingDescription: "Where new tabs open.",
    branches: [
      {
        slug: "a",
        ratio: 1,
        preferences: { "test.a": { preferenceType: "integer", preferenceValue: 1 } },
      },
    ],
  },
  filter_expression: "env.isFirstRun",
};

describe("recipe files that are read together", () => {
  test("may not share a slug or an id", () => {
    const read = (): unknown =>
      readDrafts([
        asFile("a.json", { ...study, id: 3 }),
        asFile("b.json", study),
        asFile("c.json", {
          ...study,
          id: 3,
          action: "console-log",
          arguments: {},
          slug: "c",
        }),
      ]);

    expect(read).toThrow(
      expect.objectContaining({
        findings: [
          expect.objectContaining({ code: "recipe/duplicate-slug", file: "b.json" }),
          expect.objectContaining({ code: "recipe/duplicate-id", file: "c.json", at: "/id" }),
        ] as unknown,
      }),
    );
  });
});

function asFile(file: string, value: unknown): { readonly file: string; readonly text: string } {
  return { file, text: JSON.stringify(value) };
}
