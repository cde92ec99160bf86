import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bundle } from "#recipes/manifest.ts";
import { type Impostor, openImpostor, stealKeys, type Trick } from "#kit/impostor.ts";
import { claimsOf, lies, type Loot } from "#kit/lies.ts";
import { aConsoleLog, aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import {
  answers,
  breaksOffAmid,
  bundlePath,
  changes,
  explodes,
  portal,
  promisesMore,
  says,
  serves,
  stallsAmid,
  type WrongAnswer,
  wrongAnswers,
} from "#kit/tricks.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

// A stock Firefox behind somebody who changes what its server says. Whatever arrives, the person's
// browser stays as it is, the run says why, and the next honest answer is believed.

const studied = "browser.sessionhistory.max_entries";
const rolledOut = "findbar.highlightAll";

const study = (id: number, name = "A recipe for a test") =>
  aPreferenceStudy({
    id,
    name,
    arguments: {
      slug: `study-${String(id)}`,
      branches: [{ slug: "thirty", ratio: 1, preferences: { [studied]: aStudyPreference(30) } }],
    },
  });
const rollout = aRollout({
  id: 11,
  arguments: { slug: "highlight", preferences: [{ preferenceName: rolledOut, value: true }] },
});
const log = (id: number, message = "hello") => aConsoleLog({ id, arguments: { message } });

let stage: Stage;
let impostor: Impostor;
let page: Tab;

beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
  impostor = await openImpostor(stage.server.url);
  await stage.firefox.setPref("extensions.mulberry.server_url", impostor.url);
  page = await stage.firefox.openPage("pages/studies.html");
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await impostor[Symbol.asyncDispose]();
});

/** The bundle as the real server has it now. */
async function genuineBundle(): Promise<Bundle> {
  const answer = await fetch(`${stage.server.url}/v2/bundle.json`);
  return v.parse(v.object({ keycert: v.string(), manifest: v.string() }), await answer.json());
}

const enrollments = v.record(v.string(), v.looseObject({}));
/** Passing marks of a run, and the days of grace that temporary errors use. */
const passing = new Set(["lastSeenMs", "temporaryErrorDays"]);

/** Everything that a run can change in the browser for good. */
async function state(): Promise<unknown> {
  const { firefox } = stage;
  const stored = await page.run(`() => browser.storage.local.get(["enrollments", "trust"])`);
  const { enrollments: enrolled, trust } = v.parse(
    v.object({ enrollments, trust: v.object({ ep: v.number(), n: v.number() }) }),
    stored,
  );
  return {
    values: [await firefox.getPref(studied), await firefox.getPref(rolledOut)],
    records: await firefox.runPrivileged(`() =>
      Services.prefs.getChildList("extensions.mulberry.journal.").map((name) =>
        [name, Services.prefs.getStringPref(name)])`),
    enrolled: Object.values(enrolled).map((one) =>
      Object.entries(one)
        .filter(([key]) => !passing.has(key))
        .sort(),
    ),
    trust,
  };
}

describe("a set of recipes that is not what its server published", () => {
  let loot: Loot;
  let firstRoot: string;
  let before: unknown;

  beforeAll(async () => {
    await stage.publish([study(10), log(13)]);
    const old = await genuineBundle();
    await stage.publish([study(10), log(13), log(14)]);
    const believed = await genuineBundle();
    expect(await stage.run()).toMatchObject({ runner: "success", recipes: { 10: "success" } });
    // Without the study, with a rollout: to believe any of it would be seen.
    await stage.publish([rollout, log(13)]);
    const newer = await genuineBundle();
    loot = { ...(await stealKeys(stage.dataDir)), old, believed, newer };
    firstRoot = await readFile(path.join(stage.dataDir, "keys", "root.json"), "utf8");
    before = await state();
  });

  async function expectRefused(wrong: Omit<WrongAnswer, "called">): Promise<void> {
    const { on = bundlePath, trick, runner, reason } = wrong;
    impostor.behave();
    impostor.play(bundlePath, says(loot.newer));
    impostor.play(on, trick);
    const report = await stage.run();
    expect(report).toMatchObject({
      runner,
      recipes: {},
      ...(reason === undefined ? {} : { reason }),
    });
    expect(await state()).toEqual(before);
    impostor.behave();
    impostor.play(bundlePath, says(loot.believed));
    expect(await stage.run()).toMatchObject({
      runner: "success",
      recipes: { 10: "success", 13: "success", 14: "success" },
    });
    expect(await state()).toEqual(before);
  }

  test("in a single character is refused, wherever that stands", async () => {
    const text = JSON.stringify(loot.newer);
    for (const compact of [loot.newer.keycert, loot.newer.manifest])
      for (const share of [0.02, 0.3, 0.6, 0.9, 0.99]) {
        const at = text.indexOf(compact) + Math.floor(compact.length * share);
        const other = text[at] === "A" ? "B" : "A";
        impostor.play(bundlePath, serves(text.slice(0, at) + other + text.slice(at + 1)));
        expect(await stage.run(), `at ${String(at)}`).toMatchObject({
          runner: "signature_error",
          recipes: {},
        });
      }
    expect(await state()).toEqual(before);
  });

  test.each(lies)("$called is refused: $runner, $reason", async ({ make, runner, reason }) => {
    await expectRefused({ trick: says(await make(loot)), runner, reason });
  });

  const table = wrongAnswers(
    () => loot.newer,
    () => firstRoot,
  );
  test.each(table)("answered with $called is no set: $runner", async (wrong) => {
    await expectRefused(wrong);
  });

  test("answered as unchanged to a browser that has nothing is no set", async () => {
    await page.run(`() => browser.storage.local.remove(["trust", "trust_copy"])`);
    impostor.play(bundlePath, answers(304));
    expect(await stage.run()).toMatchObject({ runner: "content_error", reason: "status-304" });
    impostor.play(bundlePath, says(loot.believed));
    expect(await stage.run()).toMatchObject({ runner: "success" });
    expect(await state()).toEqual(before);
  });

  test("older than what is believed is refused after a restart too", async () => {
    impostor.play(bundlePath, says(loot.old));
    const last = await stage.run();
    await stage.firefox.restart();
    const restarted = await stage.nextRun(last);
    expect(restarted).toMatchObject({ reason: "rollback" });
    page = await stage.firefox.openPage("pages/studies.html");
    expect(await state()).toEqual(before);
    // What is believed is beside the storage too.
    await page.run(`() => browser.storage.local.remove(["trust", "trust_copy"])`);
    expect(await stage.run()).toMatchObject({ reason: "rollback" });
    impostor.play(bundlePath, says(loot.believed));
    expect(await stage.run()).toMatchObject({ runner: "success" });
    expect(await state()).toEqual(before);
  });

  test("is believed once it is served as it was published", async () => {
    impostor.behave();
    expect(await stage.run()).toMatchObject({
      runner: "success",
      recipes: { 11: "success", 13: "success" },
    });
    expect(await stage.firefox.getPref(studied)).toBe(50);
    expect(await stage.firefox.getPref(rolledOut)).toBe(true);
  });
});

