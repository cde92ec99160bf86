import { describe, expect, test } from "vitest";
import { evaluate, aContext } from "#kit/filter-context.ts";
import { anExperimentFile } from "#kit/telemetry-experiments.ts";
import { digest } from "#core/digest.ts";
import { checkDraft } from "#recipes/parse.ts";
import { stableSample } from "#recipes/sampling.ts";
import {
  type KnownByNow,
  parseTelemetryExperiments,
  studyOf,
} from "#recipes/telemetry-experiments.ts";
import { manifestConditions } from "#server/authoring/experiment-conditions.ts";

const nowMs = 1_795_000_000_000;

describe("a manifest of Telemetry Experiments", () => {
  test("is read in every form: an author's file, as it was published, a list of either", () => {
    const file = anExperimentFile();
    const forms = [file, file.manifest, { version: 1, experiments: [file, file.manifest] }];
    for (const form of forms) {
      const { experiments, findings } = parseTelemetryExperiments(form);
      expect(findings).toEqual([]);
      for (const one of experiments)
        expect(one).toMatchObject({ id: "flash-protectedmode-beta35@experiments.example" });
    }
    expect(parseTelemetryExperiments(forms[2]).experiments.map(({ at }) => at)).toEqual([
      "/experiments/1",
      "/experiments/0/manifest",
    ]);
  });

  test("leaves out what its author does not publish, and names the place of what is none", () => {
    const { experiments, findings } = parseTelemetryExperiments({
      experiments: [
        anExperimentFile({ publish: false }),
        anExperimentFile({ priority: 1.5 }),
        anExperimentFile({}, { channel: "beta" }),
        anExperimentFile({}, { minVersion: 'x"' }),
      ],
    });
    expect(experiments).toEqual([]);
    expect(findings.map(({ at }) => at)).toEqual([
      "/experiments/1/priority",
      "/experiments/2/manifest/channel",
      "/experiments/3/manifest/minVersion",
    ]);
  });

  test("is an add-on study of one branch, which a draft may be", () => {
    const { arguments: said, ...study } = studyFor();
    expect(study).toMatchObject({ name: "Flash Protected-Mode Testing", action: "addon-study" });
    expect(said).toMatchObject({
      slug: "flash-protectedmode-beta35@experiments.example",
      isEnrollmentPaused: false,
      branches: [{ slug: "__NO_BRANCHES__", ratio: 1, extensionApiId: 1 }],
    });
    expect(checkDraft({ ...study, arguments: said }).findings).toEqual([]);
  });

  test("lets in whom every condition lets in, and nobody else", () => {
    expect(letsIn()).toBe(true);
    expect(letsIn({ channel: "release" })).toBe(false);
    expect(letsIn({ appinfo: app({ name: "Thunderbird" }) })).toBe(false);
    expect(letsIn({ appinfo: app({ OS: "Linux" }) })).toBe(false);
  });

  test.each([
    { conditions: { maxVersion: "37.*" }, inside: "37.0.9", outside: "38.0" },
    { conditions: { minVersion: "35.0" }, inside: "35.0", outside: "34.9" },
    {
      conditions: { minVersion: undefined, version: ["36.0", "36.1"] },
      inside: "36.1",
      outside: "36.2",
    },
  ])("counts versions as Firefox does: $conditions", ({ conditions, inside, outside }) => {
    expect(letsIn({ appinfo: app({ version: inside }) }, conditions)).toBe(true);
    expect(letsIn({ appinfo: app({ version: outside }) }, conditions)).toBe(false);
  });

  test("counts builds by their moments, to the second", () => {
    const bounds = { minBuildID: "20141215000000", maxBuildID: "20150101000000" };
    const at = (platformBuildID: string): unknown =>
      letsIn({ appinfo: app({ platformBuildID }) }, bounds);
    expect(["20141215000000", "20150101000000"].map(at)).toEqual([true, true]);
    expect(["20141214235959", "20150101000001"].map(at)).toEqual([false, false]);
    const named = { buildIDs: ["20141216000000"] };
    expect(letsIn({ appinfo: app({ platformBuildID: "20141216000000" }) }, named)).toBe(true);
    expect(letsIn({}, named)).toBe(false);
  });

  test("keeps to languages, and lets nobody in who is disabled", () => {
    expect(letsIn({ locale: "de" }, { locale: ["de"] })).toBe(true);
    expect(letsIn({ locale: "fr" }, { locale: ["de"] })).toBe(false);
    expect(studyFor({ disabled: true }).filter_expression).toBe("false");
    expect(studyFor({ frozen: true }).arguments).toMatchObject({ isEnrollmentPaused: true });
  });

  test("goes by the browser's clock where it is known, else by the server's", () => {
    const asked = studyFor().filter_expression;
    expect(asked).toContain('env.request_time >= ("2026-10-26T07:33:20.000Z"|date)');
    expect(letsIn({ request_time: new Date(nowMs) })).toBe(true);
    expect(letsIn({ request_time: new Date(1_800_000_000_000) })).toBe(false);

    const known = (ms: number, more: KnownByNow = {}): string =>
      studyFor({ maxStartTime: 1_796_000_000 }, { nowMs: ms, ...more }).filter_expression;
    expect(known(nowMs)).not.toContain("request_time");
    expect(known(1_792_999_999_999)).toBe("false");
    expect(known(1_800_000_000_000)).toBe("false");
    expect(known(1_797_000_000_000)).toBe("false");
    // Who is in by then stays in, for as long as an experiment may be active.
    expect(known(1_797_000_000_000, { startedMs: 1_796_000_000_000 })).not.toBe("false");
    expect(known(1_797_000_000_000, { startedMs: 1_793_000_000_000 })).toBe("false");
  });

  test("draws its share by a hash, and not at all where QA says the number", () => {
    const drawn = studyFor({ sample: 0.25 }).filter_expression;
    let inside = 0;
    for (let number = 0; number < 400; number += 1) {
      const userId = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
      const input = [userId, "flash-protectedmode-beta35@experiments.example"];
      const expected = stableSample(input, 0.25, digest);
      expect(evaluate(drawn, browserWith({ userId }))).toBe(expected);
      if (expected) inside += 1;
    }
    expect(Math.abs(inside - 100)).toBeLessThan(40);
    expect(studyFor({}, { forcedSample: 0.1 }).filter_expression).not.toContain("Sample");
    expect(studyFor({}, { forcedSample: 0.11 }).filter_expression).toBe("false");
    expect(studyFor({ sample: 0 }, { forcedSample: 0 }).filter_expression).not.toBe("false");
  });

  test("is what its filter comes to again", () => {
    const { manifest } = anExperimentFile(
      {},
      { locale: ["de", "fr"], maxBuildID: "20260101000000" },
    );
    const { id: _id, maxActiveSeconds: _max, disabled: _disabled, ...conditions } = manifest;
    const [experiment] = parseTelemetryExperiments(manifest).experiments;
    if (experiment === undefined) throw new Error("there is one");
    const { filter_expression } = studyOf(experiment, { addon: { extensionApiId: 1 } });
    expect(manifestConditions(filter_expression)).toEqual(conditions);
  });
});

