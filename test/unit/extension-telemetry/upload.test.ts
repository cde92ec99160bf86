import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import { Outbox } from "#extension/telemetry/outbox.ts";
import { type Trouble, upload } from "#extension/telemetry/upload.ts";
import {
  MemoryBeacon,
  MemoryFacts,
  MemoryMirror,
  MemoryPreferences,
  MemorySettings,
  MemoryStore,
} from "#core/memory.ts";
import type { NetworkOutcome, Ports, Store } from "#core/ports.ts";
import { tokens } from "#extension/platform/tokens.ts";
import { pingLimits } from "#telemetry/pings.ts";
import { sendFailure, sendFailureId } from "#telemetry/send-failures.ts";
import { aDeletionRequest, aPing } from "#kit/pings.ts";
import {
  anAnswer,
  aUuid,
  type LogLine,
  ScriptedNetwork,
  serverUrl,
  TestClock,
  TestRandom,
} from "#kit/client.ts";

const minute = 60_000;
let store: MemoryStore;
let clock: TestClock;
let network: ScriptedNetwork;
let log: LogLine[];
let ports: Ports;

beforeEach(() => {
  store = new MemoryStore();
  clock = new TestClock(1_795_000_000_000);
  network = new ScriptedNetwork();
  log = [];
  ports = portsOn(store);
});

function portsOn(on: Store): Ports {
  return {
    clock,
    random: new TestRandom(),
    store: on,
    settings: new MemorySettings(),
    preferences: new MemoryPreferences(),
    network,
    tokens,
    beacon: new MemoryBeacon(),
    mirror: new MemoryMirror(),
    facts: new MemoryFacts({ locale: "de-AT" }),
    log: { write: (level, message, fields) => log.push({ level, message, fields }) },
  };
}

