import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dice } from "#kit/conformance/dice.ts";
import { aMainPing } from "#kit/pings.ts";
import { aConfig, mulberry, temporaryFolder } from "#kit/server.ts";
import { makeApp } from "#server/app.ts";
import { percent } from "#server/aggregate/send-failures.ts";
import { openIngest } from "#server/ingest/index.ts";
import { type RunningServer, startServer } from "#server/main.ts";
import { silentLog } from "#server/observe/log.ts";
import { sendFailurePages } from "#server/console/send-failures-page.ts";
import { openTo } from "#server/routes/route.ts";
import { sendFailureRoutes } from "#server/routes/send-failures.ts";
import type { Ping } from "#telemetry/pings.ts";
import type { SendFailure } from "#telemetry/send-failures.ts";
import { aDocId, aSubmission, startMs } from "../unit/server/ingest/support.ts";

// Thousands of pings in a real store, by a seeded generator, and what each way to ask says of them.

const seed = 20_170_505;
const hourMs = 3_600_000;
const together = 50;
const kinds = {
  "errorhandler error": 7_216,
  "errorhandler timeout": 2_704,
  "5xx failure 504": 73,
  "errorhandler abort": 7,
} as const;
const channels = ["nightly", "release"] as const;

interface Sent {
  readonly atMs: number;
  readonly ping: Ping & { readonly type: "main" };
}

/** Pings of thirty hours, fifty each half hour, of builds of two days and two channels, with up to four failures each. */
function somePings(count: number): readonly Sent[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, number) => {
    const log = Array.from({ length: dice.between(0, 4) }, (): SendFailure => {
      const way = dice.weighed(kinds);
      const end = way.lastIndexOf(" ");
      const kind = way.startsWith("5xx") ? "5xx failure" : "errorhandler";
      return ["TELEMETRY_SEND_FAILURE", dice.between(0, 9e6), kind, way.slice(end + 1)];
    });
    const ping = aMainPing({ log });
    const application = {
      ...ping.application,
      buildId: `202611${dice.pick(["20", "21"])}${String(dice.between(100_000, 235_959))}`,
      channel: dice.pick(channels),
    };
    return {
      atMs: startMs + Math.floor(number / together) * (hourMs / 2),
      ping: { ...ping, id: aDocId(number), application },
    };
  });
}

/** What a report over pings has to say, counted in the plainest way. */
function tableOf(sent: readonly Sent[]): readonly (readonly string[])[] {
  const ways = sent.flatMap(({ ping }) =>
    (ping.payload.log ?? []).map(([, , kind, detail]) => `${kind}\t${detail}`),
  );
  return [...new Set(ways)]
    .map((way) => ({ way, count: ways.filter((each) => each === way).length }))
    .sort((a, b) => b.count - a.count)
    .map(({ way, count }) => [percent(count / ways.length), ...way.split("\t"), String(count)]);
}

