import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { experimentId } from "#core/experiment-ids.ts";
import { addonId, nothing } from "#kit/lived-in.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import { packXpi } from "#tools/xpi.ts";

// A Telemetry Experiment in a real Firefox, set up as its handbook says: four preferences, and a manifest
// on this machine.

const folder = path.join(import.meta.dirname, "../fixtures/study-addon");
const background = `(async () => {
  if ((await mulberryStudy.getBranch()) === null) await mulberryStudy.setBranch("experiment");
  await browser.action.setBadgeText({ text: await mulberryStudy.getBranch() });
})();`;
const badge = `(id) => {
  const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
  const extension = WebExtensionPolicy.getByID(id)?.extension;
  const button = extension && ExtensionParent.apiManager.global.browserActionFor(extension);
  return button?.action.getContextData(null).badgeText ?? null;
}`;

let stage: Stage;
let files: Server;
let origin: string;
let xpi: Uint8Array;
let conditions: object = {};
beforeAll(async () => {
  xpi = await packXpi(folder, { "background.js": background });
  files = createServer((request, response) => {
    response.end(request.url === "/study.xpi" ? xpi : JSON.stringify(manifest()));
  });
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${String((files.address() as AddressInfo).port)}`;
  stage = await openStage({
    "experiments.manifest.uri": `${origin}/firefox-manifest.json`,
    "experiments.manifest.cert.checkAttributes": false,
    "experiments.force-sample-value": "0.0",
    "experiments.logging.level": 0,
  });
  await stage.nextRun(undefined);
  await stage.publish([nothing()]);
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await new Promise((resolve) => files.close(resolve));
});

function manifest(): object {
  const hash = createHash("sha256").update(xpi).digest("hex");
  const experiment = {
    id: addonId,
    xpiURL: `${origin}/study.xpi`,
    xpiHash: `sha256:${hash}`,
    startTime: 1_600_000_000,
    endTime: 4_000_000_000,
    maxActiveSeconds: 2_764_800,
    appName: ["Firefox"],
    channel: ["release", "esr", "beta", "nightly", "default"],
    os: ["Linux", "Darwin", "WINNT"],
    minVersion: "115.0",
    minBuildID: "20141215000000",
    maxVersion: "999.*",
    sample: 0.1,
    ...conditions,
  };
  return { version: 1, experiments: [{ publish: true, priority: 2, manifest: experiment }] };
}

const addons = async (): Promise<readonly string[]> =>
  (await stage.firefox.listAddons()).map(({ id }) => id);

test("an experiment runs, its add-on sets its branch, and it ends when it is disabled", async () => {
  const report = await stage.run();
  expect(report.recipes[String(experimentId(addonId))]).toBe("success");
  expect(await addons()).toContain(addonId);
  await expect.poll(() => stage.firefox.runPrivileged(badge, addonId)).toBe("experiment");

  conditions = { disabled: true };
  const ended = await stage.run();
  expect(ended.recipes[String(experimentId(addonId))]).toBe("backoff");
  expect(await addons()).not.toContain(addonId);
  const told = (await stage.events("normandy")).filter(({ value }) => value === addonId);
  expect(told.map(({ method, extra }) => [method, extra?.["branch"]])).toEqual([
    ["enroll", "__NO_BRANCHES__"],
    ["unenroll", "experiment"],
  ]);
});
