import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFailed, onTestFinished, test, vi } from "vitest";
import { killed } from "#kit/children.ts";
import { randomOf } from "#kit/filters.ts";
import { startMulberry, temporaryFolder, untilPrinted } from "#kit/server.ts";
import { sized } from "#kit/size.ts";
import { archivePings } from "#server/archive/writer.ts";
import { isBalanced, readAccounts } from "#server/ingest/accounts.ts";
import { indexPath } from "#server/ingest/ping-index.ts";
import type { Ping } from "#telemetry/pings.ts";
import {
  aDocId,
  aPing,
  aRequest,
  aSubmission,
  everyByteOf,
  openTestIngest,
  startMs,
  storedIds,
  urlOf,
} from "../unit/server/ingest/support.ts";
import { aRequestOfTheirs, fill, mentionsIn, others, who } from "./somebody.ts";

// Somebody's browser asks the running server to forget it.

const rounds = sized("DELETION_KILL_ROUNDS", { quick: 2, whole: 10 });
const seed = Number(process.env["DELETION_KILL_SEED"] ?? Date.now() % 100_000);

interface Serving {
  readonly url: string;
  readonly child: ChildProcess;
}

async function serve(dataDir: string): Promise<Serving> {
  const child = startMulberry(["serve", "--port", "0", "--data", dataDir]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const [, url = ""] = await untilPrinted(child, /url=(\S+)/u);
  return { url, child };
}

async function send({ url }: Serving, ping: Ping): Promise<{ status: number; body: string }> {
  const answer = await fetch(url + urlOf(ping.id, ping.type), {
    method: "POST",
    body: JSON.stringify(ping),
  });
  return { status: answer.status, body: await answer.text() };
}

async function untilForgotten(dataDir: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await mentionsIn(dataDir)).toBe(0);
    },
    { timeout: 60_000, interval: 250 },
  );
}

test("whoever asks for it is forgotten by the running server, and stays so whatever comes late", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.path;
  await fill(dataDir);
  const server = await serve(dataDir);

  expect(await send(server, aRequestOfTheirs(100))).toMatchObject({ status: 200 });
  await untilForgotten(dataDir);

  const late: Ping = { ...aPing(101), clientId: who.toUpperCase() };
  const refused = await send(server, late);
  expect(refused).toMatchObject({
    status: 400,
    body: expect.stringContaining('"code":"ping/client-forgotten","at":"/clientId"') as unknown,
  });
  // No ping at all, but of them.
  expect(await send(server, { ...late, version: 5 } as unknown as Ping)).toMatchObject({
    status: 400,
  });
  for (const number of [100, 102])
    expect(await send(server, aRequestOfTheirs(number))).toMatchObject({ status: 200 });
  expect(await send(server, aPing(103))).toMatchObject({ status: 200 });
  await untilForgotten(dataDir);

  const { accounts, audit } = await readAccounts(dataDir, { audit: true });
  expect(audit).toEqual({ records: 33, pings: 11 });
  expect(isBalanced(accounts, audit)).toBe(true);
  expect(accounts).toMatchObject({ accepted: 11 });
  server.child.kill("SIGTERM");
  await new Promise((resolve) => server.child.on("close", resolve));

  // The segments alone say the same, and who is forgotten is so without the index.
  for (const suffix of ["", "-wal", "-shm"]) await rm(indexPath(dataDir) + suffix, { force: true });
  const rebuilt = await openTestIngest(dataDir);
  await rebuilt.settled();
  expect(await storedIds(rebuilt)).toEqual([...others, aDocId(103)]);
  expect(await rebuilt.submit(aSubmission(late))).toMatchObject({ status: 400 });
  expect(rebuilt.damage()).toEqual({ regions: 0, bytes: 0 });
  await rebuilt.close();
});

test("a request waits for those of its hour, and what is sent twice meanwhile goes with it", async () => {
  await using folder = await temporaryFolder();
  const ingest = await openTestIngest(folder.path);
  const request = JSON.stringify(aRequestOfTheirs(100));
  const ask = () =>
    ingest.submit(aRequest(request, { url: urlOf(aDocId(100), "deletion-request") }));
  await ingest.submit(aSubmission(aPing(1)));
  expect(await ask()).toMatchObject({ status: 200 });
  expect(await ingest.deletions.areDue(startMs - 1)).toBe(false);
  expect(await everyByteOf(folder.path)).toContain(who);
  await ingest.deletions.honour(startMs, async (clientIds) => {
    expect(clientIds).toEqual([who]);
    // The segments were gone through by now.
    expect(await ask()).toMatchObject({ status: 200 });
    return 0;
  });
  expect(await everyByteOf(folder.path)).not.toContain(who);
  expect(await storedIds(ingest)).toEqual([aDocId(1)]);
  expect(ingest.counts()).toEqual({ received: 3, accepted: 1, duplicate: 1, error: 1 });
});

test("a request is no ping of the archive", async () => {
  await using folder = await temporaryFolder();
  const ingest = await openTestIngest(folder.path);
  await ingest.submit(aSubmission(aRequestOfTheirs(100)));
  expect(await archivePings({ dataDir: folder.path })).toEqual([]);
});

test(
  `${String(rounds)} kills of a server that forgets lose nothing of others, and the next one does what is left`,
  async () => {
    onTestFailed(() => {
      console.log(`DELETION_KILL_SEED=${String(seed)}`);
    });
    const random = randomOf(seed);
    for (let round = 0; round < rounds; round += 1) {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      const ingest = await openTestIngest(folder.path);
      await ingest.submit(aSubmission(aRequestOfTheirs(100)));
      await ingest.close();
      const first = await serve(folder.path);
      await delay(random() * 150);
      await killed(first.child);

      const second = await serve(folder.path);
      await untilForgotten(folder.path);
      await killed(second.child);
      const after = await openTestIngest(folder.path);
      await after.settled();
      expect(await storedIds(after)).toEqual(others);
      const { accounts, audit } = await readAccounts(folder.path, { audit: true });
      expect(isBalanced(accounts, audit)).toBe(true);
      await after.close();
    }
  },
  60_000 + rounds * 20_000,
);
