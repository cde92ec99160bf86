import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import { parsePing } from "#telemetry/parse.ts";
import { studyPings, studyPingsADay } from "#telemetry/study-pings.ts";
import { aWorldInStudy } from "#kit/addon-study.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { anAnswer, type World } from "#kit/client.ts";

// A study's add-on sends pings of its own.

const type = "study-feature";
const { addonId } = studyPings[type];
let authority: Authority;
let world: World;
let client: Client;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(async () => {
  ({ world, client } = await aWorldInStudy(authority, addonId));
});

const submit = (values: unknown, from: string = addonId, of: string = type) =>
  client.hear(from, { ask: "send-ping", type: of, values });
const refusal = (refused: string) => ({ answer: { refused } });

/** Everything of this type that the server gets by now. */
async function received() {
  world.network.asked.length = 0;
  await client.flush();
  return world.network.asked
    .flatMap(({ json }) => (json === undefined ? [] : [parsePing(JSON.parse(json))]))
    .filter((ping) => ping.type === type);
}

describe("a ping of a study's add-on", () => {
  test("is sent with the others, of the same client, and says which enrolment it is about", async () => {
    expect(await submit({ presses: 2, outcome: "kept" })).toEqual({ answer: {} });
    const [enrollment] = (await client.look()).enrollments;
    const [ping, ...others] = await received();
    expect(others).toEqual([]);
    expect(ping?.clientId).toBe(await world.store.get("client_id"));
    expect(ping?.environment.experiments).toHaveProperty("reader-study");
    expect(ping?.payload).toEqual({
      study: {
        slug: "reader-study",
        branch: "treatment",
        enrollmentId: enrollment?.enrollmentId,
        addonVersion: "1.0.0",
      },
      values: { presses: 2, outcome: "kept" },
    });
  });

  test("survives a kill once the add-on has its answer", async () => {
    await submit({ presses: 1 });
    client = world.client();
    await client.start();
    expect(await received()).toHaveLength(1);
  });

  test("is refused, and says why, with a value or of a type that its row does not have", async () => {
    expect(await submit({ presses: "many" })).toEqual(refusal("study-ping/malformed"));
    expect(await submit({ page: "https://example.org" })).toEqual(refusal("study-ping/malformed"));
    expect(await submit("x".repeat(100_000))).toEqual(refusal("study-ping/malformed"));
    for (const other of ["main", "deletion-request", "study-other", "constructor"])
      expect(await submit({}, addonId, other)).toEqual(refusal("study-ping/unknown-type"));
    expect(await received()).toEqual([]);
  });

  test("is sent for no other add-on, with a study or without", async () => {
    expect(await submit({}, "other@mulberry.example")).toBeUndefined();
    ({ world, client } = await aWorldInStudy(authority, "other@mulberry.example"));
    expect(await submit({}, "other@mulberry.example")).toEqual(refusal("study-ping/unknown-type"));
  });

  test("comes so many times a day and no oftener, whatever starts anew meanwhile", async () => {
    for (let number = 0; number < studyPingsADay; number += 1)
      expect(await submit({ presses: number })).toEqual({ answer: {} });
    client = world.client();
    await client.start();
    expect(await submit({})).toEqual(refusal("study-ping/too-many"));
    world.clock.advance(24 * 3_600_000 - 1);
    expect(await submit({})).toEqual(refusal("study-ping/too-many"));
    world.clock.advance(1);
    expect(await submit({})).toEqual({ answer: {} });
  });

  test("is gone with telemetry, and none is taken until it is on again", async () => {
    world.network.posts = () => ({ kind: "offline" });
    await submit({ presses: 1 });
    await client.setSwitch("telemetry_enabled", false);
    expect(await submit({ presses: 2 })).toEqual(refusal("study-ping/telemetry-off"));
    expect(await world.store.get("study_pings")).toBeUndefined();
    await client.setSwitch("telemetry_enabled", true);
    await submit({ presses: 3 });
    world.network.posts = () => anAnswer("");
    world.clock.advance(3 * 3_600_000);
    const told = await received();
    expect(told.map(({ payload }) => payload)).toMatchObject([{ values: { presses: 3 } }]);
  });
});
