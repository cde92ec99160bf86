import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readAccounts } from "#server/ingest/accounts.ts";
import { indexPath } from "#server/ingest/ping-index.ts";
import { segmentsFolder } from "#server/ingest/segment.ts";
import {
  aDocId,
  aFolder,
  aPing,
  openTestIngest,
  storedIds,
  urlOf,
} from "../unit/server/ingest/support.ts";
import { sized } from "#kit/size.ts";

// INGEST_KILL_ROUNDS and INGEST_KILL_SEED ask for more rounds, or for the same ones again: the promise
// is 200 rounds without a loss.
const rounds = sized("INGEST_KILL_ROUNDS", { quick: 6, whole: 20 });
const seed = Number(process.env["INGEST_KILL_SEED"] ?? Date.now() % 2 ** 31);
const writers = 50;
/** Answers in one life at most: by their number, not by time, so that a slow machine kills amid them, too. */
const lifeAnswers = 120;

/** A small seeded generator of fractions. */
function fractions(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Status of the answer, or `undefined` when the connection ended without one. */
function post(
  port: number,
  agent: Agent,
  docId: string,
  body: Buffer,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = httpRequest(
      {
        ...{ port, agent, host: "127.0.0.1", method: "POST", path: urlOf(docId) },
        headers: { "content-encoding": "gzip", "content-length": body.length },
      },
      (response) => {
        response.resume();
        response.on("close", () => {
          resolve(response.complete ? response.statusCode : undefined);
        });
      },
    );
    request.on("error", () => {
      resolve(undefined);
    });
    request.end(body);
  });
}

function prepare(folder: string, round: number): ChildProcess {
  const mode = round % 2 === 0 ? "development" : "production";
  return fork(fileURLToPath(new URL("ingest-child.ts", import.meta.url)), [folder, mode]);
}

async function start(child: ChildProcess): Promise<number> {
  child.send("go");
  const [port] = (await once(child, "message")) as unknown[];
  if (typeof port !== "number") throw new Error("the child told no port");
  return port;
}

test(
  `no acknowledged ping is lost or doubled in ${rounds} kills (seed ${seed})`,
  { timeout: 30_000 + rounds * 5_000 },
  async () => {
    console.log(`ingest-kill: seed ${seed}, ${rounds} rounds`);
    const random = fractions(seed);
    const folder = await aFolder();
    const acknowledged: string[] = [];
    const unanswered: number[] = [];
    let next = 0;

    let following = prepare(folder, 0);
    for (let round = 0; round < rounds; round += 1) {
      const child = following;
      const port = await start(child);
      following = prepare(folder, round + 1);
      const agent = new Agent({ keepAlive: true, maxSockets: writers });
      const exited = once(child, "exit");
      let isDead = false;
      let left = Math.floor(random() * lifeAnswers);
      const kill = (): void => {
        isDead = true;
        child.kill("SIGKILL");
      };
      const write = async (): Promise<void> => {
        while (!isDead) {
          // As a client does: what got no answer is sent again, in this life or the next.
          const number = unanswered.shift() ?? next++;
          const body = gzipSync(JSON.stringify(aPing(number)), { level: 1 });
          const status = await post(port, agent, aDocId(number), body);
          if (status === 200) {
            acknowledged.push(aDocId(number));
            left -= 1;
            if (left === 0) kill();
          } else {
            unanswered.push(number);
            expect(status).toBeUndefined();
            return;
          }
        }
      };
      const all = Promise.all(Array.from({ length: writers }, write));
      // Now and then before the first answer.
      if (left === 0) setTimeout(kill, random() * 20);
      await Promise.all([exited, all]);
      agent.destroy();
    }
    following.kill("SIGKILL");

    const ingest = await openTestIngest(folder, { mode: "production" });
    await ingest.settled();
    const stored = await storedIds(ingest);
    const known = new Set(stored);
    console.log(
      `ingest-kill: ${acknowledged.length} acknowledged, ${stored.length} stored, ` +
        `${ingest.counts().duplicate} sent again`,
    );
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.filter((id) => !known.has(id))).toEqual([]);
    expect(stored).toHaveLength(known.size);
    const { received, accepted, duplicate, error } = ingest.counts();
    expect({ accepted, error }).toEqual({ accepted: stored.length, error: 0 });
    expect(received).toBe(accepted + duplicate + error);
    expect(ingest.damage()).toEqual({ regions: 0, bytes: 0 });
    const books = await readAccounts(folder, { audit: true });
    expect(books.audit).toEqual({ records: received, pings: accepted });
    expect((await readdir(segmentsFolder(folder))).length).toBeGreaterThan(1);
    await ingest.close();

    // The index that lived through the kills says what the segments alone say.
    for (const suffix of ["", "-wal", "-shm"])
      await rm(indexPath(folder) + suffix, { force: true });
    const rebuilt = await openTestIngest(folder, { mode: "production" });
    await rebuilt.settled();
    expect(await storedIds(rebuilt)).toEqual(stored);
    expect(rebuilt.counts()).toEqual({ received, accepted, duplicate, error });
  },
);
