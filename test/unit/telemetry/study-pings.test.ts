import { describe, expect, test } from "vitest";
import { pingTypePattern } from "#telemetry/fields.ts";
import { parsePing } from "#telemetry/parse.ts";
import { type StudyPing, studyPings } from "#telemetry/study-pings.ts";
import { aStudyPing } from "#kit/pings.ts";

const rows: readonly (readonly [string, StudyPing])[] = Object.entries(studyPings);

test.each(rows)("the row of %s says all that a reader needs to know", (type, row) => {
  expect(type).toMatch(pingTypePattern);
  expect(row.doc).toMatch(/\.$/u);
  expect(row.owner).toMatch(/@/u);
  expect(row.issues.length).toBeGreaterThan(0);
  const fields = Object.entries(row.fields);
  expect(fields.length).toBeLessThanOrEqual(20);
  for (const [name, { doc }] of fields) {
    expect(name).toMatch(/^[a-z][a-z0-9_]{0,39}$/u);
    expect(doc).toMatch(/\.$/u);
  }
});

describe("a ping of a study's add-on", () => {
  test("passes whole, and with no value at all", () => {
    expect(parsePing(aStudyPing())).toEqual(aStudyPing());
    expect(parsePing(aStudyPing({ values: {} }))).toMatchObject({ payload: { values: {} } });
  });

  test.each([
    [{ values: { presses: 3, page: "https://example.org" } }, "ping/unknown-field", "values/page"],
    [{ values: { presses: -1 } }, "ping/out-of-range", "values/presses"],
    [{ values: { presses: 1.5 } }, "ping/out-of-range", "values/presses"],
    [{ values: { presses: "3" } }, "ping/out-of-range", "values/presses"],
    [{ values: { outcome: "kept by Jane" } }, "ping/out-of-range", "values/outcome"],
    [{ values: { outcome: "kept\n" } }, "ping/out-of-range", "values/outcome"],
    [{ values: null }, "ping/wrong-type", "values"],
    [{ study: { slug: "s" } }, "ping/missing", "study/branch"],
    [{ more: 1 }, "ping/unknown-field", "more"],
  ])("with %j is refused by name: %s", (payload, code, at) => {
    const ping = aStudyPing();
    expect(() => parsePing({ ...ping, payload: { ...ping.payload, ...payload } })).toThrow(
      expect.objectContaining({ code, at: `/payload/${at}` }),
    );
  });

  test("of a type that no row has is none", () => {
    for (const type of ["study-other", "study-", "study-constructor"])
      expect(() => parsePing({ ...aStudyPing(), type })).toThrow(
        expect.objectContaining({ code: "ping/unknown-type" }),
      );
  });
});
