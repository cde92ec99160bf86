import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dice } from "#kit/conformance/dice.ts";
import { aMainPing, aPing } from "#kit/pings.ts";
import { temporaryFolder } from "#kit/server.ts";
import {
  getClientsHistory,
  getOnePingPerClient,
  getPings,
  getPingsProperties,
  type PingQuery,
} from "#server/archive/pings.ts";
import { archivePings } from "#server/archive/writer.ts";
import { openIngest } from "#server/ingest/index.ts";
import { sampleIdOf } from "#server/ingest/normalize.ts";
import type { Ping } from "#telemetry/pings.ts";
import type { SendFailure } from "#telemetry/send-failures.ts";
import { runNotebook } from "#tools/notebook.ts";
import { aDocId, aSubmission, startMs } from "../unit/server/ingest/support.ts";

// The offline library and the page that shows it, over pings that a seed makes.

const seed = 20_261_128;
const dayMs = 86_400_000;
const kinds = { "errorhandler/error": 72, "errorhandler/timeout": 27, "5xx failure/504": 1 };

interface Sent {
  readonly day: number;
  readonly ping: Ping;
}

/** Six days of a hundred pings by 120 clients, of whom some send much more than others. */
function somePings(): readonly Sent[] {
  const dice = new Dice(seed);
  const clients = Array.from({ length: 120 }, () => ({
    id: dice.uuid(),
    os: dice.weighed({ Linux: 2, Windows_NT: 6, Darwin: 2 }),
    channel: dice.pick(["esr", "release"]),
    build: dice.pick(["20261001000000", "20261020123456"]),
  }));
  return Array.from({ length: 600 }, (_, number): Sent => {
    // Low numbers come much oftener.
    const client = clients[Math.floor(120 * (dice.between(0, 999) / 1_000) ** 2)] ?? clients[0];
    if (client === undefined) throw new Error("there is no client");
    const log = Array.from({ length: dice.between(0, 2) }, (): SendFailure => {
      const [kind = "", detail = ""] = dice.weighed(kinds).split("/");
      return ["TELEMETRY_SEND_FAILURE", dice.between(0, 9e6), kind as "errorhandler", detail];
    });
    const main = aMainPing({ log });
    const subsessionLength = Math.round(Math.exp(dice.between(400, 1_100) / 100));
    const { application, environment, payload } = main;
    return {
      day: Math.floor(number / 100),
      ping: {
        ...main,
        id: aDocId(number),
        clientId: client.id,
        application: { ...application, buildId: client.build, channel: client.channel },
        environment: {
          ...environment,
          system: { os: { ...environment.system.os, name: client.os } },
        },
        payload: { ...payload, info: { ...payload.info, subsessionLength } },
      },
    };
  });
}

const sent = somePings();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let dataDir: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  dataDir = folder.path;
  let nowMs = startMs;
  const ingest = await openIngest({
    dataDir,
    clock: { nowMs: () => nowMs, delay: () => Promise.resolve() },
    mode: "development",
  });
  for (const { day, ping } of sent) {
    nowMs = startMs + day * dayMs;
    expect((await ingest.submit(aSubmission(ping))).status).toBe(200);
  }
  expect((await ingest.submit(aSubmission(aPing({ id: aDocId(9_999) })))).status).toBe(200);
  await ingest.close();
  await archivePings({ dataDir });
}, 120_000);
afterAll(() => folder[Symbol.asyncDispose]());

test("docs/notebook.md answers what its cells print (`vitest -u` writes it)", async () => {
  const path = fileURLToPath(new URL("../../docs/notebook.md", import.meta.url));
  const page = await readFile(path, "utf8");
  await expect(await runNotebook(page, { MULBERRY_DATA: dataDir })).toMatchFileSnapshot(path);
}, 60_000);

test("a cell that fails says why", async () => {
  const page = '```ts\nthrow new Error("no such thing");\n```\n';
  await expect(runNotebook(page)).rejects.toThrow(/no such thing/u);
});

