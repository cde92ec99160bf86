import { describe, expect, test } from "vitest";
import { aMainPing, aPing } from "#kit/pings.ts";
import {
  type BrowserRange,
  type FailureCounts,
  percent,
  reportSendFailures,
  tabulate,
} from "#server/aggregate/send-failures.ts";
import type { Ping } from "#telemetry/pings.ts";
import type { SendFailure } from "#telemetry/send-failures.ts";

/** What one week of Nightly reported in 2017, in no order. */
const nightly: FailureCounts = [
  [["5xx failure", "502"], 3],
  [["errorhandler", "abort"], 530],
  [["errorhandler", "error"], 530_178],
  [["4xx 'failure'", "403"], 7],
  [["5xx failure", "504"], 5_327],
  [["errorhandler", "timeout"], 198_698],
];

test("a week of Nightly gives the table that was published of it", () => {
  const { total, rows } = tabulate(nightly);
  expect(total).toBe(734_743);
  expect(rows.map(({ share, failure, count }) => [share, ...failure, count])).toEqual([
    ["72.16%", "errorhandler", "error", 530_178],
    ["27.04%", "errorhandler", "timeout", 198_698],
    ["0.73%", "5xx failure", "504", 5_327],
    ["0.07%", "errorhandler", "abort", 530],
    ["0.00%", "4xx 'failure'", "403", 7],
    ["0.00%", "5xx failure", "502", 3],
  ]);
});

test("ways to fail that were met equally often stand in one order, whichever came first", () => {
  const counts: FailureCounts = [
    [["b", "1"], 2],
    [["a", "2"], 2],
    [["a", "1"], 2],
  ];
  const inOrder = [
    ["a", "1"],
    ["a", "2"],
    ["b", "1"],
  ];
  for (const each of [counts, counts.toReversed()])
    expect(tabulate(each).rows.map(({ failure }) => failure)).toEqual(inOrder);
});

// Said by Python's own `'{:.2%}'.format`.
test.each([
  [0, "0.00%"],
  [1, "100.00%"],
  [1 / 8, "12.50%"],
  [2 / 3, "66.67%"],
  [0.00125, "0.12%"],
  [0.00375, "0.38%"],
  [0.00625, "0.62%"],
  [0.00875, "0.88%"],
  [0.01125, "1.12%"],
  [0.10125, "10.12%"],
  [0.00005, "0.01%"],
  [0.000049, "0.00%"],
  [0.999949, "99.99%"],
  [0.99995, "100.00%"],
])("the share %d is written %s", (share, text) => {
  expect(percent(share)).toBe(text);
});

describe("a report on sending", () => {
  const error: SendFailure = ["TELEMETRY_SEND_FAILURE", 1, "errorhandler", "error"];
  const timeout: SendFailure = ["TELEMETRY_SEND_FAILURE", 2, "errorhandler", "timeout"];

  test("counts every entry, whenever it happened, and the pings that had none", async () => {
    const later: SendFailure = ["TELEMETRY_SEND_FAILURE", 99, "errorhandler", "error"];
    const report = await reportSendFailures(
      stored([
        aMainPing({ log: [error, timeout] }),
        aMainPing({ log: [later] }),
        aMainPing({ log: [] }),
      ]),
    );
    expect(report).toEqual({
      pings: 3,
      total: 3,
      rows: [
        { failure: ["errorhandler", "error"], count: 2, share: "66.67%" },
        { failure: ["errorhandler", "timeout"], count: 1, share: "33.33%" },
      ],
    });
  });

  test("of nothing is empty", async () => {
    expect(await reportSendFailures(stored([]))).toEqual({ pings: 0, total: 0, rows: [] });
  });

  test("finds nothing in pings without a log", async () => {
    const report = await reportSendFailures(stored([aPing(), aMainPing()]));
    expect(report).toEqual({ pings: 2, total: 0, rows: [] });
  });

  const builds = ["20170428235959", "20170429000000", "20170505120000", "20170506000000"];
  test.each<{ range: BrowserRange; expected: readonly string[] }>([
    { range: { buildFrom: "20170429" }, expected: builds.slice(1) },
    { range: { buildTo: "20170505" }, expected: builds.slice(0, 3) },
    { range: { buildFrom: "20170429", buildTo: "20170505" }, expected: builds.slice(1, 3) },
    { range: { buildTo: "20170505115959" }, expected: builds.slice(0, 2) },
    { range: { channel: "nightly" }, expected: [...builds, "unknown"] },
    { range: { channel: "beta" }, expected: [] },
  ])("about $range counts the builds $expected", async ({ range, expected }) => {
    // One ping of the first build, two of the second, four of the third: a sum tells which were counted.
    const all = [...builds, "unknown"];
    const pings = all.flatMap((buildId, at) =>
      Array.from({ length: 2 ** at }, () => aBuild(buildId, [error])),
    );
    const wanted = expected.reduce((sum, buildId) => sum + 2 ** all.indexOf(buildId), 0);
    expect((await reportSendFailures(stored(pings), range)).total).toBe(wanted);
  });
});

function aBuild(buildId: string, log: readonly SendFailure[]): Ping {
  const ping = aMainPing({ log });
  return { ...ping, application: { ...ping.application, buildId, channel: "nightly" } };
}

async function* stored(pings: readonly Ping[]): AsyncGenerator<{ readonly ping: Ping }> {
  await Promise.resolve();
  for (const ping of pings) yield { ping };
}
