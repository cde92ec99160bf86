import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import { MemoryFacts } from "#core/memory.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { MainPingPayload } from "#telemetry/pings.ts";
import { studyProbes } from "#telemetry/study-probes.ts";
import { aWorldInStudy } from "#kit/addon-study.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import type { World } from "#kit/client.ts";

// A study's add-on records into the `main` ping.

const presses = "study.feature.presses";
const byPlace = "study.feature.presses_by_place";
const { addonId } = studyProbes[presses];
let authority: Authority;
let world: World;
let client: Client;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(async () => {
  ({ world, client } = await aWorldInStudy(authority, addonId));
});

const record = (saying: object, from: string = addonId) =>
  client.hear(from, { ask: "record", way: "add", ...saying });
const taken = { answer: null };

/** What the server gets of it once the browser has been killed and started anew. */
async function told(): Promise<MainPingPayload["processes"] | undefined> {
  const facts = new MemoryFacts({ sessionStart: world.clock.nowMs() });
  client = world.client({ ...world.ports, facts });
  await client.start();
  await client.flush();
  return world.network.asked
    .flatMap(({ json }) => (json === undefined ? [] : [parsePing(JSON.parse(json))]))
    .find((ping) => ping.type === "main")?.payload.processes;
}

describe("what a study's add-on records", () => {
  test("stands in the main ping under a process of its own, and survives a kill once it is answered", async () => {
    expect(await record({ probe: presses, value: 2 })).toEqual(taken);
    expect(await record({ probe: presses, value: 3 })).toEqual(taken);
    await record({ probe: presses, value: 4, way: "raise" });
    await record({ probe: byPlace, key: "toolbar", value: 9, way: "set" });
    await record({ probe: byPlace, key: "toolbar", value: 1, way: "set" });
    const processes = await told();
    expect(processes?.dynamic).toEqual({
      scalars: { [presses]: 5 },
      keyedScalars: { [byPlace]: { toolbar: 1 } },
    });
    expect(processes?.parent.scalars).not.toHaveProperty(presses);
  });

  test("is dropped and counted where it does not fit, and nothing is thrown", async () => {
    for (const value of [-1, "many", true, null, {}, undefined])
      expect(await record({ probe: presses, value })).toEqual(taken);
    expect(await record({ probe: presses, value: 2 ** 40 })).toEqual(taken);
    expect(await record({ probe: presses, key: "toolbar", value: 1 })).toEqual(taken);
    expect(await record({ probe: byPlace, key: "https://example.org", value: 1 })).toEqual(taken);
    expect(await record({ probe: byPlace, value: 1 })).toEqual(taken);
    const processes = await told();
    expect(processes?.dynamic).toEqual({ scalars: { [presses]: 2 ** 32 - 1 }, keyedScalars: {} });
    expect(processes?.parent.keyedScalars).toEqual({
      "telemetry.scalar_refused_values": { [presses]: 6 },
      "telemetry.scalar_cut_values": { [presses]: 1 },
      "telemetry.keyed_scalars_unknown_keys": { [presses]: 1, [byPlace]: 2 },
    });
  });

  test("by a name that none of its probes has is counted without the name", async () => {
    for (const probe of ["https://example.org", "constructor", "mulberry.pings.refused"])
      expect(await record({ probe, value: 1 })).toEqual(taken);
    const processes = await told();
    expect(processes?.parent.scalars).toEqual({ "mulberry.study_probes.refused": 3 });
    expect(processes).not.toHaveProperty("dynamic");
  });

  test("is nobody else's to record, with a study or without", async () => {
    expect(await record({ probe: presses, value: 1 }, "other@mulberry.example")).toBeUndefined();
    ({ world, client } = await aWorldInStudy(authority, "other@mulberry.example"));
    expect(await record({ probe: presses, value: 1 }, "other@mulberry.example")).toEqual(taken);
    const processes = await told();
    expect(processes?.parent.scalars).toEqual({ "mulberry.study_probes.refused": 1 });
    expect(processes).not.toHaveProperty("dynamic");
  });

  test("is nothing while telemetry is off, and gone with it", async () => {
    await record({ probe: presses, value: 1 });
    await client.setSwitch("telemetry_enabled", false);
    expect(await record({ probe: presses, value: 1 })).toEqual(taken);
    await client.setSwitch("telemetry_enabled", true);
    await record({ probe: byPlace, key: "menu", value: 1 });
    expect((await told())?.dynamic).toEqual({
      scalars: {},
      keyedScalars: { [byPlace]: { menu: 1 } },
    });
  });
});
