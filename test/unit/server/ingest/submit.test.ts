import { describe, expect, test } from "vitest";
import { nodeFiles } from "#server/ingest/files.ts";
import {
  aDocId,
  aFolder,
  aPing,
  aRequest,
  aSubmission,
  bodyFrom,
  openTestIngest,
  storedIds,
  urlOf,
} from "./support.ts";

const good = JSON.stringify(aPing());
const MiB = 1024 * 1024;

async function* noBody(): AsyncGenerator<Uint8Array> {
  // Never asked for a byte: the answer must not need one.
  await Promise.reject(new Error("the body was read"));
  yield new Uint8Array();
}

describe("an answer to a submission", () => {
  test.each(["POST", "PUT"])("is 200 for a good ping by %s", async (method) => {
    const ingest = await openTestIngest(await aFolder());
    expect(await ingest.submit(aRequest(good, { method }))).toEqual({ status: 200 });
    expect(await storedIds(ingest)).toEqual([aDocId(1)]);
  });

  test.each([
    [400, "submit/bad-path", { url: "/submit/telemetry/x/event/Firefox/153.0/esr/1" }],
    [404, "submit/not-found", { url: "/submit/other" }],
    [405, "submit/method", { method: "GET" }],
    [405, "submit/method", { method: "DELETE" }],
    [411, "submit/length-required", { headers: { "content-length": undefined } }],
    [
      411,
      "submit/length-required",
      { headers: { "content-length": undefined, "transfer-encoding": "chunked" } },
    ],
    [400, "submit/bad-length", { headers: { "content-length": "-1" } }],
    [400, "submit/bad-length", { headers: { "content-length": "1e3" } }],
    [413, "submit/too-large", { headers: { "content-length": String(MiB + 1) } }],
    [
      431,
      "submit/header-too-long",
      { headers: { "content-length": "1", "x-long": "x".repeat(1_024) } },
    ],
    [414, "submit/uri-too-long", { url: `${urlOf(aDocId(1))}&x=${"x".repeat(1_024)}` }],
  ])("is %i %s without the body being read", async (status, code, options) => {
    const ingest = await openTestIngest(await aFolder());
    const answer = await ingest.submit({ ...aRequest("", options), readBody: bodyFrom(noBody()) });

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body ?? "")).toMatchObject({ code });
    expect(ingest.counts().received).toBe(0);
  });

  test("405 tells what is allowed", async () => {
    const ingest = await openTestIngest(await aFolder());
    const answer = await ingest.submit(aRequest(good, { method: "GET" }));
    expect(answer.headers).toMatchObject({ allow: "POST, PUT" });
  });

  test("a body over 1 MiB is 413 also when its declared length lies", async () => {
    const ingest = await openTestIngest(await aFolder());
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read += 65_536;
        yield Buffer.alloc(65_536);
      }
    }
    const request = aRequest("", { headers: { "content-length": "10" } });

    expect(await ingest.submit({ ...request, readBody: bodyFrom(endless()) })).toMatchObject({
      status: 413,
    });
    expect(read).toBe(MiB + 65_536);
    expect(ingest.counts().received).toBe(0);
  });

  test("a body of exactly 1 MiB passes the edge", async () => {
    const ingest = await openTestIngest(await aFolder(), { mode: "production" });
    expect(await ingest.submit(aRequest(Buffer.alloc(MiB)))).toEqual({ status: 200 });
  });

  test.each([good.length - 1, good.length + 1])(
    "a body that is not as long as declared (%i) is 400 and not stored",
    async (length) => {
      const ingest = await openTestIngest(await aFolder());
      const request = aRequest(good, { headers: { "content-length": String(length) } });
      expect(await ingest.submit(request)).toMatchObject({ status: 400 });
      expect(ingest.counts().received).toBe(0);
    },
  );

  test("a client that breaks off leaves nothing behind and frees its place", async () => {
    const ingest = await openTestIngest(await aFolder(), { limits: { queuedRequests: 1 } });
    const request = { ...aRequest(good), readBody: bodyFrom(noBody()) };
    expect(await ingest.submit(request)).toMatchObject({ status: 400 });
    expect(await ingest.submit(aRequest(good))).toEqual({ status: 200 });
  });

  test.each([
    ["ping/not-json", "", "not json"],
    ["ping/id-mismatch", "/id", JSON.stringify(aPing(2))],
  ])("in development a bad ping is 400 with %s", async (code, at, body) => {
    const ingest = await openTestIngest(await aFolder());
    const answer = await ingest.submit(aRequest(body));

    expect(answer.status).toBe(400);
    const told: unknown = JSON.parse(answer.body ?? "");
    expect(told).toMatchObject({ code, at });
    expect(told).toHaveProperty("message");
    expect(ingest.errors()).toMatchObject([{ code, at, docId: aDocId(1), docType: "event" }]);
  });

  test("in production a bad ping is 200 at the edge and accounted for afterwards", async () => {
    const ingest = await openTestIngest(await aFolder(), { mode: "production" });
    expect(await ingest.submit(aRequest("not json"))).toEqual({ status: 200 });
    await ingest.settled();

    expect(ingest.counts()).toEqual({ received: 1, accepted: 0, duplicate: 0, error: 1 });
    expect(ingest.errors()).toMatchObject([{ code: "ping/not-json" }]);
  });
});

describe("backpressure", () => {
  /** A disk on which nothing becomes durable until it is let go. */
  function slowFiles() {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    return { release, files: { ...nodeFiles, freeBytes: async () => (await gate, 1e12) } };
  }

  test.each([
    ["requests", { queuedRequests: 3 }],
    ["bytes", { queuedBytes: 3 * good.length }],
  ])(
    "beyond the bound in %s a submission is 503, and what was taken is stored",
    async (_, limits) => {
      const { files, release } = slowFiles();
      const ingest = await openTestIngest(await aFolder(), { files, limits });
      const bodies = [1, 2, 3].map((number) => JSON.stringify(aPing(number)));
      const taken = bodies.map((body, index) =>
        ingest.submit(aRequest(body, { url: urlOf(aDocId(index + 1)) })),
      );
      // A macrotask later every body was read.
      await new Promise((resolve) => setImmediate(resolve));

      const refused = await ingest.submit(aSubmission(aPing(4)));
      expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "60" } });
      release();
      expect(await Promise.all(taken)).toEqual(taken.map(() => ({ status: 200 })));
      expect(await ingest.submit(aSubmission(aPing(4)))).toEqual({ status: 200 });
      expect(ingest.counts()).toEqual({ received: 4, accepted: 4, duplicate: 0, error: 0 });
    },
  );

  test("while it closes it refuses new submissions and answers those it took", async () => {
    const { files, release } = slowFiles();
    const ingest = await openTestIngest(await aFolder(), { files });
    const taken = ingest.submit(aSubmission(aPing(1)));
    await new Promise((resolve) => setImmediate(resolve));
    const closed = ingest.close();

    expect(await ingest.submit(aSubmission(aPing(2)))).toMatchObject({ status: 503 });
    release();
    expect(await taken).toEqual({ status: 200 });
    await closed;
  });
});
