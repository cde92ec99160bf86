import { describe, expect, test } from "vitest";
import type { FilterContext } from "#recipes/filter.ts";
import { explainFilter } from "#recipes/filter-explain.ts";

const context: FilterContext = {
  attribute: (_namespace, name) =>
    new Map<string, unknown>([
      ["locale", "de"],
      ["later", Promise.resolve(5)],
      ["nul", null],
      ["list", [{ x: 1 }]],
    ]).get(name),
  preference: () => ({ exists: false, userSet: false, value: undefined }),
  digest: () => "0".repeat(64),
  delay: () => new Promise(() => undefined),
};

async function told(expression: string): Promise<readonly unknown[]> {
  const parts = await explainFilter(expression, context);
  return parts.map(({ text, kind, depth, outcome }) => [depth, kind, text, outcome]);
}

describe("an explanation", () => {
  test("gives every part its value, the whole first", async () => {
    expect(await told('env.locale in ["de"] && (env.later|keys) == 1')).toEqual([
      [0, "operator", '(env.locale in ["de"]) && (env.later|keys == 1)', { value: false }],
      [1, "operator", 'env.locale in ["de"]', { value: true }],
      [2, "name", "env.locale", { value: "de" }],
      [2, "list", '["de"]', { value: ["de"] }],
      [1, "operator", "env.later|keys == 1", { value: false }],
      [2, "transform", "env.later|keys", { value: undefined }],
      [3, "name", "env.later", { value: 5 }],
    ]);
  });

  test("says which part failed, and that the rest failed with it", async () => {
    const error = expect.objectContaining({ code: "filter/evaluation" }) as unknown;
    expect(await told("env.nul.x || true")).toEqual([
      [0, "operator", "env.nul.x || true", { error }],
      [1, "name", "env.nul.x", { error }],
      [2, "name", "env.nul", { value: null }],
    ]);
  });

  test("says which branch was not taken", async () => {
    expect(await told("env.nul ? 1|nope : env.list[.x == 1]")).toEqual([
      [0, "choice", "env.nul ? 1|nope : env.list[.x == 1]", { value: [{ x: 1 }] }],
      [1, "name", "env.nul", { value: null }],
      [1, "transform", "1|nope", { skipped: true }],
      [1, "selection", "env.list[.x == 1]", { value: [{ x: 1 }] }],
      [2, "name", "env.list", { value: [{ x: 1 }] }],
    ]);
  });

  test("is refused for a filter that cannot be read", async () => {
    await expect(explainFilter("1 +", context)).rejects.toMatchObject({ code: "filter/syntax" });
  });
});
