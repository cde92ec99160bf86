import { describe, expect, onTestFinished, test } from "vitest";
import { openCollector } from "#kit/collector.ts";
import { randomOf } from "#kit/filters.ts";
import { aPing } from "#kit/pings.ts";
import { dropReasonOf } from "#server/ingest/drop-reasons.ts";
import { eventsOf } from "#server/ingest/reader.ts";
import { countEvent } from "#server/observe/event-metrics.ts";
import { type Metrics, noMetrics } from "#server/observe/metrics.ts";
import { countVerdict } from "#server/observe/ping-metrics.ts";
import { countRequest, pathTag } from "#server/observe/request-metrics.ts";
import { openStatsd } from "#server/observe/statsd.ts";
import { toTag } from "#server/observe/tags.ts";

const seed = 8_125;

// The vectors of markus, whose rules these are.
test.each([
  ["", undefined, ""],
  ["", "", ""],
  ["a", undefined, "a"],
  ["a", "b", "a:b"],
  ["1", undefined, "a1"],
  [
    "abcdefghijklmnopqrstuvwxyz0123456789-_/.",
    undefined,
    "abcdefghijklmnopqrstuvwxyz0123456789-_/.",
  ],
  ["joe\u018ajoe", undefined, "joe_joe"],
  ["a&b", undefined, "a_b"],
  ["email", "foo@example.com", "email:foo_example.com"],
  ["ABC", "DEF", "abc:def"],
  ["a".repeat(201), undefined, "a".repeat(200)],
  ["device", undefined, "device_"],
  ["host", undefined, "host_"],
  ["source", undefined, "source_"],
  ["source", "geoip", "source:geoip"],
])("the tag %j with the value %j is %j", (name, value, tag) => {
  expect(toTag(name, value)).toBe(tag);
});

test.each([
  ["/", ".homepage"],
  ["/submit/", "submit.telemetry"],
  ["/v2/bundle.json", "v2.bundle.json"],
  ["/v2/halt.jws", "v2.halt.jws"],
  ["/v2/root/12.json", "v2.root"],
  ["/v2/r/YpuSkGWtXZkvUI2dTBxrYmnGJZKZmaZgCZw1vTJPVrg", "v2.r"],
  ["/api/v1/recipe/", "api.v1.recipe"],
  ["/api/v1/recipe/:id/", "api.v1.recipe.id"],
  ["/extensions/:file{[0-9a-f]+\\.xpi}", "extensions.file"],
  ["/__heartbeat__", "__heartbeat__"],
  ["(unknown)", "unknown"],
])("a request for %s is counted as %s", (path, tag) => {
  expect(pathTag(path)).toBe(tag);
});

