import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Ingest } from "#server/ingest/index.ts";
import { bodyOf } from "#server/request-body.ts";
import {
  aDocId,
  aFolder,
  anEnrollEvent,
  anUptakeEvent,
  aPing,
  aSubmission,
  everyByteOf,
  openTestIngest,
  startMs,
  storedIds,
  urlOf,
} from "../unit/server/ingest/support.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A program of nothing but the two commands, as the command line composes them. */
const program = `
  import { Command } from "commander";
  import { addEventsCommand } from "#server/commands/events.ts";
  import { addPingsCommand } from "#server/commands/pings.ts";
  const program = new Command().option("--data <dir>");
  addEventsCommand(program);
  addPingsCommand(program);
  await program.parseAsync(process.argv.slice(1), { from: "user" });
`;
const run = ["--input-type=module", "-e", program, "--"];

async function mulberry(...args: readonly string[]): Promise<{ lines: unknown[]; stderr: string }> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...run, ...args], {
    cwd: repository,
  });
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { lines: lines.map((line): unknown => JSON.parse(line)), stderr };
}

/** Ingestion behind a real socket. */
async function serve(ingest: Ingest): Promise<number> {
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    void ingest.submit({ method, url, headers, readBody: bodyOf(request) }).then((answer) => {
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

async function post(
  port: number,
  path: string,
  body: Uint8Array<ArrayBuffer>,
  headers = {},
): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    body,
    headers: { "content-encoding": "gzip", date: new Date(startMs).toUTCString(), ...headers },
  });
  await response.text();
  return response.status;
}

describe("over a socket", () => {
  test("pings arrive, and no byte below the data folder holds an address of who sent them", async () => {
    const folder = await aFolder();
    const ingest = await openTestIngest(folder);
    const port = await serve(ingest);
    const forwarded = {
      "x-forwarded-for": "203.0.113.7, 2001:db8::77",
      "x-real-ip": "203.0.113.7",
      forwarded: "for=203.0.113.7",
    };
    for (let number = 0; number < 50; number += 1) {
      const good = gzipSync(JSON.stringify(aPing(number)));
      const body = number % 10 === 9 ? gzipSync("poison") : good;
      const status = await post(port, urlOf(aDocId(number)), Buffer.from(body), forwarded);
      expect(status).toBe(number % 10 === 9 ? 400 : 200);
    }
    expect(await post(port, "/submit/telemetry/x", Buffer.from("x"), forwarded)).toBe(400);

    expect(ingest.counts()).toEqual({ received: 50, accepted: 45, duplicate: 0, error: 5 });
    const bytes = await everyByteOf(folder);
    expect(bytes).toContain(aDocId(1));
    expect(bytes).not.toMatch(/127\.0\.0\.1|203\.0\.113\.7|2001:db8/);
    // SQLite could hold addresses as numbers, so the segments' headers are looked at by name too.
    expect(bytes).not.toMatch(/forwarded|real-ip|user-agent/i);
  });

  test("60 bombs at once are all refused and the next good ping is accepted", async () => {
    const ingest = await openTestIngest(await aFolder(), { limits: { queuedBytes: 64 << 20 } });
    const port = await serve(ingest);
    const bomb = Buffer.from(gzipSync(Buffer.alloc(100 * 1024 * 1024)));
    const statuses = await Promise.all(
      Array.from({ length: 60 }, (_, number) => post(port, urlOf(aDocId(number)), bomb)),
    );

    expect(statuses.filter((status) => status !== 400)).toEqual([]);
    expect(ingest.counts()).toEqual({ received: 60, accepted: 0, duplicate: 0, error: 60 });
    expect(ingest.errors(1)).toMatchObject([{ code: "ping/too-large" }]);
    expect(await ingest.submit(aSubmission(aPing(1)))).toEqual({ status: 200 });
  }, 30_000);
});

