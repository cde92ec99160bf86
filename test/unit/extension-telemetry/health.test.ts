import { beforeEach, describe, expect, test } from "vitest";
import { tellHealth } from "#extension/telemetry/health.ts";
import { Outbox } from "#extension/telemetry/outbox.ts";
import type { Trouble } from "#extension/telemetry/upload.ts";
import { MemoryFacts, MemoryStore } from "#core/memory.ts";
import { parsePing } from "#telemetry/parse.ts";
import type { PingOf } from "#telemetry/pings.ts";
import { TestClock, TestRandom } from "#kit/client.ts";
import { aHealthPing, aPing } from "#kit/pings.ts";

const hour = 3_600_000;
let store: MemoryStore;
let clock: TestClock;
const random = new TestRandom();
beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock(1_795_000_000_000);
});

const timeout: Trouble = {
  kind: "failed",
  type: "event",
  failure: ["errorhandler", "timeout"],
  label: "timeout",
};
const tooLarge: Trouble = { kind: "too-large", type: "main" };

async function tell(...troubles: readonly Trouble[]): Promise<void> {
  const facts = new MemoryFacts({});
  await tellHealth(troubles, await Outbox.open(store), { store, clock, random, facts });
}
async function waiting(): Promise<readonly PingOf<"health">[]> {
  const outbox = await Outbox.open(store);
  const bodies = await Promise.all(outbox.waiting().map(async ({ id }) => outbox.body(id)));
  return bodies
    .map((body) => parsePing(JSON.parse(body ?? "")))
    .filter((ping) => ping.type === "health");
}
async function sendAll(): Promise<void> {
  const outbox = await Outbox.open(store);
  for (const { id } of outbox.waiting()) await outbox.remove(id);
}

describe("a health ping", () => {
  test("tells at once of what got no answer and of what was too large", async () => {
    await tell(timeout, tooLarge, timeout);
    const [ping, ...others] = await waiting();
    expect(others).toEqual([]);
    expect(ping?.payload).toEqual({
      os: { name: "Linux", version: "6.1" },
      reason: "immediate",
      pingDiscardedForSize: { main: 1 },
      sendFailure: { timeout: 2 },
    });
    expect(ping).not.toHaveProperty("environment");
  });

  test("does not tell of answers, nor of nothing", async () => {
    await tell({ kind: "failed", type: "event", failure: ["5xx failure", "503"] });
    await tell({ kind: "refused", type: "event", failure: ["4xx 'failure'", "400"] });
    await tell();
    expect(await waiting()).toEqual([]);
  });

  test("comes once an hour at most, with all that went wrong meanwhile", async () => {
    await tell(timeout);
    await sendAll();
    await tell(timeout);
    clock.advance(hour - 1);
    await tell(timeout);
    expect(await waiting()).toEqual([]);
    clock.advance(1);
    await tell();
    const [ping] = await waiting();
    expect(ping?.payload).toMatchObject({ reason: "delayed", sendFailure: { timeout: 2 } });
    await sendAll();
    clock.advance(2 * hour);
    await tell();
    expect(await waiting()).toEqual([]);
  });

  test("is not made while one waits: a browser without a network has one", async () => {
    for (let hours = 0; hours < 30; hours += 1) {
      await tell(timeout);
      clock.advance(hour);
    }
    expect(await waiting()).toHaveLength(1);
    await sendAll();
    await tell();
    expect((await waiting())[0]?.payload.sendFailure).toEqual({ timeout: 29 });
  });

  test("is sent before every other ping but the wish to be forgotten", async () => {
    await tell(timeout);
    const outbox = await Outbox.open(store);
    await outbox.add(aPing(), 0, {});
    expect(outbox.waiting().map(({ path }) => path.split("/")[4])).toEqual(["health", "event"]);
  });

  test("begins anew where its record was damaged", async () => {
    await store.set({ health: { failures: { nothing: 1 }, lastMs: "x" } });
    await tell(timeout);
    expect(await waiting()).toHaveLength(1);
  });
});

test.each([
  [{ os: { name: "Linux", version: "6.1", host: "x" } }, "ping/unknown-field"],
  [{ reason: "shutdown" }, "ping/out-of-range"],
  [{ sendFailure: { "": 1 } }, "ping/out-of-range"],
  [{ sendFailure: { timeout: 0 } }, "ping/out-of-range"],
  [{ pingDiscardedForSize: { other: 1 } }, "ping/wrong-type"],
])("a health payload with %j is refused", (payload, code) => {
  const ping = aHealthPing();
  expect(() => parsePing({ ...ping, payload: { ...ping.payload, ...payload } })).toThrow(
    expect.objectContaining({ code }),
  );
});
