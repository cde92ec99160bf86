import { describe, expect, test } from "vitest";
import { attributePath, conditionsOf, filterEnd } from "#recipes/filter-conditions.ts";
import { printFilter } from "#recipes/filter-print.ts";
import { parseFilter } from "#recipes/filter.ts";

describe("a filter read as conditions", () => {
  test.each([
    ["true", ["true"]],
    ["env.a && env.b && (env.c || env.d)", ["env.a", "env.b", "env.c || env.d"]],
    ["env.a && (env.b && env.c)", ["env.a", "env.b", "env.c"]],
    ["env.a && env.b || env.c", ["(env.a && env.b) || env.c"]],
    // The two signs bind alike, from the left: this is how browsers read it.
    ["env.a || env.b && env.c", ["env.a || env.b", "env.c"]],
    ["!(env.a && env.b)", ["!(env.a && env.b)"]],
  ])("has those that must all hold: %s", (filter, conditions) => {
    expect(conditionsOf(parseFilter(filter)).map(printFilter)).toEqual(conditions);
  });

  test.each([
    ["env.os.isLinux", ["os", "isLinux"]],
    ["normandy.locale", ["locale"]],
    ["locale", undefined],
    ['env["locale"]', undefined],
    ["env.a|keys", undefined],
  ])("knows an attribute by its path: %s", (filter, path) => {
    expect(attributePath(parseFilter(filter))).toEqual(path);
  });

  const day = Date.parse("2026-12-01");
  test.each([
    ['env.request_time < "2026-12-01"|date', day],
    ['normandy.request_time <= "2026-12-01"|date && env.os.isLinux', day],
    ['"2026-12-01"|date > env.request_time', day],
    ['env.request_time < "2027-01-01"|date && env.request_time < "2026-12-01"|date', day],
    ["env.request_time < 1796083200000|date", 1_796_083_200_000],
    // What it does not promise to be over by then.
    ['env.request_time > "2026-12-01"|date', undefined],
    ['env.request_time < "2026-12-01"|date || env.os.isLinux', undefined],
    ['!(env.request_time < "2026-12-01"|date)', undefined],
    ['env.request_time < "soon"|date', undefined],
    ["env.request_time < env.other|date", undefined],
    ['env.version < "2026-12-01"|date', undefined],
    ["true", undefined],
  ])("is over when a condition of it says so: %s", (filter, end) => {
    expect(filterEnd(parseFilter(filter))).toBe(end);
  });
});