describe("a filter as conditions of a manifest", () => {
  test.each([
    ["", {}],
    ["true", {}],
    [
      'env.channel == "esr" && (env.os.isMac || env.os.isLinux)',
      { channel: ["esr"], os: ["Darwin", "Linux"] },
    ],
    ['normandy.channel in ["a", "b"]', { channel: ["a", "b"] }],
    ['env.version|versionCompare("140.0") >= 0', { minVersion: "140.0" }],
    ["[env.userId, 'x']|bucketSample(10, 500, 10000)", { sample: 0.05 }],
    ['env.version|versionCompare("140.0") < 0', undefined],
    ['env.channel == "a" && env.channel == "b"', undefined],
    ['env.channel == "a" || env.locale == "b"', undefined],
    ["!env.os.isMac", undefined],
    ["env.isFirstRun", undefined],
    ['env.channel != "a"', undefined],
    ['"a"|preferenceValue == 3', undefined],
  ])("%s", (filter, conditions) => {
    expect(manifestConditions(filter)).toEqual(conditions);
  });
});

function studyFor(conditions: object = {}, known: KnownByNow = {}): ReturnType<typeof studyOf> {
  const [experiment] = parseTelemetryExperiments(anExperimentFile({}, conditions)).experiments;
  if (experiment === undefined) throw new Error("these are no conditions");
  return studyOf(experiment, { ...known, addon: { extensionApiId: 1 } });
}

function app(change: object = {}): object {
  return {
    name: "Firefox",
    OS: "WINNT",
    version: "36.0",
    platformBuildID: "20150101000000",
    ...change,
  };
}

function browserWith(facts: object): Parameters<typeof evaluate>[1] {
  const base = { channel: "beta", locale: "en-US", userId: "a", appinfo: app() };
  return aContext({ ...base, request_time: new Date(nowMs), ...facts }, { digest });
}

/** Whether a browser is let in that fits but for these facts, whatever the sample. */
function letsIn(facts: object = {}, conditions: object = {}): unknown {
  return evaluate(studyFor({ sample: 1, ...conditions }).filter_expression, browserWith(facts));
}
