import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChromiumStage } from "#kit/settings-stage.ts";
import {
  aConsoleLog,
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import { chromiumSettings, fromSetting, type Setting } from "#recipes/settings.ts";

// The main job in a stock Chromium: settings for preferences, a service worker for a background page.

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const passwords = "privacy.services.passwordSavingEnabled";
const prediction = "privacy.network.networkPredictionEnabled";
const webRtc = "privacy.network.webRTCIPHandlingPolicy";
const free = "controllable_by_this_extension";
const ours = "controlled_by_this_extension";

/** A study of two settings, one on each branch. */
const aStudy = (id: number, slug: string) =>
  aPreferenceStudy({
    id,
    arguments: {
      slug,
      userFacingName: "No offer to save passwords",
      branches: [
        {
          slug: "off",
          ratio: 1,
          preferences: {
            "signon.rememberSignons": aStudyPreference(false, "user"),
            "media.peerconnection.ice.default_address_only": aStudyPreference(true),
          },
        },
      ],
    },
  });
const rollout = aRollout({
  id: 11,
  arguments: {
    slug: "no-prefetch",
    preferences: [{ preferenceName: "network.prefetch-next", value: false }],
  },
});
const nothing = aConsoleLog({ id: 19 });
const treated = [
  [false, ours],
  ["default_public_and_private_interfaces", ours],
];
const untouched = [
  [true, free],
  ["default", free],
];

describe("a server and a stock Chromium", () => {
  let stage: Awaited<ReturnType<typeof openChromiumStage>>;
  beforeAll(async () => {
    stage = await openChromiumStage();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("have every setting of the table, at the value that the table calls built in", async () => {
    const table: Readonly<Record<string, Setting>> = chromiumSettings;
    for (const [name, setting] of Object.entries(table)) {
      const { value, levelOfControl } = await stage.chromium.setting(setting.api);
      expect([fromSetting(setting, value), levelOfControl], name).toEqual([setting.builtIn, free]);
    }
  });

  test("turn recipes into settings and reports; what Chromium lacks ends at its capability", async () => {
    const elsewhere = aRollout({
      id: 14,
      arguments: {
        slug: "elsewhere",
        preferences: [{ preferenceName: "browser.tabs.warnOnOpen", value: false }],
      },
    });
    const study = aStudy(10, "passwords");
    await stage.publish([study, rollout, nothing, anAddonStudy({ id: 13 }), elsewhere]);
    expect(await stage.run()).toMatchObject({
      runner: "success",
      recipes: { 10: "success", 11: "success", 19: "success", 13: "backoff", 14: "backoff" },
    });
    expect(await stage.shown(passwords, webRtc, prediction)).toEqual([...treated, [false, ours]]);
    const enrolled = await stage.events("normandy");
    expect(enrolled.map(({ method, value }) => [method, value])).toEqual([
      ["enroll", "passwords"],
      ["enroll", "no-prefetch"],
    ]);
    const ended = (await stage.events("uptake.remotecontent.result")).filter(
      ({ value }) => value === "backoff",
    );
    expect(ended.map(({ extra }) => extra?.["reason"])).toEqual([
      "action.addon-study",
      "mulberry.preference.browser.tabs.warnOnOpen",
    ]);
  });

  test("say which browser it is, in a ping that the server takes", async () => {
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    const version = (await stage.chromium.browser.version()).split("/")[1];
    expect(pings.at(-1)?.ping).toMatchObject({
      application: { name: "Chromium", version, buildId: "" },
      environment: { system: { os: { name: process.platform === "linux" ? "Linux" : "Darwin" } } },
    });
  });

  test("keep what holds over a restart, and over a crash that loses what Chromium had not saved", async () => {
    await stage.chromium.restart();
    expect(await stage.shown(passwords, webRtc)).toEqual(treated);
    await stage.publish([nothing, rollout]);
    await stage.run();
    await stage.publish([nothing, aStudy(20, "second"), rollout]);
    expect(await stage.run()).toMatchObject({ recipes: { 20: "success" } });
    await stage.chromium.crash();
    await expect
      .poll(() => stage.shown(passwords, webRtc, prediction))
      .toEqual([...treated, [false, ours]]);
    expect(await stage.run()).toMatchObject({ recipes: { 20: "success" } });
    const changed = (await stage.events("normandy")).filter(
      ({ method }) => method === "expPrefChanged",
    );
    expect(changed).toEqual([]);
  });

  test("give back what was there when the recipes end", async () => {
    await stage.publish([
      nothing,
      aRollback({ id: 16, arguments: { rolloutSlug: "no-prefetch" } }),
    ]);
    await stage.run();
    expect(await stage.shown(passwords, webRtc, prediction)).toEqual([...untouched, [true, free]]);
    const ended = (await stage.events("normandy")).filter(({ method }) => method === "unenroll");
    expect(ended.map(({ value, extra }) => [value, extra?.["reason"]])).toEqual([
      ["passwords", "recipe-not-seen"],
      ["no-prefetch", "rollback"],
      ["second", "recipe-not-seen"],
    ]);
  });

  test("show the Studies page, on which a person leaves: the browser is as it was, the server knows", async () => {
    await stage.publish([nothing, aStudy(30, "on-the-page")]);
    await stage.run();
    expect(await stage.shown(passwords, webRtc)).toEqual(treated);
    const page = await stage.chromium.openPage("pages/studies.html");
    const until = (condition: string): Promise<unknown> =>
      page.run(`async () => {
        while (!(${condition})) await new Promise((done) => setTimeout(done, 20));
      }`);
    await until(`document.querySelector("#running article")`);
    const text = await page.run(`() => document.querySelector("#running").innerText`);
    expect(text).toContain("No offer to save passwords");
    expect(text).toContain("signon.rememberSignons");
    const found = await page.run(`async () => {
      ${axe};
      const { violations } = await axe.run(document, { resultTypes: ["violations"] });
      return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target }) => target).join());
    }`);
    expect(found).toEqual([]);

    await page.run(`() => document.querySelector("#running .button").click()`);
    await until(`document.querySelector(".question")`);
    await page.page.keyboard.press("Tab");
    await page.page.keyboard.press("Enter");
    await until(`!document.querySelector("#running article")`);
    expect(await stage.shown(passwords, webRtc)).toEqual(untouched);
    await page.close();
    await stage.run();
    const last = (await stage.events("normandy")).at(-1);
    expect([last?.method, last?.value, last?.extra?.["reason"]]).toEqual([
      "unenroll",
      "on-the-page",
      "individual-opt-out",
    ]);
  });
});
