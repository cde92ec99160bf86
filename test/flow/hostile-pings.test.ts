import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, onTestFailed, onTestFinished, test } from "vitest";
import { randomOf } from "#kit/filters.ts";
import { startMulberry, temporaryFolder, untilPrinted } from "#kit/server.ts";
import { sized } from "#kit/size.ts";
import type { SubmitRequest } from "#server/ingest/index.ts";
import { isBalanced, readAccounts, readErrorLog } from "#server/ingest/accounts.ts";
import {
  aDocId,
  aFolder,
  aPing,
  aRequest,
  aSubmission,
  openTestIngest,
  urlOf,
} from "../unit/server/ingest/support.ts";

// What nobody sends by mistake, among what everybody sends. POISON_PINGS asks for another number of pings.

const all = sized("POISON_PINGS", { quick: 2_000, whole: 10_000 });
const poisoned = Math.round(all / 50);
const seed = Number(process.env["POISON_SEED"] ?? Date.now() % 100_000);
const MiB = 1024 * 1024;

const gzip = { "content-encoding": "gzip" };
const sent = (number: number, body: string | Uint8Array, headers = {}): SubmitRequest =>
  aRequest(body, { url: urlOf(aDocId(number)), headers });
const textOf = (number: number): string => JSON.stringify(aPing(number));

/** Every poison, by the code that it is refused with. */
const poisons: Readonly<Record<string, (number: number) => SubmitRequest>> = {
  "ping/not-gzip": (number) => sent(number, gzipSync(textOf(number)).subarray(0, -9), gzip),
  "ping/too-large": (number) => sent(number, gzipSync(Buffer.alloc(6 * MiB)), gzip),
  "ping/unknown-encoding": (number) => sent(number, textOf(number), { "content-encoding": "br" }),
  "ping/not-json": (number) => sent(number, textOf(number).slice(0, -1)),
  "ping/not-utf8": (number) => sent(number, Buffer.from([0x22, 0xff, 0x22])),
  "ping/too-deep": (number) => sent(number, "[".repeat(5_000)),
  "ping/duplicate-key": (number) =>
    sent(number, textOf(number).replace('"version":4', '"version":4,"version":4')),
  "ping/forbidden-key": (number) =>
    sent(number, textOf(number).replace('"version":4', '"version":4,"__proto__":{}')),
  "ping/id-mismatch": (number) => sent(number, textOf(number + all)),
  "ping/unknown-field": (number) => sent(number, JSON.stringify({ ...aPing(number), host: "x" })),
  "ping/unknown-type": (number) =>
    aRequest(textOf(number).replace('"type":"event"', '"type":"evnt"'), {
      url: urlOf(aDocId(number), "evnt"),
    }),
  "ping/missing": (number) => sent(number, textOf(number).replace('"vendor":"Mozilla",', "")),
  "ping/wrong-type": (number) =>
    sent(number, textOf(number).replace('"lostEventsCount":0', '"lostEventsCount":"0"')),
};

test(
  `${String(poisoned)} poisoned pings among ${String(all)} are accounted for to the last one`,
  async () => {
    onTestFailed(() => {
      console.log(`POISON_SEED=${String(seed)}`);
    });
    const random = randomOf(seed);
    const codes = Object.keys(poisons);
    const expected = new Map<string, number>();
    const isPoisoned = new Set<number>();
    while (isPoisoned.size < poisoned) isPoisoned.add(Math.floor(random() * all));
    const dataDir = await aFolder();
    const ingest = await openTestIngest(dataDir, {
      mode: "production",
      limits: { keptErrors: poisoned },
    });
    let sentAgain = 0;
    const send = async (number: number): Promise<void> => {
      const code = codes[Math.floor(random() * codes.length)] ?? "";
      const poison = isPoisoned.has(number) ? poisons[code] : undefined;
      if (poison !== undefined) expected.set(code, (expected.get(code) ?? 0) + 1);
      const request = poison?.(number) ?? aSubmission(aPing(number));
      expect(await ingest.submit(request)).toEqual({ status: 200 });
      if (poison !== undefined || random() > 0.01) return;
      sentAgain += 1;
      expect(await ingest.submit(aSubmission(aPing(number)))).toEqual({ status: 200 });
    };
    for (let number = 0; number < all; number += 100)
      await Promise.all(Array.from({ length: 100 }, (_, index) => send(number + index)));
    await ingest.settled();

    const found = new Map<string, number>();
    for (const { code } of readErrorLog(dataDir)) found.set(code, (found.get(code) ?? 0) + 1);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    const { accounts, audit } = await readAccounts(dataDir, { audit: true });
    expect(accounts).toMatchObject({
      received: all + sentAgain,
      accepted: all - poisoned,
      duplicate: sentAgain,
      error: poisoned,
    });
    expect(isBalanced(accounts, audit)).toBe(true);
    expect(ingest.problems).toEqual([]);
    console.log(`hostile-pings: ${JSON.stringify(accounts)}, ${String(found.size)} codes`);
  },
  60_000 + all * 20,
);

test.runIf(process.platform === "linux")(
  "200 bombs at once: the server's memory grows by less than 64 MiB, and none is its fault",
  async () => {
    await using folder = await temporaryFolder();
    const child = startMulberry(["serve", "--port", "0", "--data", folder.path]);
    onTestFinished(() => void child.kill("SIGKILL"));
    const [, url = ""] = await untilPrinted(child, /url=(\S+)/u);
    const bomb = Buffer.from(gzipSync(Buffer.alloc(20 * MiB)));
    // Every other one says of itself that it is small.
    const denial = Buffer.from(bomb);
    denial.writeUInt32LE(100, denial.length - 4);
    const send = async (number: number): Promise<number> => {
      const answer = await fetch(url + urlOf(aDocId(number)), {
        ...{ method: "POST", headers: gzip },
        body: number % 2 === 0 ? bomb : denial,
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    // The code is warm before it counts.
    for (let number = 1_000; number < 1_010; number += 1) await send(number);

    const before = await memoryOf(child.pid, "VmRSS");
    await writeFile(`/proc/${String(child.pid)}/clear_refs`, "5");
    const statuses = await Promise.all(Array.from({ length: 200 }, (_, number) => send(number)));
    const grown = (await memoryOf(child.pid, "VmHWM")) - before;

    console.log(`hostile-pings: 200 bombs, ${(grown / MiB).toFixed(1)} MiB more at the highest`);
    expect(new Set(statuses)).toEqual(new Set([400]));
    expect(grown).toBeLessThan(64 * MiB);
    const { accounts } = await readAccounts(folder.path, { audit: false });
    expect(accounts).toMatchObject({ received: 210, error: 210 });
  },
  60_000,
);

/** In bytes; `VmHWM` is the highest since its mark was taken back. */
async function memoryOf(pid: number | undefined, what: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, "utf8");
  return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, "mu").exec(status)?.[1]) * 1024;
}
