import { describe, expect, test } from "vitest";
import { consoleLog } from "#actions/console-log.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { aMatch, aMiss, aSituation } from "#kit/situation.ts";

describe("a message for the log", () => {
  test("is written when it matches", () => {
    expect(consoleLog.needs(aConsoleLog())).toEqual({});
    expect(consoleLog.decide(aMatch(aConsoleLog()), aSituation())).toEqual({
      plan: [{ do: "log", message: "Hello from a recipe." }],
      status: "success",
    });
  });

  test("is not written when it does not", () => {
    expect(consoleLog.decide(aMiss("filter-mismatch", aConsoleLog()), aSituation())).toEqual({
      plan: [],
      status: "backoff",
      reason: "filter-mismatch",
    });
  });
});
