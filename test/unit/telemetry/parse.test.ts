import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PingError } from "#telemetry/errors.ts";
import { parsePing } from "#telemetry/parse.ts";
import { aPing, anEnrollEvent } from "#kit/pings.ts";

describe("a ping", () => {
  test("is read as it was sent when every member is known", () => {
    expect(parsePing(JSON.parse(JSON.stringify(aPing())))).toEqual(aPing());
  });

  test("may leave out keyed scalars and have no events", () => {
    const { keyedScalars: _left, ...payload } = aPing().payload;
    const ping = { ...aPing(), payload: { ...payload, events: {} } };

    expect(parsePing(ping)).toEqual(ping);
  });

  test.each([
    { what: "no object", put: () => [], code: "ping/malformed", at: "" },
    { what: "no type", put: () => without("type"), code: "ping/missing", at: "/type" },
    {
      what: "a type that nobody sends",
      put: () => ({ ...aPing(), type: "first-shutdown" }),
      code: "ping/unknown-type",
      at: "/type",
    },
    {
      what: "an inherited name as its type",
      put: () => ({ ...aPing(), type: "constructor" }),
      code: "ping/unknown-type",
      at: "/type",
    },
    { what: "no client id", put: () => without("clientId"), code: "ping/missing", at: "/clientId" },
    {
      what: "an id that is no UUID",
      put: () => ({ ...aPing(), id: "7" }),
      code: "ping/out-of-range",
      at: "/id",
    },
    {
      what: "another version of the format",
      put: () => ({ ...aPing(), version: 5 }),
      code: "ping/out-of-range",
      at: "/version",
    },
    {
      what: "a date that is none",
      put: () => ({ ...aPing(), creationDate: "2026-13-45T10:15:30Z" }),
      code: "ping/out-of-range",
      at: "/creationDate",
    },
    {
      what: "a member that no table names",
      put: () => ({ ...aPing(), hostname: "kitchen-laptop" }),
      code: "ping/unknown-field",
      at: "/hostname",
    },
    {
      what: "a member of the application that no table names",
      put: () => ({ ...aPing(), application: { ...aPing().application, profilePath: "/home" } }),
      code: "ping/unknown-field",
      at: "/application/profilePath",
    },
    {
      what: "a session start finer than a minute",
      put: () => aPing({ payload: { processStartTimestamp: 1_795_342_500_001 } }),
      code: "ping/out-of-range",
      at: "/payload/processStartTimestamp",
    },
    {
      what: "a fraction where a count belongs",
      put: () => aPing({ payload: { lostEventsCount: 0.5 } }),
      code: "ping/wrong-type",
      at: "/payload/lostEventsCount",
    },
    {
      what: "a scalar that no table names",
      put: () => aPing({ payload: { keyedScalars: { parent: { "browser.urls": { "1": 1 } } } } }),
      code: "ping/unknown-field",
      at: "/payload/keyedScalars/parent/browser.urls",
    },
    {
      what: "a scalar key that is no recipe id",
      put: () =>
        aPing({
          payload: { keyedScalars: { parent: { "normandy.recipe_freshness": { jane: 1 } } } },
        }),
      code: "ping/out-of-range",
      at: "/payload/keyedScalars/parent/normandy.recipe_freshness/jane",
    },
    {
      what: "events of an unknown process",
      put: () => ({ ...aPing(), payload: { ...aPing().payload, events: { content: [] } } }),
      code: "ping/unknown-field",
      at: "/payload/events/content",
    },
    {
      what: "more than 1000 events over both processes",
      put: () =>
        aPing({
          payload: {
            events: { parent: Array(600).fill(anEnrollEvent()), dynamic: Array(401).fill([]) },
          },
        }),
      code: "ping/too-large",
      at: "/payload/events",
    },
    {
      what: "one bad event among good ones",
      put: () =>
        aPing({
          payload: {
            events: { parent: [anEnrollEvent(), [0, "normandy", "spy", "x", "y", null]] },
          },
        }),
      code: "ping/unknown-event",
      at: "/payload/events/parent/1/2",
    },
    {
      what: "an enrolment id that is none",
      put: () => withAnnotation({ branch: "a", type: "normandy-exp", enrollmentId: "jane" }),
      code: "ping/out-of-range",
      at: "/environment/experiments/s/enrollmentId",
    },
    {
      what: "a type of experiment over 21 characters",
      put: () =>
        withAnnotation({
          branch: "a",
          type: "normandy-exp-highpopxx",
          enrollmentId: "__NO_ENROLLMENT_ID__",
        }),
      code: "ping/out-of-range",
      at: "/environment/experiments/s/type",
    },
  ])("with $what is refused as $code at $at", ({ put, code, at }) => {
    expect(() => parsePing(put())).toThrow(expect.objectContaining({ code, at }));
  });

  test.each([
    "jane.doe@mail.example",
    "https://intranet.example/x",
    "/home/jane/.mozilla",
    "C:\\Users\\Jane",
    "kitchen.lan.example",
  ])("has no place in its application or environment for %s", (canary) => {
    const { application, environment } = aPing();
    const places = [
      ...Object.keys(application).map((key) => ({
        ...aPing(),
        application: { ...application, [key]: canary },
      })),
      {
        ...aPing(),
        environment: { ...environment, settings: { locale: canary, telemetryEnabled: true } },
      },
      {
        ...aPing(),
        environment: { ...environment, system: { os: { name: canary, version: "1" } } },
      },
      {
        ...aPing(),
        environment: { ...environment, system: { os: { name: "Linux", version: canary } } },
      },
    ];

    expect(places.filter(isAccepted)).toEqual([]);
  });

  test("whatever it is, is read or refused with a code, and the error holds nothing of its values", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...topLevel), (value, key) => {
        const secret = { ...aPing(), [key]: value };
        for (const input of [value, secret]) {
          try {
            parsePing(input);
          } catch (error) {
            expect(error).toBeInstanceOf(PingError);
          }
        }
      }),
    );
    expect(messageOf({ ...aPing(), clientId: "jane-the-canary" })).not.toContain("canary");
  });

  test("a hostile key changes no prototype", () => {
    const hostile: unknown = JSON.parse(
      '{"type":"event","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );

    expect(() => parsePing(hostile)).toThrow(PingError);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

const topLevel = Object.keys(aPing());

function without(key: string): unknown {
  return Object.fromEntries(Object.entries(aPing()).filter(([name]) => name !== key));
}

function withAnnotation(annotation: object): unknown {
  return { ...aPing(), environment: { ...aPing().environment, experiments: { s: annotation } } };
}

function isAccepted(ping: unknown): boolean {
  try {
    parsePing(ping);
    return true;
  } catch {
    return false;
  }
}

function messageOf(ping: unknown): string {
  try {
    parsePing(ping);
    return "";
  } catch (error) {
    return String(error);
  }
}
