import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFailed, test } from "vitest";
import { killed, startChild } from "#kit/children.ts";
import { randomOf } from "#kit/filters.ts";
import { mulberry, temporaryFolder } from "#kit/server.ts";
import { sized } from "#kit/size.ts";
import { archivePings } from "#server/archive/writer.ts";
import { isBalanced, readAccounts } from "#server/ingest/accounts.ts";
import { indexPath } from "#server/ingest/ping-index.ts";
import { segmentsFolder } from "#server/ingest/segment.ts";
import { openTestIngest, storedIds } from "../unit/server/ingest/support.ts";
import { fill, mentionsIn, others, who } from "./somebody.ts";

const cli = fileURLToPath(new URL("../../server/bin.mjs", import.meta.url));
const rounds = sized("FORGET_KILL_ROUNDS", { quick: 3, whole: 12 });
const seed = Number(process.env["FORGET_KILL_SEED"] ?? Date.now() % 100_000);

test("a client that is forgotten is in no byte of the data folder, and all others are there", async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path);
  expect(await mentionsIn(folder.path)).toBeGreaterThan(20);

  const forget = ["forget", who.toUpperCase(), "--json", "--data", folder.path];
  const answer = await mulberry(forget);
  expect(answer).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(answer.stdout)).toEqual({ received: 17, archived: 12 });
  expect(await mentionsIn(folder.path)).toBe(0);
  expect(JSON.parse((await mulberry(forget)).stdout)).toEqual({ received: 0, archived: 0 });

  const { accounts, audit } = await readAccounts(folder.path, { audit: true });
  expect(audit).toEqual({ records: 27, pings: 10 });
  expect(isBalanced(accounts, audit)).toBe(true);
  const ingest = await openTestIngest(folder.path);
  expect(await storedIds(ingest)).toEqual(others);
  expect(ingest.errors()).toEqual([]);
  expect(ingest.damage()).toEqual({ regions: 0, bytes: 0 });
  expect(await archivePings({ dataDir: folder.path })).toEqual([]);
  await ingest.close();
  await expectRebuilt(folder.path);
});

test("bytes that are no record any more are forgotten as well", async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path);
  const segments = segmentsFolder(folder.path);
  const [first = ""] = (await readdir(segments)).sort();
  const bytes = await readFile(join(segments, first));
  const at = bytes.indexOf(who);
  bytes[at - 40] = 0;
  await writeFile(join(segments, first), bytes);

  await mulberry(["forget", who, "--data", folder.path]);
  expect(await mentionsIn(folder.path)).toBe(0);
});

test("a running server is not forgotten under, and what is no client id is wrong usage", async () => {
  await using folder = await temporaryFolder();
  await fill(folder.path);
  const ingest = await openTestIngest(folder.path);
  const refused = await mulberry(["forget", who, "--data", folder.path]);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^ingest\/locked: .*end it first/u) as unknown,
  });
  await ingest.close();
  expect((await mulberry(["forget", "somebody", "--data", folder.path])).code).toBe(2);
});

test(
  `${String(rounds)} kills of a forgetting process lose nothing of others, and the next one does what is left`,
  async () => {
    onTestFailed(() => {
      console.log(`FORGET_KILL_SEED=${String(seed)}`);
    });
    const random = randomOf(seed);
    for (let round = 0; round < rounds; round += 1) {
      await using folder = await temporaryFolder();
      await fill(folder.path);
      const child = startChild(cli, "forget", who, "--data", folder.path);
      await delay(250 + random() * 350);
      await killed(child);

      const after = await mulberry(["forget", who, "--data", folder.path]);
      expect(after).toMatchObject({ code: 0, stderr: "" });
      expect(await mentionsIn(folder.path)).toBe(0);
      const ingest = await openTestIngest(folder.path);
      expect(await storedIds(ingest)).toEqual(others);
      await ingest.close();
    }
  },
  60_000 + rounds * 10_000,
);

/** The segments alone say the same as the index that lived through it. */
async function expectRebuilt(dataDir: string): Promise<void> {
  for (const suffix of ["", "-wal", "-shm"]) await rm(indexPath(dataDir) + suffix, { force: true });
  const rebuilt = await openTestIngest(dataDir);
  await rebuilt.settled();
  expect(await storedIds(rebuilt)).toEqual(others);
  expect(rebuilt.counts()).toEqual({ received: 27, accepted: 10, duplicate: 0, error: 17 });
  expect(new Set(rebuilt.errors().map(({ code }) => code))).toEqual(new Set(["ping/deleted"]));
  await rebuilt.close();
}
