import { expect, test } from "vitest";
import { sightingOf, vocabularyGaps, vocabularyRows, vocabularyTable } from "#tools/vocabulary.ts";

const event = (method: string, object: string, extra: Readonly<Record<string, string>>) => ({
  category: "normandy",
  method,
  object,
  value: "slug",
  extra,
});
const uptake = (source: string, value: string) => ({
  category: "uptake.remotecontent.result",
  method: "uptake",
  object: "normandy",
  value,
  extra: { source },
});
const noted = (...events: readonly ReturnType<typeof event>[]): string =>
  events
    .map((one) => `${JSON.stringify({ ...sightingOf(one), where: "test/browser/a.test.ts" })}\n`)
    .join("");

test("a status is told for the runner, an action or a recipe, whichever", () => {
  expect(sightingOf(uptake("normandy/runner", "success")).word).toBe("runner success");
  expect(sightingOf(uptake("normandy/action/addon-study", "success")).word).toBe("action success");
  expect(sightingOf(uptake("normandy/recipe/7", "backoff")).word).toBe("recipe backoff");
});

test("what no test produced is named", () => {
  const gaps = vocabularyGaps(vocabularyRows(noted(uptake("normandy/runner", "success"))));
  expect(gaps).not.toContain("runner success is produced by no test in a real browser");
  expect(gaps).toContain("recipe backoff is produced by no test in a real browser");
  expect(gaps).toContain(
    "unenroll addon_study uninstalled is produced by no test in a real browser",
  );
});

test("an extra that an event never came with is named", () => {
  const bare = noted(event("enroll", "addon_rollout", { enrollmentId: "id", addonId: "id" }));
  const gaps = vocabularyGaps(vocabularyRows(bare));
  expect(gaps).toContain("enroll addon_rollout never came with addonVersion");
  expect(gaps.filter((gap) => gap.startsWith("enroll addon_rollout"))).toHaveLength(1);
});

test("the table says where each was seen, what is missing, and what cannot be", () => {
  const lines = vocabularyTable(vocabularyRows(noted(uptake("normandy/runner", "success"))));
  expect(lines.find((line) => line.startsWith("  runner success "))).toMatch(/ a\.test\.ts$/u);
  expect(lines.find((line) => line.startsWith("  recipe backoff "))).toMatch(/ MISSING$/u);
  expect(lines.find((line) => line.startsWith("  action network_error "))).toContain(
    "not in this client",
  );
});
