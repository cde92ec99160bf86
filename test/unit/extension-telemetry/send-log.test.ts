import { beforeEach, describe, expect, test } from "vitest";
import { flush } from "#extension/telemetry/flush.ts";
import { StoredRecorder } from "#extension/telemetry/recorder.ts";
import type { NetworkOutcome } from "#core/ports.ts";
import { parsePing } from "#telemetry/parse.ts";
import { sendLogLimit } from "#telemetry/send-failures.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { someBooks } from "#kit/bench.ts";
import { anAnswer, aWorld, type World } from "#kit/client.ts";
import { someMeters } from "#kit/probes.ts";
import { aScene } from "#kit/sessions.ts";

// What went wrong in sending, as the next `main` ping says it.

const authority: Promise<Authority> = anAuthority();
let world: World;
let recorder: StoredRecorder;
let startMs: number;
beforeEach(async () => {
  world = aWorld(await authority);
  startMs = world.clock.nowMs();
  recorder = await open();
});

const open = (atMs = startMs) =>
  StoredRecorder.open(world.store, world.clock, world.ports.random, atMs, someMeters());

/** Has a ping and tries to send it, QA's way: now. */
async function send(outcome: NetworkOutcome): Promise<void> {
  world.network.posts = () => outcome;
  recorder.uptake("normandy/runner", "success");
  await flushNow();
}
async function flushNow(): Promise<void> {
  const settings = { ...world.settings.current, devMode: true };
  await flush(recorder, await someBooks(world.store), settings, "periodic", world.ports);
}
/** Ends this part of the session and sends everything. */
async function mainPing() {
  recorder.split("daily", aScene(), world.ports.random);
  world.network.asked.length = 0;
  await send(anAnswer(""));
  return world.network.asked
    .map(({ json }) => parsePing(JSON.parse(json ?? "")))
    .filter((ping) => ping.type === "main")[0]?.payload;
}

describe("the log of a main ping", () => {
  test("has each failure in Firefox's words, in order, by the time since the session began", async () => {
    world.clock.advance(61_000);
    await send({ kind: "unreachable", detail: "TypeError" });
    world.clock.advance(1_000);
    await send({ kind: "timeout" });
    await send(anAnswer("", { status: 504 }));
    await send({ kind: "timeout", isHeld: true });
    await send(anAnswer("", { status: 403 }));
    const payload = await mainPing();
    const id = "TELEMETRY_SEND_FAILURE";
    // The newest of the pings is refused first, and with it every other that waited.
    expect(payload?.log?.slice(0, 5)).toEqual([
      [id, 61_000, "errorhandler", "error"],
      [id, 62_000, "errorhandler", "timeout"],
      [id, 62_000, "5xx failure", "504"],
      [id, 62_000, "errorhandler", "abort"],
      [id, 62_000, "4xx 'failure'", "403"],
    ]);
    const refused = payload?.log?.filter(([, , kind]) => kind === "4xx 'failure'").length;
    expect(payload?.processes.parent.scalars["mulberry.pings.refused"]).toBe(refused);
    expect(refused).toBeGreaterThan(1);
  });

  test("is not there when nothing failed, and begins anew with each part", async () => {
    expect(await mainPing()).not.toHaveProperty("log");
    await send({ kind: "offline" });
    expect((await mainPing())?.log).toHaveLength(1);
    expect(await mainPing()).not.toHaveProperty("log");
  });

  test("outlives a kill, and goes with the session that it belongs to", async () => {
    await send({ kind: "offline" });
    recorder = await open();
    expect(recorder.recording.log).toHaveLength(1);
    recorder = await open(startMs + 5_000);
    expect(recorder.recording).toMatchObject({ log: [], over: [{ log: [{ 3: "error" }] }] });
  });

  test("keeps the latest two hundred", async () => {
    for (let number = 0; number <= sendLogLimit; number += 1)
      recorder.failure("5xx failure", String(500 + (number % 100)));
    expect(recorder.recording.log).toHaveLength(sendLogLimit);
    expect(recorder.recording.log.at(-1)?.[3]).toBe("500");
    await recorder.save();
  });

  test("says nothing of what happened while telemetry was off", async () => {
    await send({ kind: "offline" });
    world.settings.current = { ...world.settings.current, telemetryEnabled: false };
    await flushNow();
    expect(world.network.asked.at(-1)?.url).toContain("deletion-request");
    expect(recorder.recording.log).toEqual([]);
    expect(await world.store.get("health")).toBeUndefined();
  });
});
