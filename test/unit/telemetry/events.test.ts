import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PingError } from "#telemetry/errors.ts";
import { extraFields, type ExtraKey } from "#telemetry/event-fields.ts";
import { type NormandyEvent, normandyEvents } from "#telemetry/events.ts";
import { parseWireEvent } from "#telemetry/parse-event.ts";
import { cutToBytes, utf8Length } from "#telemetry/text.ts";
import { uptakeStatuses } from "#telemetry/uptake.ts";
import { normandyWireEvent, uptakeWireEvent } from "#telemetry/wire-event.ts";
import { anEnrollEvent, anEnrollmentId, anUptakeEvent } from "#kit/pings.ts";
import { anyCharacter } from "#kit/texts.ts";

/** Words as they come, and long ones of every width in bytes, cut anywhere. */
const extraText = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom("", "true", "exp", anEnrollmentId, "core/apply.ts:1:2 TypeError", "jane@x.y"),
  fc
    .tuple(
      fc.constantFrom("a", "ä", "€", "😀", "\ud800", "a b "),
      fc.integer({ min: 20, max: 100 }),
    )
    .map(([piece, times]) => `x${piece.repeat(times)}`),
);

describe("an event made for the wire", () => {
  test("carries method, object, slug and extras in the array form", () => {
    const event: NormandyEvent = {
      method: "enroll",
      object: "preference_study",
      value: "tab-study",
      extra: { experimentType: "exp", branch: "treatment", enrollmentId: anEnrollmentId },
    };

    expect(normandyWireEvent(event, 1_200.9)).toEqual(anEnrollEvent());
  });

  test("carries an uptake status with its source, and a reason when there is one", () => {
    expect(uptakeWireEvent("normandy/recipe/1", "success", undefined, 1_300)).toEqual(
      anUptakeEvent(),
    );
    expect(uptakeWireEvent("normandy/runner", "signature_error", "rollback", 5)[5]).toEqual({
      source: "normandy/runner",
      reason: "rollback",
    });
  });

  test("is cut to 80 bytes on a character boundary", () => {
    const long = "ä".repeat(39) + "€€";
    const [, , , , value, extra] = normandyWireEvent(
      { method: "enroll", object: "preference_study", value: long, extra: { branch: long } },
      0,
    );

    expect(value).toBe("ä".repeat(39));
    expect(extra?.["branch"]).toBe("ä".repeat(39));
  });

  test.each([
    "could not open /home/jane/x",
    "Error: /home/jane",
    "jane@mail.example",
    "https://intranet.example",
    "",
  ])("sends `unknown` in place of %j, which is no code for a reason", (reason) => {
    const [, , , , , extra] = uptakeWireEvent("normandy/runner", "apply_error", reason, 0);

    expect(extra?.["reason"]).toBe("unknown");
  });

  test.each(["invalid type", "filter/too-deep", "core/apply.ts:10:5 TypeError"])(
    "sends the code %j as it is",
    (reason) => {
      const [, , , , , extra] = uptakeWireEvent("normandy/runner", "apply_error", reason, 0);

      expect(extra?.["reason"]).toBe(reason);
    },
  );

  test("whatever it is made of, is an event that a server reads", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...methodsAndObjects),
        extraText,
        fc.double(),
        fc.array(extraText, { minLength: 5, maxLength: 5 }),
        ([method, object, keys], value, timestamp, texts) => {
          const extra = Object.fromEntries(keys.map((key, index) => [key, texts[index] ?? ""]));
          const event = { method, object, value, extra } as NormandyEvent;
          const wire = normandyWireEvent(event, Number.isFinite(timestamp) ? timestamp % 1e12 : 0);

          expect(parseWireEvent(wire)).toEqual(wire);
        },
      ),
    );
  });
});