describe("getPings", () => {
  test("gives every ping as it was sent, in the order in which they came", async () => {
    const all = await getPings({ dataDir, type: "main" }).take();
    expect(all.map(({ id }) => id)).toEqual(sent.map(({ ping }) => ping.id));
    for (const [index, one] of all.slice(0, 50).entries()) {
      const { meta, ...rest } = one;
      const { version: _version, ...was } = sent[index]?.ping ?? { version: 4 };
      expect(rest).toEqual(was);
      expect(meta).toEqual({
        submissionDate: "2026-11-22",
        submittedAt: new Date(startMs),
        sampleId: sampleIdOf(one.clientId),
      });
    }
  });

  const first = (count: number) => (digits: string) => digits.slice(0, count);
  test.each<{ query: Omit<PingQuery, "dataDir">; holds: (one: Sent) => boolean }>([
    { query: { submissionDate: "2026-11-24" }, holds: ({ day }) => day === 2 },
    {
      query: { submissionDate: ["2026-11-24", "2026-11-26"] },
      holds: ({ day }) => day >= 2 && day <= 4,
    },
    { query: { channel: "esr" }, holds: ({ ping }) => ping.application.channel === "esr" },
    { query: { app: "Firefox", version: "153.0" }, holds: () => true },
    { query: { app: "Thunderbird" }, holds: () => false },
    { query: { channel: "it's" }, holds: () => false },
    {
      query: { buildId: "20261001" },
      holds: ({ ping }) => first(8)(ping.application.buildId) === "20261001",
    },
    {
      query: { buildId: ["2026102", "2026103"] },
      holds: ({ ping }) => first(7)(ping.application.buildId) === "2026102",
    },
    { query: { fraction: 0.25 }, holds: ({ ping }) => sampleIdOf(ping.clientId) < 25 },
  ])("gives those that $query asks for", async ({ query, holds }) => {
    const found = await getPings({ dataDir, type: "main", ...query }).take();
    expect(found.map(({ id }) => id)).toEqual(sent.filter(holds).map(({ ping }) => ping.id));
  });

  test("gives all types where none is asked for, and none where there is no archive", async () => {
    expect(await getPings({ dataDir }).count()).toBe(601);
    expect(await getPings({ dataDir: `${dataDir}/none` }).count()).toBe(0);
  });

  test.each<Omit<PingQuery, "dataDir">>([
    { submissionDate: "20261122" },
    { buildId: "x' OR true --" },
    { fraction: 0 },
    { fraction: 2 },
    { fraction: 0.005 },
    { fraction: NaN },
  ])("refuses %j", async (query) => {
    await expect(getPings({ dataDir, ...query }).count()).rejects.toMatchObject({
      code: "archive/bad-query",
    });
  });
});

test("getPingsProperties gives own members alone, however deep", async () => {
  const paths = [
    "clientId",
    "payload/info/reason",
    "payload/no/such",
    "payload/constructor",
  ] as const;
  const [one] = await getPingsProperties(getPings({ dataDir, type: "main" }), paths).take(1);
  expect(one).toEqual({
    clientId: sent[0]?.ping.clientId,
    "payload/info/reason": "daily",
    "payload/no/such": undefined,
    "payload/constructor": undefined,
  });
});

test("getOnePingPerClient gives each client's first ping", async () => {
  const found = await getOnePingPerClient(getPings({ dataDir, type: "main" })).take();
  const firsts = sent.filter(
    ({ ping }, index) => sent.findIndex((other) => other.ping.clientId === ping.clientId) === index,
  );
  expect(found.map(({ id }) => id)).toEqual(firsts.map(({ ping }) => ping.id));
});

test("getClientsHistory gives all of a client's pings together, each once", async () => {
  const histories = await getClientsHistory({ dataDir, type: "main" }).take();
  const clients = [...new Set(sent.map(({ ping }) => ping.clientId))].sort();
  expect(histories.map(({ clientId }) => clientId)).toEqual(clients);
  for (const { clientId, pings } of histories)
    expect(pings.map(({ id }) => id)).toEqual(
      sent.filter(({ ping }) => ping.clientId === clientId).map(({ ping }) => ping.id),
    );
});
