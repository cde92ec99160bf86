import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Collector, openCollector } from "#kit/collector.ts";
import { asFile } from "#kit/desk.ts";
import { aRollout } from "#kit/recipes.ts";
import { aConfig, temporaryFolder } from "#kit/server.ts";
import { type RunningServer, startServer } from "#server/main.ts";
import { openLog } from "#server/observe/log.ts";
import { type MetricSpec, metricTable } from "#server/observe/metric-table.ts";
import { aPing } from "#kit/pings.ts";

// A server with a collector of metrics, as it is run: every metric that there is comes, and none that is not.

/** How many requests are made. */
const asked = 11;
const slug = "swifter-tabs";
const forms = { counter: "c", timer: "ms", gauge: "g" } as const;

describe("a server with STATSD_HOST", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let collector: Collector;
  let server: RunningServer;
  const logged: string[] = [];
  const strikes: (() => void)[] = [];
  let lines: readonly string[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    collector = await openCollector();
    const { host, port } = collector.address;
    server = await startServer(
      aConfig(folder.path, { STATSD_HOST: host, STATSD_PORT: String(port) }),
      {
        log: openLog("mozlog", { write: (line) => logged.push(line) }),
        every: (_ms, run) => {
          strikes.push(run);
          return () => undefined;
        },
      },
    );
    await server.publishFiles([asFile(aRollout({ slug, arguments: { slug } }))]);
    for (const path of [
      "/",
      "/v2/bundle.json",
      "/api/v1/recipe/1/",
      "/nobody/knows",
      "/v2/halt.jws",
    ])
      // Who is not signed in is led elsewhere, which would be requests of their own.
      await (await fetch(server.url + path, { redirect: "manual" })).text();
    await (await fetch(`${server.url}/api/v1/classify_client/`)).text();
    for (const body of [aPing(), aPing(), { ...aPing(), hostname: "kitchen-laptop" }, "{"])
      await submit(typeof body === "string" ? body : JSON.stringify(body));
    await submit("{}", "kitchen-laptop");
    for (const strike of strikes) strike();
    await server.settled();
    // An answer may be read before its request is counted.
    const isComplete = (all: readonly string[]) =>
      Object.keys(metricTable).every((name) => all.some((line) => nameOf(line) === name)) &&
      all.filter((line) => nameOf(line) === "request.timing").length === asked;
    // Each flush tells only what came since the one before; the last of it comes with the end.
    let all: readonly string[] = [];
    while (!isComplete(all)) {
      for (const strike of strikes) strike();
      await server.settled();
      all = [...all, ...(await collector.until((more) => more.length > 0))];
    }
    lines = all;
  });
  afterAll(async () => {
    await server.close();
    await collector[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  async function submit(body: string, type = "event"): Promise<void> {
    const path = `/submit/telemetry/${aPing().id}/${type}/Firefox/153.0/nightly-cck-x/20261101000000`;
    await (await fetch(server.url + path, { method: "POST", body })).text();
  }

  test("sends every metric in its form, with its tags and no other", () => {
    for (const [name, { kind, tags }] of Object.entries<MetricSpec>(metricTable)) {
      const own = lines.filter((line) => nameOf(line) === name);
      expect(own, name).not.toEqual([]);
      for (const line of own) {
        expect(line).toMatch(
          new RegExp(`^mulberry\\.[a-z._]+:\\d+\\|${forms[kind]}(?:\\|#|$)`, "u"),
        );
        const optional = Object.keys(tags).filter((tag) => tags[tag]?.values?.includes(""));
        expect([...new Set([...tagsOf(line).keys(), ...optional])].sort()).toEqual(
          Object.keys(tags).sort(),
        );
      }
    }
  });

  test("sends no metric and no value that docs/metrics.md does not name", () => {
    for (const line of lines) {
      const spec: MetricSpec | undefined = Object.entries<MetricSpec>(metricTable).find(
        ([name]) => name === nameOf(line),
      )?.[1];
      expect(spec, line).toBeDefined();
      for (const [tag, value] of tagsOf(line)) {
        const values = spec?.tags[tag]?.values?.map((each) => each.toLowerCase());
        if (values !== undefined) expect(values, line).toContain(value);
      }
    }
  });

  test("counts requests by route, method and status", () => {
    const requests = lines.filter((line) => nameOf(line) === "request");
    for (const [path, method, status] of [
      [".homepage", "get", "303"],
      ["v2.bundle.json", "get", "200"],
      ["v2.halt.jws", "get", "404"],
      ["api.v1.recipe.id", "get", "200"],
      ["api.v1.classify_client", "get", "200"],
      ["submit.telemetry", "post", "200"],
      ["submit.telemetry", "post", "400"],
      ["unknown", "get", "404"],
    ] as const)
      expect(requests.map((line) => line.slice(line.indexOf("#") + 1))).toContain(
        `path:${path},method:${method},status:${status}`,
      );
  });

  test("tells how many browsers sent pings and how many addresses asked for their country", () => {
    expect(lines).toContain("mulberry.ingest.user:1|g|#key:event,interval:1d");
    expect(lines).toContain("mulberry.classify.user:1|g|#key:none,interval:7d");
  });

  test("counts what became of pings", () => {
    const sums = new Map<string, number>();
    for (const line of lines.filter((each) => /^mulberry\.ingest\..*\|c\|/u.test(each))) {
      const [, name = "", count = "", tags = ""] =
        /^mulberry\.(.+):(\d+)\|c\|#(.*)$/u.exec(line) ?? [];
      const key = `${name} ${tags}`;
      sums.set(key, (sums.get(key) ?? 0) + Number(count));
    }
    expect(Object.fromEntries(sums)).toEqual({
      "ingest.request path:submit.telemetry,key:event": 4,
      "ingest.request path:submit.telemetry,key:other": 1,
      "ingest.ping.upload type:event,channel:nightly": 2,
      "ingest.ping.accepted type:event": 1,
      "ingest.ping.drop type:event,reason:dup": 1,
      "ingest.ping.drop type:event,reason:schema": 1,
      "ingest.ping.drop type:event,reason:malformed": 1,
      "ingest.ping.drop type:other,reason:schema": 1,
    });
  });

  test("names no address, no id of a browser or ping, no slug and no word of a stranger", () => {
    const { id, clientId, payload } = aPing();
    const all = lines.join("\n");
    for (const secret of [
      id,
      clientId,
      payload.sessionId,
      slug,
      "tab-study",
      "127.0.0.1",
      "nobody",
      "laptop",
    ])
      expect(all).not.toContain(secret);
  });

  test("lets nobody hear of a collector that is gone but the log, once", async () => {
    await collector[Symbol.asyncDispose]();
    for (let round = 0; round < 3; round += 1) {
      expect((await fetch(`${server.url}/v2/bundle.json`)).status).toBe(200);
      for (const strike of strikes) strike();
      await server.settled();
    }
    expect(logged.filter((line) => line.includes("metrics.not-sent")).length).toBeLessThan(2);
  });
});

test("a server without STATSD_HOST has no timer for metrics", async () => {
  await using folder = await temporaryFolder();
  const intervals: number[] = [];
  const server = await startServer(aConfig(folder.path), {
    every: (ms) => {
      intervals.push(ms);
      return () => undefined;
    },
  });
  await server.close();
  expect(intervals).toEqual([250, 60_000, 2_000]);
});

function nameOf(line: string): string {
  return /^mulberry\.(?<name>.+?):\d/u.exec(line)?.groups?.["name"] ?? line;
}

function tagsOf(line: string): ReadonlyMap<string, string> {
  const [, tags = ""] = line.split("|#");
  return new Map(
    tags
      .split(",")
      .filter((tag) => tag !== "")
      .map((tag) => {
        const at = tag.indexOf(":");
        return [tag.slice(0, at), tag.slice(at + 1)];
      }),
  );
}
