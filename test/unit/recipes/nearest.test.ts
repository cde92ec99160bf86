import { describe, expect, test } from "vitest";
import { didYouMean, nearest } from "#recipes/nearest.ts";

const names = ["version", "userId", "isEnrollmentPaused", "filter_expression", "os"];

describe("the name that was probably meant", () => {
  test.each([
    ["verzion", "version"],
    ["versoin", "version"],
    ["userid", "userId"],
    ["isEnrolmentPaused", "isEnrollmentPaused"],
    ["filter", "filter_expression"],
    ["filterExpression", "filter_expression"],
    ["ps", "os"],
    ["verson", "version"],
    ["isPaused", undefined],
    ["isEnrPaused", "isEnrollmentPaused"],
    ["weather", undefined],
    ["xy", undefined],
    ["", undefined],
  ])("of %j is %j", (written, name) => {
    expect(nearest(written, names)).toBe(name);
  });

  test("is asked about at the end of a sentence, and not where there is none", () => {
    expect(didYouMean("verzion", names)).toBe('; did you mean "version"?');
    expect(didYouMean("weather", names)).toBe("");
  });
});
