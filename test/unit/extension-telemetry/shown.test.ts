import { beforeEach, describe, expect, test } from "vitest";
import { MemorySettings } from "#core/memory.ts";
import { Outbox } from "#extension/telemetry/outbox.ts";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import { showTelemetry } from "#extension/telemetry/shown.ts";
import { upload } from "#extension/telemetry/upload.ts";
import { type Authority, anAuthority } from "#kit/authority.ts";
import { aUuid, aWorld, serverUrl, type World } from "#kit/client.ts";
import { aMainPing, aPing } from "#kit/pings.ts";
import { someMeters } from "#kit/probes.ts";
import { aScene } from "#kit/sessions.ts";
import { aRolloutEnrollment } from "#kit/situation.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { PingOf } from "#telemetry/pings.ts";
import type { TelemetryView } from "#core/telemetry-view.ts";

const authority: Authority = await anAuthority();
let world: World;
let recorder: StoredRecorder;

beforeEach(async () => {
  world = aWorld(authority, { facts: { extensionStart: 1 } });
  recorder = await StoredRecorder.open(
    world.store,
    world.clock,
    world.ports.random,
    world.clock.nowMs(),
    someMeters(),
  );
});

const show = (what: string, said = {}): Promise<TelemetryView> =>
  showTelemetry(what, {
    recorder,
    enrollments: [aRolloutEnrollment()],
    settings: new MemorySettings({ serverUrl, ...said }).current,
    ports: world.ports,
  });

/** What is shown, as the server would read it. */
function ping<T extends "main" | "event">(type: T, { shown }: TelemetryView): PingOf<T> {
  const read = parsePing(JSON.parse(shown?.json ?? "null"));
  if (read.type !== type) throw new Error(`shown is one of type ${read.type}`);
  return read as PingOf<T>;
}

async function filled(...pings: readonly Parameters<Outbox["add"]>[0][]): Promise<Outbox> {
  const outbox = await Outbox.open(world.store);
  for (const one of pings) {
    await outbox.add(one, world.clock.nowMs(), {});
    world.clock.advance(1_000);
  }
  return outbox;
}

describe("what the Telemetry page shows", () => {
  test("is the main ping that would be made now, of what was measured so far", async () => {
    recorder.see(aScene({ locale: "de-AT" }));
    recorder.meter.sample("MULBERRY_RUN_MS", 40);
    world.clock.advance(90_000);
    const { environment, payload } = ping("main", await show("main"));
    expect(environment.settings.locale).toBe("de-AT");
    expect(payload.info.sessionLength).toBe(90);
    expect(payload.histograms).toEqual({
      MULBERRY_RUN_MS: expect.objectContaining({ sum: 40 }) as unknown,
    });
  });

  test("is the event ping that would be made now", async () => {
    recorder.uptake("normandy/runner", "success");
    const { environment, payload } = ping("event", await show("event"));
    expect(payload.events.parent).toHaveLength(1);
    expect(Object.keys(environment.experiments)).toEqual([aRolloutEnrollment().slug]);
  });

  test("is the whole session: the parts that are over, wherever they are by now, and this one", async () => {
    const sample = (): void => recorder.meter.add("mulberry.usage.active_spans", 1);
    const { random, store } = world.ports;
    const ends = (): void => {
      sample();
      recorder.split("daily", aScene(), random);
    };
    ends();
    ends();
    ends();
    sample();
    const { sessionId } = recorder.recording.session;
    const [first, second, third] = recorder.recording.over;
    const asPing = (number: number, spans: number, session = sessionId): PingOf<"main"> => {
      const { payload } = aMainPing();
      const scalars = { "mulberry.usage.active_spans": spans };
      return {
        ...aMainPing({
          info: { ...payload.info, sessionId: session },
          processes: {
            parent: { scalars, keyedScalars: {} },
            dynamic: { scalars: { "study.feature.presses": 1 }, keyedScalars: {} },
          },
        }),
        id: aUuid(number),
      };
    };
    // The first was sent, the second waits, the third is no ping yet; another session's does not count.
    const outbox = await filled(asPing(901, 10), asPing(902, 5_000, aUuid(77)));
    await upload(outbox, serverUrl, world.ports);
    await outbox.add(asPing(903, 100), world.clock.nowMs(), {});
    const taken = {
      events: [],
      lost: 0,
      freshness: {},
      over: [first, second].filter((one) => one !== undefined),
    };
    await store.set(recorder.writtenWithout(taken));
    recorder.forget(taken);
    expect(recorder.recording.over).toEqual([third]);

    const view = await show("session");
    expect(view.shown?.parts).toEqual({ found: 4, of: 4 });
    expect(ping("main", view).payload.processes.parent.scalars).toEqual({
      "mulberry.usage.active_spans": 112,
    });
    expect(ping("main", view).payload.processes.dynamic?.scalars).toEqual({
      "study.feature.presses": 2,
    });
    const { payload } = ping("main", await show("main"));
    expect(payload.processes.parent.scalars).toEqual({ "mulberry.usage.active_spans": 1 });
    await outbox.remove(aUuid(903));
    expect((await show("session")).shown?.parts).toEqual({ found: 3, of: 4 });
  });

  test("lists what waits and what was sent, newest first, and gives each to the letter", async () => {
    const outbox = await filled(aPing({ id: aUuid(1) }), { ...aMainPing(), id: aUuid(2) });
    await upload(outbox, serverUrl, world.ports);
    await filled(aPing({ id: aUuid(3) }));
    const view = await show(aUuid(2));
    expect(view.pings.map(({ id, type, sentMs }) => [id, type, sentMs === null])).toEqual([
      [aUuid(3), "event", true],
      [aUuid(1), "event", false],
      [aUuid(2), "main", false],
    ]);
    expect(JSON.parse(view.shown?.json ?? "")).toEqual({ ...aMainPing(), id: aUuid(2) });
    expect(JSON.parse((await show(aUuid(3))).shown?.json ?? "")).toEqual(aPing({ id: aUuid(3) }));
    expect((await show(aUuid(99))).shown).toBeNull();
  });

  test("makes no id: a client that has sent nothing has none", async () => {
    const view = await show("main");
    expect(view.clientId).toBeNull();
    expect(ping("main", view).clientId).toBe("00000000-0000-4000-8000-000000000000");
    expect(await world.store.get("client_id")).toBeUndefined();
    await world.store.set({ client_id: aUuid(5) });
    expect((await show("main")).clientId).toBe(aUuid(5));
    expect(ping("main", await show("main")).clientId).toBe(aUuid(5));
  });

  test("says where pings go and who holds the switch, and gathers nothing with reports off", async () => {
    expect(await show("main")).toMatchObject({ isOn: true, server: serverUrl });
    const off = await show("main", {
      telemetryEnabled: false,
      administered: ["telemetry_enabled"],
      serverUrl: undefined,
    });
    expect(off).toMatchObject({ isOn: false, server: null, shown: null });
    expect(off.administered).toEqual(["telemetry_enabled"]);
    expect((await show("main", { extendedTelemetryEnabled: true })).isExtended).toBe(true);
  });
});