const ids = () => network.asked.map(({ url }) => /telemetry\/([^/]+)\//u.exec(url)?.[1]);
const numbered = (number: number) => aPing({ id: aUuid(number) });
async function filled(count: number): Promise<Outbox> {
  const outbox = await Outbox.open(store);
  for (let number = 1; number <= count; number += 1)
    await outbox.add(numbered(number), clock.nowMs(), {});
  return outbox;
}
describe("sending", () => {
  const now = () => clock.nowMs();

  test("sends ten, newest first, and asks to come back for the rest", async () => {
    const report = await upload(await filled(12), serverUrl, ports);
    expect(report).toEqual({ sent: 10, refused: 0, waiting: 2, nextMs: now() + minute });
    expect(ids()).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map(aUuid));
    expect(network.asked[0]).toMatchObject({
      method: "POST",
      url: `${serverUrl}/submit/telemetry/${aUuid(12)}/event/Firefox/153.0/esr/20261020123456?v=4`,
      json: JSON.stringify(numbered(12)),
    });
    expect(await upload(await Outbox.open(store), serverUrl, ports)).toEqual({
      sent: 2,
      refused: 0,
      waiting: 0,
    });
  });

  test.each([200, 202, 299])("is done with a ping at %i", async (status) => {
    network.posts = () => anAnswer("", { status });
    expect(await upload(await filled(1), serverUrl, ports)).toMatchObject({ sent: 1, waiting: 0 });
    expect(log).toEqual([]);
  });

  test.each([400, 404, 411, 413, 499])(
    "drops what the server refuses with %i, and logs it",
    async (status) => {
      network.posts = () => anAnswer("", { status });
      expect(await upload(await filled(2), serverUrl, ports)).toEqual({
        sent: 0,
        refused: 2,
        waiting: 0,
      });
      expect(log).toMatchObject([{ level: "warn", fields: { id: aUuid(2) } }, {}]);
    },
  );

  const unheard = "errorhandler";
  const failures: readonly {
    readonly outcome: NetworkOutcome;
    readonly failure: readonly [kind: string, detail: string];
    readonly label?: string;
  }[] = [
    { outcome: anAnswer("", { status: 429 }), failure: ["4xx 'failure'", "429"] },
    { outcome: anAnswer("", { status: 500 }), failure: ["5xx failure", "500"] },
    { outcome: anAnswer("", { status: 507 }), failure: ["5xx failure", "507"] },
    { outcome: anAnswer("", { status: 304 }), failure: ["Unhandled HTTP failure", "304"] },
    { outcome: { kind: "offline" }, failure: [unheard, "error"], label: "eUnreachable" },
    { outcome: { kind: "timeout" }, failure: [unheard, "timeout"], label: "timeout" },
    { outcome: { kind: "timeout", isHeld: true }, failure: [unheard, "abort"], label: "abort" },
    {
      outcome: { kind: "unreachable", detail: "" },
      failure: [unheard, "error"],
      label: "eUnreachable",
    },
    { outcome: { kind: "too-large" }, failure: [unheard, "error"], label: "eRequest" },
    {
      outcome: { kind: "redirected" },
      failure: ["Unhandled HTTP failure", "0"],
      label: "eRedirect",
    },
  ];
  test.each(failures)(
    "keeps a ping at $outcome.kind $outcome.status, stops there, and calls it $failure",
    async ({ outcome, failure, label }) => {
      network.posts = () => outcome;
      const troubles: Trouble[] = [];
      const onTrouble = (trouble: Trouble) => void troubles.push(trouble);
      const report = await upload(await filled(2), serverUrl, ports, { onTrouble });
      expect(report).toEqual({ sent: 0, refused: 0, waiting: 2, nextMs: now() + 2 * minute });
      expect(network.asked).toHaveLength(1);
      expect(troubles).toEqual([
        { kind: "failed", type: "event", failure, ...(label === undefined ? {} : { label }) },
      ]);
      const entry = [sendFailureId, 0, ...(troubles[0]?.kind === "failed" ? failure : [])];
      expect(v.is(sendFailure, entry)).toBe(true);
    },
  );

  test("waits for as long as an overloaded server asks for, within two hours", async () => {
    for (const [seconds, minutes] of [
      ["1", 2],
      ["3600", 60],
      ["999999", 120],
      ["Wed, 21 Oct 2026 07:28:00 GMT", 2],
    ] as const) {
      store = new MemoryStore();
      ports = portsOn(store);
      network.posts = () => anAnswer("", { status: 503, headers: { "retry-after": seconds } });
      const { nextMs } = await upload(await filled(1), serverUrl, ports);
      expect(nextMs, seconds).toBe(now() + minutes * minute);
    }
  });

  test("gives up a ping that is too large to be sent, and goes on", async () => {
    const outbox = await filled(1);
    const { payload } = aPing();
    const large = { ...payload, sessionId: "x".repeat(pingLimits.rawBytes) };
    await outbox.add(aPing({ id: aUuid(2), payload: large }), 0, {});
    const troubles: Trouble[] = [];
    const onTrouble = (trouble: Trouble) => void troubles.push(trouble);
    const report = await upload(outbox, serverUrl, ports, { onTrouble });
    expect(report).toEqual({ sent: 1, refused: 1, waiting: 0 });
    expect(troubles).toEqual([{ kind: "too-large", type: "event" }]);
  });

  test("asks again for what is owed, whatever the answer, and lets the others pass", async () => {
    const outbox = await filled(1);
    await outbox.add(aDeletionRequest({ id: aUuid(500) }), 0, {});
    network.posts = ({ url }) =>
      anAnswer("", { status: url.includes("deletion-request") ? 400 : 200 });
    for (const minutes of [2, 4, 8]) {
      const { waiting, nextMs } = await upload(outbox, serverUrl, ports);
      expect({ waiting, nextMs }).toEqual({ waiting: 1, nextMs: now() + minutes * minute });
      clock.advance(minutes * minute);
    }
    expect(ids()).toEqual([500, 1, 500, 500].map(aUuid));
    network.posts = () => anAnswer("");
    expect(await upload(await Outbox.open(store), serverUrl, ports)).toMatchObject({ waiting: 0 });
  });

  test("waits 2, 4, 8 … 120 minutes, asks nobody meanwhile, and begins again after a success", async () => {
    network.posts = () => ({ kind: "offline" });
    const outbox = await filled(1);
    for (const minutes of [2, 4, 8, 16, 32, 64, 120, 120]) {
      const { nextMs } = await upload(outbox, serverUrl, ports);
      expect(nextMs).toBe(now() + minutes * minute);
      network.asked.length = 0;
      clock.advance(minutes * minute - 1);
      expect(await upload(outbox, serverUrl, ports)).toEqual({
        sent: 0,
        refused: 0,
        waiting: 1,
        nextMs: now() + 1,
      });
      expect(network.asked).toEqual([]);
      clock.advance(1);
    }
    network.posts = () => anAnswer("");
    expect(await upload(outbox, serverUrl, ports)).toMatchObject({ sent: 1 });
    await outbox.add(numbered(7), 0, {});
    network.posts = () => ({ kind: "offline" });
    expect(await upload(outbox, serverUrl, ports)).toMatchObject({ nextMs: now() + 2 * minute });
  });

  test("counts what it sent before it failed", async () => {
    network.posts = () =>
      network.asked.length === 1 ? anAnswer("") : anAnswer("", { status: 500 });
    expect(await upload(await filled(3), serverUrl, ports)).toMatchObject({ sent: 1, waiting: 2 });
  });

  test("does not wait when QA is eager, nor for a clock that went back", async () => {
    network.posts = () => ({ kind: "offline" });
    const outbox = await filled(1);
    await upload(outbox, serverUrl, ports);
    network.asked.length = 0;
    await upload(outbox, serverUrl, ports, { isEager: true });
    expect(network.asked).toHaveLength(1);
    clock.advance(-30 * 86_400_000);
    await upload(outbox, serverUrl, ports);
    expect(network.asked).toHaveLength(2);
  });

  test("gives up a ping whose body the store lost", async () => {
    const outbox = await filled(1);
    await store.remove([`outbox/${aUuid(1)}`]);
    expect(await upload(outbox, serverUrl, ports)).toEqual({ sent: 0, refused: 1, waiting: 0 });
    expect(network.asked).toEqual([]);
  });

  test("begins anew when its back-off was damaged", async () => {
    await store.set({ upload: "soon" });
    expect(await upload(await filled(1), serverUrl, ports)).toMatchObject({ sent: 1 });
  });
});
