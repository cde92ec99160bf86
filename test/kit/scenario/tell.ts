import { isObject } from "#recipes/members.ts";
import type { ScenarioError } from "./parse.ts";
import type { Outcome } from "./play.ts";

// How a scenario came out, for a person at a terminal.

/**
 * Lines for one scenario in one engine: one where it passed, else the step with what was expected
 * and what was seen side by side.
 *
 * @param file - as it was named
 */
export function tellOutcome(file: string, engine: string, outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case "passed":
      return [`passed   ${file} in ${engine}`];
    case "skipped":
      return [`skipped  ${file} in ${engine}: ${outcome.reason}`];
    case "broken": {
      const { step, error } = outcome;
      const said = error instanceof Error ? error.message : String(error);
      return [
        `FAILED   ${file} in ${engine}`,
        `  ${file}:${step.line}  ${step.text}`,
        `  could not be done: ${said}`,
      ];
    }
    case "failed": {
      const { step, differences } = outcome;
      return [
        `FAILED   ${file} in ${engine}`,
        `  ${file}:${step.line}`,
        ...differences.flatMap(({ what, expected, seen }) => beside(what, expected, seen)),
      ];
    }
  }
}

/** One line for a file that is no scenario. */
export function tellRefusal(file: string, { code, at, line, message }: ScenarioError): string {
  return `${code}: ${file}:${line} ${at === "" ? "" : `(${at}) `}${message}`;
}

function beside(what: string, expected: unknown, seen: unknown): readonly string[] {
  const left = linesOf(expected);
  const right = linesOf(seen);
  const width = Math.max(...left.map(({ length }) => length), "expected".length);
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => {
    const [wanted = "", found = ""] = [left[index], right[index]];
    return `  ${wanted === found ? " " : "≠"} ${wanted.padEnd(width)} | ${found}`;
  });
  return [`  ${what}`, `    ${"expected".padEnd(width)} | seen`, ...rows];
}

/** A member or an item a line: what differs then stands beside what it should be. */
function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value))
    return value.length === 0 ? ["(nothing)"] : value.map((item) => inOneLine(item));
  if (!isObject(value)) return [inOneLine(value)];
  return sorted(value).map(([key, member]) => `${key}: ${inOneLine(member)}`);
}

/** Members in one order, so that only what is different looks different. */
function inOneLine(value: unknown): string {
  return JSON.stringify(isObject(value) ? Object.fromEntries(sorted(value)) : value);
}

function sorted(value: object): readonly [string, unknown][] {
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
