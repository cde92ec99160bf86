import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HaltPayload, tokenTypes } from "#recipes/manifest.ts";
import { token } from "#kit/authority.ts";
import { type Impostor, openImpostor, stealKeys } from "#kit/impostor.ts";
import { aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";
import { mulberry } from "#kit/server.ts";
import { openStage, type Stage } from "#kit/stage.ts";

// One person stops something, and a running Firefox lets go of it at its next look, without a restart.

const studied = "browser.sessionhistory.max_entries";
const rolledOut = "findbar.highlightAll";
const study = aPreferenceStudy({
  id: 1,
  arguments: {
    slug: "thirty",
    branches: [{ slug: "b", ratio: 1, preferences: { [studied]: aStudyPreference(30) } }],
  },
});
const rollout = aRollout({
  id: 2,
  arguments: { slug: "highlight", preferences: [{ preferenceName: rolledOut, value: true }] },
});

let stage: Stage;
let impostor: Impostor;
beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
  impostor = await openImpostor(stage.server.url);
  await stage.firefox.setPref("extensions.mulberry.server_url", impostor.url);
  await stage.publish([study, rollout]);
  expect(await stage.run()).toMatchObject({ recipes: { 1: "success", 2: "success" } });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await impostor[Symbol.asyncDispose]();
});

const values = async () => [
  await stage.firefox.getPref(studied, "default"),
  await stage.firefox.getPref(rolledOut, "default"),
];
const ends = async () =>
  (await stage.events("normandy"))
    .filter(({ method }) => method === "unenroll")
    .map(({ value, extra }) => `${String(value)}: ${String(extra?.["reason"])}`);
const ask = (...words: string[]) => mulberry([...words, "--data", stage.dataDir]);

describe("a rollout and a study that run", () => {
  test("end one by one as they are killed, with the browser left running", async () => {
    expect(await values()).toEqual([30, true]);
    await ask("kill", "add", "--slug", "highlight");
    expect(await stage.run()).toMatchObject({
      runner: "success",
      recipes: { 1: "success", 2: "success" },
    });
    expect(await values()).toEqual([30, false]);
    expect(await ends()).toEqual(["highlight: killed"]);
  });

  test("come back where they may once that is lifted", async () => {
    await ask("kill", "lift", "--slug", "highlight");
    await stage.run();
    expect(await values()).toEqual([30, true]);
  });

  test("end by a halt while the server itself serves nothing, and stay so while it is withheld", async () => {
    const { root } = await stealKeys(stage.dataDir);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const halt: HaltPayload = {
      v: 1,
      env: "development",
      hn: 1,
      iat: nowSeconds,
      exp: nowSeconds + 86_400,
      min_ep: 0,
      kill: { all: true, ids: [], slugs: [], prefs: [], addons: [] },
    };
    const jws = await token(halt, tokenTypes.halt, root);
    impostor.play(/^\/v2\/halt\.jws$/u, (response) => {
      response.writeHead(200, { "content-type": "application/jose" });
      response.end(jws);
    });
    impostor.play(/^\/v2\/bundle\.json$/u, (response) => {
      response.writeHead(500);
      response.end();
    });
    expect(await stage.run()).toMatchObject({ runner: "server_error" });
    expect(await values()).toEqual([50, false]);
    impostor.behave();
    expect(await stage.run()).toMatchObject({ runner: "success" });
    expect(await values()).toEqual([50, false]);
    expect((await ends()).slice(1).sort()).toEqual(["highlight: killed", "thirty: killed"]);
    // What it was told lies outside the extension's storage too.
    const mirrored = JSON.parse(
      String(await stage.firefox.getPref("extensions.mulberry.trust_floor")),
    ) as { hn: number };
    expect(mirrored.hn).toBe(1);
    const prefs = await readFile(path.join(stage.firefox.profileDir, "prefs.js"), "utf8");
    expect(prefs).toContain("extensions.mulberry.trust_floor");
  });
});