describe("what is sent to statsd", () => {
  test("is one sum for each counter and set of tags, and nothing where nothing came", async () => {
    const { statsd, received } = await aStatsd();
    const ask = (status: number, method = "GET") =>
      countRequest(statsd, { method, path: "/v2/bundle.json", status, ms: 3 });
    for (const status of [200, 304, 200]) ask(status);
    ask(200, "PROPFIND");
    statsd.flush();
    statsd.flush();
    expect(await received(7)).toEqual([
      "mulberry.request.timing:3|ms|#path:v2.bundle.json,method:get",
      "mulberry.request.timing:3|ms|#path:v2.bundle.json,method:get",
      "mulberry.request.timing:3|ms|#path:v2.bundle.json,method:get",
      "mulberry.request.timing:3|ms|#path:v2.bundle.json,method:other",
      "mulberry.request:1|c|#path:v2.bundle.json,method:get,status:304",
      "mulberry.request:1|c|#path:v2.bundle.json,method:other,status:200",
      "mulberry.request:2|c|#path:v2.bundle.json,method:get,status:200",
    ]);
    ask(200);
    expect(await received(2)).toContain(
      "mulberry.request:1|c|#path:v2.bundle.json,method:get,status:200",
    );
  });

  test("is the last word of a gauge, none too, and leaves empty tags out", async () => {
    const { statsd, received } = await aStatsd();
    statsd.gauge("recipe.live", {}, 7);
    statsd.gauge("recipe.live", {}, 0);
    statsd.incr("classify.result", { key: "none", status: "miss", source: "" });
    expect(await received(2)).toEqual([
      "mulberry.classify.result:1|c|#key:none,status:miss",
      "mulberry.recipe.live:0|g",
    ]);
  });

  test(`is no more than 256 timings of one kind at a time, from all of them (seed ${String(seed)})`, async () => {
    const { statsd, received } = await aStatsd();
    for (let ms = 0; ms < 10_000; ms += 1) statsd.timing("task", { task: "publish.upkeep" }, ms);
    // Sent behind all of them, so that none is still to come.
    statsd.incr("recipe.publish", {});
    const isLast = (line: string) => line.startsWith("mulberry.recipe.publish");
    const lines = (await received((all) => all.some(isLast))).filter((line) => !isLast(line));
    expect(lines).toHaveLength(256);
    const values = lines.map((line) => Number(/:(\d+)\|ms/u.exec(line)?.[1]));
    const early = values.filter((ms) => ms < 5_000).length;
    // Half of them, give or take six standard deviations.
    expect(Math.abs(early - 128)).toBeLessThan(48);
  });

  test("is how many different ones were seen, each once, apart by what they did", async () => {
    const { statsd, received } = await aStatsd();
    for (const who of ["a", "b", "a", "c", "a"]) statsd.seen("ingest.user", { key: "main" }, who);
    statsd.seen("ingest.user", { key: "event" }, "a");
    statsd.countUsers();
    expect([...(await received(4))].sort()).toEqual([
      "mulberry.ingest.user:1|g|#key:event,interval:1d",
      "mulberry.ingest.user:1|g|#key:event,interval:7d",
      "mulberry.ingest.user:3|g|#key:main,interval:1d",
      "mulberry.ingest.user:3|g|#key:main,interval:7d",
    ]);
  });

  test("is told to the log when it cannot be sent, and holds up nobody", async () => {
    const failures: Error[] = [];
    const failed = await new Promise<Error>((resolve) => {
      const statsd = openStatsd({
        host: "no-such-host.invalid",
        port: 8_125,
        random: () => 0,
        now: () => 0,
        failed: (error) => {
          failures.push(error);
          resolve(error);
        },
      });
      statsd.incr("recipe.publish", {});
      void statsd.close();
    });
    expect(failed.message).toContain("no-such-host.invalid");
  });
});

test.each([
  ["ping/too-large", "toolarge"],
  ["ping/deleted", "deleted"],
  ["ping/not-json", "malformed"],
  ["ping/id-reused", "reused"],
  ["ping/unknown-field", "schema"],
  ["ping/unknown-type", "schema"],
  ["constructor", "schema"],
])("a ping that is refused with %s is dropped as %s", (code, reason) => {
  expect(dropReasonOf(code)).toBe(reason);
});

test("the type of a ping that somebody made up makes no new tag", () => {
  const seen: unknown[] = [];
  const metrics: Metrics = { ...noMetrics, incr: (name, tags, by) => seen.push([name, tags, by]) };
  countVerdict(metrics, { docType: "kitchen-laptop", verdict: { kind: "duplicate" }, count: 1 });
  countVerdict(metrics, { docType: "event", verdict: { kind: "accepted" }, count: 3 });
  expect(seen).toEqual([
    ["ingest.ping.drop", { type: "other", reason: "dup" }, 1],
    ["ingest.ping.accepted", { type: "event" }, 3],
  ]);
});

test("an event is counted by what happened, never by the recipe that it is about", () => {
  const seen: unknown[] = [];
  const metrics: Metrics = { ...noMetrics, incr: (name, tags) => seen.push([name, tags]) };
  for (const event of eventsOf(aPing(), "")) countEvent(metrics, event);
  expect(seen).toEqual([
    ["recipe.event", { method: "enroll", object: "preference_study" }],
    ["recipe.uptake", { part: "recipe", status: "success" }],
  ]);
});

/** Milliseconds since 1970 at which these tests play. */
const nowMs = Date.UTC(2026, 10, 22, 12);

/** Metrics that go to a socket of this test's; `received` sends them and waits for so many lines. */
async function aStatsd() {
  const collector = await openCollector();
  const statsd = openStatsd({
    ...collector.address,
    random: randomOf(seed),
    now: () => nowMs,
    failed: (error) => {
      throw error;
    },
  });
  onTestFinished(async () => {
    await statsd.close();
    await collector[Symbol.asyncDispose]();
  });
  const received = async (
    enough: number | ((lines: readonly string[]) => boolean),
  ): Promise<readonly string[]> => {
    statsd.flush();
    const isEnough =
      typeof enough === "number" ? (all: readonly string[]) => all.length >= enough : enough;
    return (await collector.until(isEnough)).toSorted();
  };
  return { statsd, received };
}
