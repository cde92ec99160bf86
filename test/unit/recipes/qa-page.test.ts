import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { inspectFilter } from "#recipes/filter-explain.ts";
import { aContext } from "#kit/filter-context.ts";

const page = await readFile(path.join(import.meta.dirname, "../../../docs/qa.md"), "utf8");
const context = aContext({ locale: "en-US", version: "153.0", isFirstRun: false });

test("the example of docs/qa.md is what the Inspector shows", async () => {
  const [filter, shown] = [...page.matchAll(/^```\n([^`]+)\n```$/gmu)].map(
    ([, text]) => text ?? "",
  );
  const { parts, flips } = await inspectFilter(filter ?? "", context);
  const lines = parts.map(({ text, depth, outcome }) => {
    const value = "value" in outcome ? JSON.stringify(outcome.value) : "";
    return `${value.padEnd(9)}${"  ".repeat(depth)}${text}`;
  });
  expect(lines.join("\n")).toBe(shown);
  const [, answer] = /^What would make it match: `(.+)` comes true\.$/mu.exec(page) ?? [];
  expect(flips).toEqual([[{ text: answer, to: true }]]);
});
