import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addonId, nothing } from "#kit/lived-in.ts";
import { anAddonStudy } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";

// A study's own add-on, in Firefox, talking with Mulberry through the client that we hand out.

const folder = path.join(import.meta.dirname, "../fixtures/study-addon");

const buttonOf = `const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
  const extension = WebExtensionPolicy.getByID(id)?.extension;
  const button = extension && ExtensionParent.apiManager.global.browserActionFor(extension);`;
/** What the add-on wrote on its button. */
const badge = `(id) => { ${buttonOf} return button?.action.getContextData(null).badgeText ?? null; }`;
const click = `(id) => { ${buttonOf} button.triggerAction(window); return true; }`;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
});
afterAll(() => stage[Symbol.asyncDispose]());

const study = async (slug: string, id: number): Promise<unknown> =>
  anAddonStudy({
    id,
    arguments: {
      slug,
      branches: [{ slug: "with", ratio: 1, extensionApiId: await stage.addAddon(folder) }],
    },
  });
const look = (): Promise<unknown> => stage.firefox.runPrivileged(badge, addonId);

test("an add-on learns its branch, ends its study by itself, and the reason is told", async () => {
  await stage.publish([await study("by-itself", 10), nothing()]);
  await stage.run();
  await expect.poll(look).toBe("w");

  await stage.firefox.runPrivileged(click, addonId);
  await expect
    .poll(async () => (await stage.firefox.listAddons()).map(({ id }) => id))
    .not.toContain(addonId);
  await stage.run();
  const ended = (await stage.events("normandy")).filter(({ method }) => method === "unenroll");
  expect(ended.map(({ value, extra }) => [value, extra?.["reason"], extra?.["branch"]])).toEqual([
    ["by-itself", "feature-switched-off", "with"],
  ]);
  const pings = await Array.fromAsync(stage.server.ingest.pings({ type: "study-feature" }));
  expect(pings.map(({ ping }) => ping.payload)).toMatchObject([
    {
      study: { slug: "by-itself", branch: "with", addonVersion: "1.0.0" },
      values: { presses: 1, outcome: "switched-off" },
    },
  ]);
});

test("what it recorded is told with the session that it was recorded in", async () => {
  const before = await stage.nextRun(undefined);
  await stage.firefox.restart();
  await stage.nextRun(before, "dev-start");
  await stage.server.ingest.settled();
  const pings = await Array.fromAsync(stage.server.ingest.pings({ type: "main" }));
  const recorded = pings.map(({ ping }) => (ping.type === "main" ? ping.payload : undefined));
  expect(recorded.map((payload) => payload?.processes.dynamic)).toEqual([
    {
      scalars: { "study.feature.presses": 1 },
      keyedScalars: { "study.feature.presses_by_place": { toolbar: 1 } },
    },
  ]);
});

test("one that wants to know of the end is told before it is removed", async () => {
  const { firefox } = stage;
  const background = `mulberryStudy.onUnenroll(async (reason) => {
    await browser.tabs.create({ url: "page.html#" + reason });
  });`;
  const apiId = await stage.addAddon(folder, { "background.js": background, "page.html": "" });
  const branches = [{ slug: "with", ratio: 1, extensionApiId: apiId }];
  await stage.publish([anAddonStudy({ id: 11, arguments: { slug: "told", branches } }), nothing()]);
  await stage.run();
  expect((await firefox.listAddons()).map(({ id }) => id)).toContain(addonId);
  await firefox.runPrivileged(`() => {
    globalThis.mulberryTold = [];
    gBrowser.tabContainer.addEventListener("TabOpen", ({ target }) =>
      mulberryTold.push(target.linkedBrowser));
  }`);
  await stage.publish([nothing()]);
  await stage.run();
  expect((await firefox.listAddons()).map(({ id }) => id)).not.toContain(addonId);
  expect(await firefox.runPrivileged(`() => mulberryTold.length`)).toBe(1);
});

test("one that Firefox no longer knows who installed goes with its study all the same", async () => {
  const { firefox } = stage;
  const ids = async () => (await firefox.listAddons()).map(({ id }) => id);
  await stage.publish([await study("forgotten", 13), nothing()]);
  await stage.run();
  expect(await ids()).toContain(addonId);
  // As after a kill before Firefox has written down what it installed.
  await firefox.stop();
  for (const file of ["extensions.json", "addonStartup.json.lz4"])
    await rm(path.join(firefox.profileDir, file));
  await firefox.start();
  await stage.nextRun(undefined, "dev-start");
  expect(await ids()).toContain(addonId);
  await stage.publish([nothing()]);
  await stage.run();
  expect(await ids()).not.toContain(addonId);
});

test("one that a person installed by hand hears of no study", async () => {
  const { firefox } = stage;
  await firefox.browser.installExtension(folder);
  await expect.poll(look).toBe("on");
});