describe(`a report on sending, over 3,000 stored pings (seed ${String(seed)})`, () => {
  const sent = somePings(3_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: RunningServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    let nowMs = startMs;
    const ingest = await openIngest({
      dataDir: folder.path,
      mode: "production",
      clock: { nowMs: () => nowMs, delay: () => nextTurn(undefined) },
    });
    for (let at = 0; at < sent.length; at += together) {
      nowMs = sent[at]?.atMs ?? nowMs;
      const pings = sent.slice(at, at + together);
      await Promise.all(pings.map(({ ping }) => ingest.submit(aSubmission(ping))));
    }
    await ingest.settled();
    expect(ingest.counts()).toMatchObject({ received: 3_000, accepted: 3_000 });
    await ingest.close();
    server = await startServer(aConfig(folder.path));
  });
  afterAll(async () => {
    await server.close();
    await folder[Symbol.asyncDispose]();
  });

  const iso = (hours: number): string => new Date(startMs + hours * hourMs).toISOString();
  test.each([
    { args: {}, fits: () => true },
    {
      args: { since: iso(6), until: iso(18) },
      fits: ({ atMs }: Sent) => atMs >= startMs + 6 * hourMs && atMs < startMs + 18 * hourMs,
    },
    {
      args: { "build-from": "20261121" },
      fits: ({ ping }: Sent) => ping.application.buildId.startsWith("20261121"),
    },
    {
      args: { "build-to": "20261120", channel: "nightly", since: iso(1) },
      fits: ({ atMs, ping: { application } }: Sent) =>
        atMs >= startMs + hourMs &&
        application.buildId.startsWith("20261120") &&
        application.channel === "nightly",
    },
  ])("says of $args the same on the command line, as JSON and on its page", async (row) => {
    const chosen = sent.filter(row.fits);
    const table = tableOf(chosen);
    expect(table.length).toBeGreaterThan(2);
    expect(chosen.length).toBeLessThan(row.fits.length === 0 ? 3_001 : 3_000);

    const options = Object.entries(row.args).flatMap(([name, value]) => [`--${name}`, value]);
    const args = ["report", "send-failures", "--data", folder.path, ...options];
    const printed = await mulberry(args);
    expect({ code: printed.code, stderr: printed.stderr }).toEqual({ code: 0, stderr: "" });
    const lines = printed.stdout.trimEnd().split("\n");
    expect(lines.map((line) => line.split(/ {2,}/u))).toEqual([
      ["share", "kind", "detail", "count"],
      ...table,
    ]);

    const json: unknown = JSON.parse((await mulberry([...args, "--json"])).stdout);
    expect(json).toEqual({
      pings: chosen.length,
      total: table.reduce((sum, [, , , count]) => sum + Number(count), 0),
      rows: table.map(([share, kind, detail, count]) => ({
        failure: [kind, detail],
        count: Number(count),
        share,
      })),
    });

    const query = new URLSearchParams(
      Object.entries(row.args).map(([name, value]) => [name.replace("-", "_"), value]),
    );
    const overHttp = await fetch(`${server.url}/api/v1/reports/send-failures/?${query.toString()}`);
    expect(await overHttp.json()).toEqual(json);
    const page = await fetch(`${server.url}/console/reports/send-failures/?${query.toString()}`);
    expect(cellsOf(await page.text())).toEqual(table);
  });

  test("says so where there is nothing to tell", async () => {
    const args = ["report", "send-failures", "--data", folder.path, "--channel", "beta"];
    expect(await mulberry(args)).toEqual({
      code: 0,
      stdout: "",
      stderr: "report/empty: 0 pings tell of no failure\n",
    });
    const page = await fetch(`${server.url}/console/reports/send-failures/?channel=beta`);
    expect(await page.text()).toContain("0 pings tell of no failure.");
  });

  test("has a page without scripts that escapes what the address says, and asks nobody else", async () => {
    const channel = `"><script>alert(1)</script>`;
    const page = await fetch(
      `${server.url}/console/reports/send-failures/?${new URLSearchParams({ channel }).toString()}`,
    );
    const text = await page.text();
    expect(text).not.toContain("<script");
    expect(text).toContain("&lt;script&gt;");
    expect(text).toContain('<meta name="color-scheme" content="light dark" />');
    expect(page.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'; /u,
    );
    expect(await (await fetch(server.url)).text()).toContain("/console/reports/send-failures/");
  });

  test.each(["since=yesterday", "until=x", "build_from=new", "build_to=1"])(
    "refuses %s by its name",
    async (query) => {
      const answer = await fetch(`${server.url}/api/v1/reports/send-failures/?${query}`);
      expect(answer.status).toBe(400);
      const at = `/${query.slice(0, query.indexOf("="))}`;
      expect(await answer.json()).toMatchObject({ code: "http/bad-request", at });
    },
  );

  test.each([
    ["--build-from", "new"],
    ["--since", "yesterday"],
  ])("takes no %s %s on the command line", async (option, value) => {
    const args = ["report", "send-failures", "--data", folder.path, option, value];
    expect(await mulberry(args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^usage: /u) as unknown,
    });
  });
});

test.each(["/api/v1/reports/send-failures/", "/console/reports/send-failures/"])(
  "%s is for whoever sits at the machine",
  async (path) => {
    const pings = () => {
      throw new Error("nothing is read for others");
    };
    const routes = [...sendFailureRoutes({ pings }), ...sendFailurePages({ pings })];
    const app = makeApp(openTo("loopback", routes), silentLog);
    const here = { remoteAddress: "127.0.0.1" };
    const rebound = await app.request(path, { headers: { host: "pages.example" } }, here);
    const headers = { host: "127.0.0.1:8000" };
    const remote = await app.request(path, { headers }, { remoteAddress: "203.0.113.9" });
    expect([rebound.status, remote.status]).toEqual([403, 403]);
  },
);

/** The cells of the page's table, row by row. */
function cellsOf(page: string): readonly (readonly string[])[] {
  const body = /<tbody>(?<rows>.*)<\/tbody>/su.exec(page)?.groups?.["rows"] ?? "";
  return body
    .split("</tr>")
    .map((row) =>
      [...row.matchAll(/<td>([^<]*)<\/td>/gu)].map(([, cell = ""]) => unescapeHtml(cell)),
    )
    .filter((cells) => cells.length > 0);
}

function unescapeHtml(text: string): string {
  return text.replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