describe("the commands", () => {
  test("print what a folder holds while a server writes to it", async () => {
    const folder = await aFolder();
    const ingest = await openTestIngest(folder);
    await ingest.submit(aSubmission(aPing(1, [anEnrollEvent("a"), anUptakeEvent()])));
    await ingest.submit(aSubmission(aPing(2, [anEnrollEvent("b")])));

    const all = await mulberry("--data", folder, "events");
    expect(all.lines).toMatchObject([{ value: "a" }, { value: "success" }, { value: "b" }]);
    expect(Object.keys(all.lines[0] ?? {})).toEqual([
      "receivedAt",
      "timestamp",
      "category",
      "method",
      "object",
      "value",
      "extra",
    ]);
    const some = await mulberry("--data", folder, "events", "--slug", "b");
    expect(some.lines).toMatchObject([{ value: "b" }]);
    const pings = await mulberry("--data", folder, "pings", "--type", "event");
    expect(pings.lines).toEqual(
      [aPing(1, [anEnrollEvent("a"), anUptakeEvent()]), aPing(2, [anEnrollEvent("b")])].map(
        (ping) => ({
          receivedAt: "2026-11-22T12:00:00.000Z",
          normalized: {
            ...{ channel: "esr", os: "Linux", osVersion: "6.1.0" },
            ...{ country: null, sampleId: 48 },
          },
          ...ping,
        }),
      ),
    );
    const later = await mulberry("--data", folder, "pings", "--since", "2026-11-22T12:00:00.001Z");
    expect(later.lines).toEqual([]);

    expect(await ingest.submit(aSubmission(aPing(3)))).toEqual({ status: 200 });
    await ingest.close();
    expect((await mulberry("--data", folder, "pings")).lines).toHaveLength(3);
  }, 30_000);

  test("say so where a folder holds nothing", async () => {
    const folder = await aFolder();
    await mkdir(join(folder, "keys"));
    for (const command of ["events", "pings"]) {
      const { lines, stderr } = await mulberry("--data", folder, command);
      expect(lines).toEqual([]);
      expect(stderr).toMatch(/^ingest\/empty: /u);
    }
  }, 30_000);

  test("follow what comes, also into a folder that is only made later, until Ctrl-C", async () => {
    const folder = await aFolder();
    const child: ChildProcess = spawn(
      process.execPath,
      [...run, "--data", folder, "events", "--follow"],
      { cwd: repository, stdio: ["ignore", "pipe", "pipe"] },
    );
    onTestFinished(() => {
      child.kill("SIGKILL");
    });
    const exited = once(child, "exit");
    if (child.stdout === null || child.stderr === null) throw new Error("no pipes");
    await once(child.stderr, "data");
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();

    const ingest = await openTestIngest(folder);
    for (const slug of ["a", "b", "c"]) {
      await ingest.submit(aSubmission(aPing(slug.charCodeAt(0), [anEnrollEvent(slug)])));
      const { value } = await lines.next();
      expect(JSON.parse(String(value))).toMatchObject({ value: slug });
    }
    child.kill("SIGINT");
    expect(await exited).toEqual([0, null]);
  }, 30_000);
});

/** A disk of its own, where the system lets us make one. */
function mountTmpfs(folder: string, size: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "mulberry-test", folder], {
      stdio: "ignore",
    });
    onTestFinished(() => {
      execFileSync("umount", [folder]);
    });
    return true;
  } catch {
    return false;
  }
}

describe("a disk that is really full", () => {
  test.each(["development", "production"] as const)(
    "is answered 507; nothing acknowledged is lost, and with space it goes on (%s)",
    async (mode) => {
      const folder = join(await aFolder(), "disk");
      await mkdir(folder);
      if (!mountTmpfs(folder, "2m")) {
        console.log("not run: this system lets nobody mount a tmpfs here");
        return;
      }
      const ingest = await openTestIngest(folder, { mode, limits: { segmentBytes: 300_000 } });
      const acknowledged: string[] = [];
      let number = 0;
      for (let round = 0; round < 6; round += 1) {
        const filler = join(folder, "filler");
        // Another place to run full each time.
        await writeFile(filler, Buffer.alloc(150_000 * (6 - round)));
        for (;;) {
          number += 1;
          const { status } = await ingest.submit(aSubmission(aPing(number, manyEvents(number))));
          if (status !== 200) {
            expect(status).toBe(507);
            break;
          }
          acknowledged.push(aDocId(number));
        }
        // What is there can still be read.
        for await (const { ping } of ingest.pings()) {
          expect(ping.id).toBe(aDocId(1));
          break;
        }
        await rm(filler);
        number += 1;
        expect(await ingest.submit(aSubmission(aPing(number)))).toEqual({ status: 200 });
        acknowledged.push(aDocId(number));
      }
      // The index of what was taken needs room, too, which its thread may have been left without.
      execFileSync("mount", ["-o", "remount,size=8m", folder]);
      await ingest.settled();
      const stored = new Set(await storedIds(ingest));

      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
      expect(ingest.damage()).toEqual({ regions: 0, bytes: 0 });
      const { received, accepted, duplicate, error } = ingest.counts();
      expect(received).toBe(accepted + duplicate + error);
      expect(error).toBe(0);
    },
  );
});

/** Events that do not compress to nothing. */
function manyEvents(seed: number) {
  return Array.from({ length: 150 }, (_, index) =>
    anEnrollEvent(`slug-${((seed * 7_919 + index * 104_729) % 1_000_003).toString(36)}`, index),
  );
}