describe("an event from outside", () => {
  test("of every method and object of the table is read", () => {
    expect(methodsAndObjects.length).toBe(22);
    for (const [method, object] of methodsAndObjects) {
      const event = [0, "normandy", method, object, "slug", null];
      expect(parseWireEvent(event)).toEqual(event);
    }
  });

  test("of every uptake status is read", () => {
    for (const status of uptakeStatuses) {
      expect(parseWireEvent(replaced(anUptakeEvent(), 4, status))[4]).toBe(status);
    }
  });

  test("may leave its extras out", () => {
    expect(parseWireEvent([0, "normandy", "graduate", "preference_rollout", "s"])[5]).toBeNull();
  });

  const uptake = (extra: unknown) => replaced(anUptakeEvent(), 5, extra);
  const enroll = (extra: unknown) => replaced(anEnrollEvent(), 5, extra);
  test.each([
    ["no list", {}, "ping/wrong-type", ""],
    ["four members", anEnrollEvent().slice(0, 4), "ping/out-of-range", ""],
    ["a negative time", replaced(anEnrollEvent(), 0, -1), "ping/out-of-range", "/0"],
    ["a time with a fraction", replaced(anEnrollEvent(), 0, 1.5), "ping/wrong-type", "/0"],
    ["an unknown category", replaced(anEnrollEvent(), 1, "urlbar"), "ping/unknown-event", "/1"],
    ["an unknown method", replaced(anEnrollEvent(), 2, "toString"), "ping/unknown-event", "/2"],
    [
      "an object of another method",
      replaced(anEnrollEvent(), 3, "preference_rollback"),
      "ping/unknown-event",
      "/3",
    ],
    ["no value", replaced(anEnrollEvent(), 4, null), "ping/wrong-type", "/4"],
    [
      "81 bytes of value",
      replaced(anEnrollEvent(), 4, "ä".repeat(40) + "a"),
      "ping/too-large",
      "/4",
    ],
    [
      "an extra of another event",
      enroll({ didResetValue: "true" }),
      "ping/unknown-field",
      "/5/didResetValue",
    ],
    ["a number as an extra", enroll({ branch: 1 }), "ping/wrong-type", "/5/branch"],
    ["81 bytes of an extra", enroll({ branch: "a".repeat(81) }), "ping/too-large", "/5/branch"],
    ["a list as extras", enroll([]), "ping/wrong-type", "/5"],
    [
      "eleven extras",
      enroll(Object.fromEntries(Array.from("abcdefghijk", (key) => [key, ""]))),
      "ping/too-large",
      "/5",
    ],
    [
      "an enrolment id that is none",
      enroll({ enrollmentId: "jane" }),
      "ping/out-of-range",
      "/5/enrollmentId",
    ],
    ["an unknown uptake status", replaced(anUptakeEvent(), 4, "fine"), "ping/out-of-range", "/4"],
    ["an uptake without source", uptake({ reason: "x" }), "ping/missing", "/5/source"],
    [
      "a source that is none",
      uptake({ source: "normandy/recipe/0" }),
      "ping/out-of-range",
      "/5/source",
    ],
    [
      "a source with a tail",
      uptake({ source: "normandy/runner/x" }),
      "ping/out-of-range",
      "/5/source",
    ],
  ])("with %s is refused", (_what, event, code, at) => {
    expect(() => parseWireEvent(event)).toThrow(expect.objectContaining({ code, at }));
  });

  test("whatever it is, is read or refused with a code", () => {
    const almost = fc.tuple(fc.nat(5), fc.jsonValue()).map(([place, value]) => {
      return replaced(anUptakeEvent(), place, value);
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), almost), (value) => {
        try {
          parseWireEvent(value);
        } catch (error) {
          expect(error).toBeInstanceOf(PingError);
        }
      }),
    );
  });
});

test("a text is cut where the encoder's bytes say so", () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), fc.nat(100), (text, maxBytes) => {
      const bytes = (part: string) => new TextEncoder().encode(part).length;
      const cut = cutToBytes(text, maxBytes);

      expect(utf8Length(text)).toBe(bytes(text));
      expect(text.startsWith(cut)).toBe(true);
      expect(bytes(cut)).toBeLessThanOrEqual(maxBytes);
      const next = Array.from(text)[Array.from(cut).length];
      if (next !== undefined) expect(bytes(cut + next)).toBeGreaterThan(maxBytes);
    }),
  );
});

const methodsAndObjects = Object.entries(normandyEvents).flatMap(([method, objects]) =>
  Object.entries(objects as Readonly<Record<string, readonly ExtraKey[]>>).map(
    ([object, extras]) => [method, object, extras] as const,
  ),
);

test("every extra of the table has a field that says what it may hold", () => {
  const named = new Set(methodsAndObjects.flatMap(([, , extras]) => extras));
  expect([...named].filter((key) => !Object.hasOwn(extraFields, key))).toEqual([]);
});

function replaced(event: readonly unknown[], place: number, value: unknown): unknown {
  return event.with(place, value);
}