describe("a body that is not what was signed", () => {
  /** The bodies of a study that runs and of a recipe that anybody can run. */
  let paths: readonly RegExp[];

  beforeAll(async () => {
    impostor.behave();
    await stage.publish([study(20)]);
    expect(await stage.run()).toMatchObject({ recipes: { 20: "success" } });
  });

  /** Publishes the same recipes with bodies that no browser has seen. */
  async function republish(): Promise<void> {
    const mark = randomBytes(4).toString("hex");
    await stage.publish([study(20, mark), log(21, mark), log(22, mark), log(23, mark)]);
    const entries = v.parse(
      v.array(v.object({ id: v.number(), sha256: v.string() })),
      claimsOf((await genuineBundle()).manifest)["recipes"],
    );
    paths = entries
      .filter(({ id }) => id <= 21)
      .map(({ sha256 }) => new RegExp(`^/v2/r/${sha256}$`, "u"));
    impostor.behave();
  }

  async function expectAlone(trick: Trick, status: string): Promise<void> {
    await republish();
    const trustAside = async () => ({ ...Object(await state()), trust: null }) as unknown;
    const before = await trustAside();
    for (const one of paths) impostor.play(one, trick);
    expect(await stage.run()).toMatchObject({
      runner: "success",
      recipes: { 20: status, 21: status, 22: "success", 23: "success" },
    });
    expect(await trustAside()).toEqual(before);
    impostor.behave();
    expect(await stage.run()).toMatchObject({
      recipes: { 20: "success", 21: "success", 22: "success", 23: "success" },
    });
    expect(await trustAside()).toEqual(before);
  }

  const flipped = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    copy[40] = (copy[40] ?? 0) ^ 1;
    return copy;
  };
  const asLong = (bytes: Buffer): Buffer =>
    Buffer.from(portal.padEnd(bytes.length).slice(0, bytes.length));

  test.each<[string, string, Trick]>([
    ["other in one bit", "signature_error", changes(flipped)],
    ["longer", "signature_error", changes((all) => Buffer.concat([all, all]))],
    ["shorter", "signature_error", changes((all) => all.subarray(1))],
    ["empty", "signature_error", changes(() => Buffer.alloc(0))],
    ["as long, but no UTF-8", "signature_error", changes((all) => Buffer.alloc(all.length, 0xff))],
    ["as long, but HTML", "signature_error", changes(asLong)],
    ["endless, unpacked", "signature_error", explodes],
    ["missing", "download_error", answers(404)],
    ["an error", "download_error", answers(500)],
    ["elsewhere", "download_error", answers(302, { location: "/v2/bundle.json" })],
    ["unchanged, to who has nothing", "download_error", answers(304)],
    ["broken off", "download_error", breaksOffAmid],
    ["never there whole", "download_error", stallsAmid],
    // All its bytes came, but Firefox does not take an answer that ends before it said it would.
    ["shorter than it says", "download_error", promisesMore],
  ])("but %s stands alone: %s, and the others run", async (_called, status, trick) => {
    await expectAlone(trick, status);
  });

  test("but only packed on the way is the same body", async () => {
    await republish();
    for (const one of paths)
      impostor.play(one, (response, { bytes, headers }) => {
        response.writeHead(200, { ...headers, "content-encoding": "gzip" });
        response.end(gzipSync(bytes));
      });
    expect((await stage.run()).recipes["21"]).toBe("success");
  });
});

test("what a browser asks for names nobody and is the same whatever it runs", () => {
  const reads = impostor.asked.filter((line) => line.startsWith("GET "));
  expect(reads.length).toBeGreaterThan(100);
  for (const line of reads)
    expect(line).toMatch(/^GET \/v2\/(bundle\.json|halt\.jws|root\/2\.json|r\/[\w-]{43})$/u);
});
