import { describe, expect, test } from "vitest";
import { dictionary } from "#telemetry/dictionary.ts";
import { pingFieldDocs } from "#telemetry/ping-docs.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { PingType } from "#telemetry/pings.ts";
import {
  aDeletionRequest,
  aHealthPing,
  aHeartbeatPing,
  aMainPing,
  aPing,
  aStudyPing,
} from "#kit/pings.ts";

test("the data dictionary in the repository is the one that the tables give (`vitest -u` writes it)", async () => {
  await expect(dictionary()).toMatchFileSnapshot("../../../telemetry/dictionary.md");
});

const whole = {
  "deletion-request": aDeletionRequest(),
  event: aPing(),
  health: aHealthPing(),
  heartbeat: aHeartbeatPing({
    learnMoreTS: 1,
    engagedTS: 2,
    expiredTS: 3,
    windowClosedTS: 4,
    testing: true,
  }),
  "study-feature": aStudyPing(),
  main: aMainPing({ log: [["TELEMETRY_SEND_FAILURE", 61_000, "errorhandler", "timeout"]] }),
} as const satisfies { readonly [T in PingType]: unknown };

const types = Object.keys(whole) as readonly PingType[];
describe.each(types)("every member of the %s ping", (type) => {
  const { common, environment } = pingFieldDocs;
  const documented = Object.keys({
    ...common,
    ...("environment" in whole[type] ? environment : {}),
    ...pingFieldDocs[type],
  });
  const leaves = leavesOf(parsePing(whole[type]));

  test("has its line in the dictionary", () => {
    expect(leaves.length).toBeGreaterThan(10);
    expect(leaves.filter((leaf) => !documented.some((place) => covers(place, leaf)))).toEqual([]);
  });

  test("is in the whole example of these tests", () => {
    const shown = documented.filter((place) => !leaves.some((leaf) => covers(place, leaf)));
    expect(shown).toEqual([]);
  });
});

/** Places of everything that is no object; a list counts as one thing. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path.join("/")];
  const members: readonly (readonly [string, unknown])[] = Object.entries(value);
  return members.flatMap(([key, member]) => leavesOf(member, [...path, key]));
}

function covers(place: string, leaf: string): boolean {
  const steps = leaf.split("/");
  const names = place.split("/");
  return (
    names.length === steps.length &&
    names.every((name, index) => name === "*" || name === steps[index])
  );
}
