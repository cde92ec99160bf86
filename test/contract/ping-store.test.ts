import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IngestCounts } from "#server/ingest/index.ts";
import type { Ping } from "#telemetry/pings.ts";
import {
  aDocId,
  aFolder,
  anEnrollEvent,
  anUptakeEvent,
  aPing,
  aRequest,
  aSubmission,
  collect,
  openTestIngest,
  startMs,
  storedIds,
  urlOf,
} from "../unit/server/ingest/support.ts";

// What every engine that pings land in has to do. An engine is a way to open a store over a place.

const engines = [{ engine: "segments", open: openTestIngest, place: aFolder }];

const plain = (ping: Ping) =>
  aRequest(JSON.stringify(ping), { url: urlOf(ping.id, ping.type), method: "PUT" });

describe.each(engines)("a ping store of $engine", ({ open, place }) => {
  test.each(["development", "production"] as const)(
    "gives back what was accepted in order of receipt (%s)",
    async (mode) => {
      const ingest = await open(await place(), { mode });
      const pings = [3, 1, 2].map((number) => aPing(number));
      for (const ping of pings)
        expect(await ingest.submit(aSubmission(ping))).toEqual({ status: 200 });
      await ingest.settled();

      const stored = await collect(ingest.pings());
      expect(stored.map(({ ping }) => ping)).toEqual(pings);
      expect(stored.map(({ receivedAt }) => receivedAt)).toEqual(
        pings.map(() => "2026-11-22T12:00:00.000Z"),
      );
    },
  );

  test("gives back events as they were received, within a ping by their time", async () => {
    const ingest = await open(await place());
    await ingest.submit(aSubmission(aPing(1, [anUptakeEvent(2_000), anEnrollEvent("a", 1_000)])));
    await ingest.submit(aSubmission(aPing(2, [anEnrollEvent("b", 500)])));

    const receivedAt = "2026-11-22T12:00:00.000Z";
    const [timestamp, category, method, object, value, extra] = anEnrollEvent("a", 1_000);
    const events = await collect(ingest.events());
    expect(events[0]).toEqual({ receivedAt, timestamp, category, method, object, value, extra });
    expect(events.map((event) => [event.timestamp, event.value])).toEqual([
      [1_000, "a"],
      [2_000, "success"],
      [500, "b"],
    ]);
  });

  test("filters by slug, type and time of receipt", async () => {
    let nowMs = startMs;
    const clock = { nowMs: () => nowMs, delay: () => Promise.resolve() };
    const ingest = await open(await place(), { clock });
    await ingest.submit(aSubmission(aPing(1, [anEnrollEvent("a"), anUptakeEvent()])));
    nowMs += 1_000;
    await ingest.submit(aSubmission(aPing(2, [anEnrollEvent("b")])));

    const slugs = async (filter: Parameters<typeof ingest.events>[0]) =>
      (await collect(ingest.events(filter))).map(({ value }) => value);
    expect(await slugs({ slug: "a" })).toEqual(["a"]);
    expect(await slugs({ slug: "success" })).toEqual([]);
    expect(await slugs({ since: "2026-11-22T12:00:01.000Z" })).toEqual(["b"]);
    expect(await slugs({ since: "2026-11-22T12:00:01.001Z" })).toEqual([]);
    const before = (until: string) => collect(ingest.pings({ until }));
    expect(await before("2026-11-22T12:00:01.000Z")).toHaveLength(1);
    expect(await before("2026-11-22T12:00:01.001Z")).toHaveLength(2);
    expect(await collect(ingest.pings({ type: "event" }))).toHaveLength(2);
    expect(await collect(ingest.pings({ type: "main" }))).toEqual([]);
    await expect(collect(ingest.pings({ since: "yesterday" }))).rejects.toMatchObject({
      code: "ingest/bad-filter",
    });
  });

  test("reads on over many pages", async () => {
    const ingest = await open(await place(), { mode: "production" });
    const ids = Array.from({ length: 700 }, (_, number) => aDocId(number));
    await Promise.all(ids.map((_, number) => ingest.submit(aSubmission(aPing(number)))));
    await ingest.settled();

    expect(await storedIds(ingest)).toEqual(ids);
  }, 30_000);

  test("tells listeners of each event of an accepted ping, once, until they leave", async () => {
    const ingest = await open(await place());
    const heard: unknown[] = [];
    const failing = ingest.onEvent(() => {
      throw new Error("a live view broke");
    });
    const leave = ingest.onEvent(({ value }) => heard.push(value));
    const ping = aPing(1, [anEnrollEvent("a"), anUptakeEvent()]);
    await ingest.submit(aSubmission(ping));
    await ingest.submit(aSubmission(ping));
    leave();
    await ingest.submit(aSubmission(aPing(2)));
    failing();

    expect(heard).toEqual(["a", "success"]);
    expect(ingest.counts()).toMatchObject({ accepted: 2, duplicate: 1 });
  });

  test("a ping sent again is 200, counted, and stored once, however it is packed", async () => {
    const ingest = await open(await place());
    const again = [aSubmission(aPing()), aSubmission(aPing()), plain(aPing())];
    again.push(
      aRequest(gzipSync(JSON.stringify(aPing()), { level: 1 }), {
        url: urlOf(aDocId(1).toUpperCase()),
        headers: { "content-encoding": "gzip" },
      }),
    );
    for (const request of again) expect(await ingest.submit(request)).toEqual({ status: 200 });

    expect(ingest.counts()).toEqual({ received: 4, accepted: 1, duplicate: 3, error: 0 });
    expect(await storedIds(ingest)).toEqual([aDocId(1)]);
  });

  test.each(["development", "production"] as const)(
    "of one ping sent 50 times at once one is accepted (%s)",
    async (mode) => {
      const ingest = await open(await place(), { mode });
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => ingest.submit(aSubmission(aPing()))),
      );
      await ingest.settled();

      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(ingest.counts()).toEqual({ received: 50, accepted: 1, duplicate: 49, error: 0 });
      expect(await storedIds(ingest)).toEqual([aDocId(1)]);
    },
  );

  test("a ping sent again after a restart is a duplicate", async () => {
    const folder = await place();
    const first = await open(folder);
    await first.submit(aSubmission(aPing()));
    await first.close();
    const second = await open(folder);

    expect(await second.submit(aSubmission(aPing()))).toEqual({ status: 200 });
    expect(second.counts()).toEqual({ received: 2, accepted: 1, duplicate: 1, error: 0 });
    expect(await storedIds(second)).toEqual([aDocId(1)]);
  });

  test("another ping under a used id goes to the errors, and the first stays", async () => {
    const ingest = await open(await place());
    await ingest.submit(aSubmission(aPing(1, [anEnrollEvent("first")])));
    const answer = await ingest.submit(aSubmission(aPing(1, [anEnrollEvent("second")])));

    expect(answer.status).toBe(400);
    expect(ingest.errors()).toMatchObject([{ code: "ping/id-reused", docId: aDocId(1) }]);
    expect((await collect(ingest.events())).map(({ value }) => value)).toEqual(["first"]);
  });

  test("a bad ping holds up none of those around it", async () => {
    const ingest = await open(await place(), { mode: "production" });
    const requests = Array.from({ length: 200 }, (_, number) =>
      number % 10 === 3
        ? aRequest("poison", { url: urlOf(aDocId(number)) })
        : aSubmission(aPing(number)),
    );
    await Promise.all(requests.map((request) => ingest.submit(request)));
    await ingest.settled();

    expect(ingest.counts()).toEqual({ received: 200, accepted: 180, duplicate: 0, error: 20 });
    expect(await storedIds(ingest)).toHaveLength(180);
  });

  test("the error log is capped, the count goes on", async () => {
    const ingest = await open(await place(), { mode: "production", limits: { keptErrors: 5 } });
    for (let number = 0; number < 12; number += 1)
      await ingest.submit(aRequest("poison", { url: urlOf(aDocId(number)) }));
    await ingest.settled();

    expect(ingest.counts().error).toBe(12);
    expect(ingest.errors().map(({ docId }) => docId)).toEqual([7, 8, 9, 10, 11].map(aDocId));
  });

  test("received = accepted + duplicate + error, whatever is sent and however often it restarts", async () => {
    const step = fc.oneof(
      fc.record({ send: fc.constant("good" as const), number: fc.nat(5) }),
      fc.record({ send: fc.constant("other" as const), number: fc.nat(5) }),
      fc.record({ send: fc.constant("bad" as const), number: fc.nat(5) }),
      fc.constant({ send: "restart" as const, number: 0 }),
    );
    const modes = fc.constantFrom("development" as const, "production" as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), modes, async (steps, mode) => {
        const folder = await place();
        let ingest = await open(folder, { mode });
        const model = { received: 0, accepted: 0, duplicate: 0, error: 0 };
        const known = new Map<number, string>();
        for (const { send, number } of steps) {
          if (send === "restart") {
            await ingest.close();
            ingest = await open(folder, { mode });
            continue;
          }
          const url = urlOf(aDocId(number));
          const request =
            send === "bad"
              ? aRequest("{}", { url })
              : aSubmission(aPing(number, [anEnrollEvent(send)]));
          await ingest.submit(request);
          const verdict: keyof IngestCounts =
            send === "bad"
              ? "error"
              : !known.has(number)
                ? "accepted"
                : known.get(number) === send
                  ? "duplicate"
                  : "error";
          if (verdict === "accepted") known.set(number, send);
          model.received += 1;
          model[verdict] += 1;
        }
        await ingest.settled();

        expect(ingest.counts()).toEqual(model);
        expect(await storedIds(ingest)).toEqual([...known.keys()].map(aDocId));
        await ingest.close();
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
