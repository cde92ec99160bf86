import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extensionId } from "#kit/firefox.ts";
import { buildProbe, launchProbe, type Probe } from "#kit/probe.ts";
import { packXpi } from "#tools/xpi.ts";

const addonId = "feature-study@mulberry.example";
const addonDir = path.join(import.meta.dirname, "../fixtures/study-addon");

let dir: string;
let probe: Probe;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "mulberry-probe-"));
  await buildProbe(dir);
  probe = await launchProbe(dir);
}, 120_000);

afterAll(async () => {
  await probe.firefox.close();
  await rm(dir, { recursive: true, force: true });
}, 60_000);

const read = `async ({ ports }, names) => Object.fromEntries(await ports.preferences.read(names))`;
const write = `({ ports }, changes) => ports.preferences.write(changes)`;
const journal = `({ ports }) => ports.preferences.journal()`;

const claimed = (branch: string, value: unknown, base: object = {}): unknown => ({
  v: 1,
  base: { default: null, user: null, ...base },
  claims: [{ owner: "study", slug: "s", branch, value }],
});

async function reads(...names: string[]): Promise<unknown> {
  return probe.ask(read, names);
}

describe("preferences in a real Firefox", () => {
  test("keep the three types apart on either branch", async () => {
    await probe.ask(write, [
      { name: "test.types.text", default: 'déjà\n"vu"', user: "mine", journal: null },
      { name: "test.types.number", default: -(2 ** 31), journal: null },
      { name: "test.types.flag", user: false, journal: null },
    ]);

    expect(
      await reads("test.types.text", "test.types.number", "test.types.flag", "test.types.none"),
    ).toEqual({
      "test.types.text": { type: "string", default: 'déjà\n"vu"', user: "mine", locked: false },
      "test.types.number": { type: "integer", default: -(2 ** 31), user: null, locked: false },
      "test.types.flag": { type: "boolean", default: null, user: false, locked: false },
      "test.types.none": { default: null, user: null, locked: false },
    });
  });

  test("leave the person's value alone unless they are told to clear it", async () => {
    await probe.ask(write, [{ name: "test.clear", default: 1, user: 2, journal: null }]);
    await probe.ask(write, [{ name: "test.clear", default: 3, journal: null }]);
    expect(await reads("test.clear")).toMatchObject({ "test.clear": { default: 3, user: 2 } });

    await probe.ask(write, [{ name: "test.clear", user: null, journal: null }]);
    expect(await reads("test.clear")).toMatchObject({ "test.clear": { default: 3, user: null } });
  });

  test("keep an undo record until it is cleared", async () => {
    const entry = claimed("user", "on");
    await probe.ask(write, [{ name: "test.journal", user: "on", journal: entry }]);
    expect(await probe.ask(journal)).toEqual({ "test.journal": entry });

    await probe.ask(write, [{ name: "test.journal", user: null, journal: null }]);
    expect(await probe.ask(journal)).toEqual({});
  });

  test("change nothing at all when one of the changes is refused", async () => {
    await probe.ask(write, [{ name: "test.typed", default: "text", journal: null }]);

    await expect(
      probe.ask(write, [
        { name: "test.first", user: 1, journal: claimed("user", 1) },
        { name: "test.typed", default: 5, journal: claimed("default", 5) },
      ]),
    ).rejects.toThrow("preference/type-mismatch");

    expect(await reads("test.first", "test.typed")).toMatchObject({
      "test.first": { user: null },
      "test.typed": { default: "text" },
    });
    expect(await probe.ask(journal)).toEqual({});
  });

  test("refuse to claim what a policy has locked", async () => {
    await probe.firefox.runPrivileged(`() => {
      Services.prefs.getDefaultBranch("").setBoolPref("test.locked", true);
      Services.prefs.lockPref("test.locked");
    }`);

    expect(await reads("test.locked")).toMatchObject({ "test.locked": { locked: true } });
    await expect(
      probe.ask(write, [
        { name: "test.locked", default: false, journal: claimed("default", false) },
      ]),
    ).rejects.toThrow("preference/locked");
  });

  test("skip an undo record that is damaged", async () => {
    await probe.firefox.setPref("extensions.mulberry.journal.test.damaged", "{");
    await probe.firefox.setPref("extensions.mulberry.journal.test.number", 5);
    expect(await probe.ask(journal)).toEqual({});
    await probe.firefox.setPref("extensions.mulberry.journal.test.damaged", null);
    await probe.firefox.setPref("extensions.mulberry.journal.test.number", null);
  });

  test("tell of a change by another hand, and of none by ours", async () => {
    const page = await probe.firefox.openPage("probe.html");
    await page.run(`(changes) => probe.ports.preferences.write(changes)`, [
      { name: "test.watched", user: 1, journal: claimed("user", 1) },
    ]);
    await probe.firefox.setPref("test.watched", 2);
    await probe.firefox.setPref("test.watched.child", 2);
    await probe.firefox.setPref("extensions.mulberry.run_now", 7);
    // Events come in order: when the last is there, so is every one before it.
    const heard = await page.run(`async () => {
      while (!probe.heard.includes("set:run_now")) await new Promise((done) => setTimeout(done, 10));
      return probe.heard;
    }`);
    expect(heard).toEqual(["pref:test.watched", "set:run_now"]);
    await page.close();
  });
});

describe("settings in a real Firefox", () => {
  test("are read from about:config, and the randomisation id is on disk once written", async () => {
    await probe.firefox.setPref("extensions.mulberry.dev_mode", true);
    await probe.firefox.setPref("extensions.mulberry.run_now", 11);
    await probe.firefox.setPref("extensions.mulberry.studies_enabled", false);
    await probe.firefox.setPref("extensions.mulberry.force_branch.a-study", "control");
    const userId = "1b4e28ba-2fa1-41d2-883f-0016d3cca427";
    await probe.ask(`({ ports }) => ports.settings.writeUserId("${userId}")`);
    expect(await probe.ask(`({ ports }) => ports.settings.read()`)).toEqual({
      serverUrl: "http://127.0.0.1:8000",
      enabled: true,
      studiesEnabled: false,
      rolloutsEnabled: true,
      telemetryEnabled: true,
      extendedTelemetryEnabled: false,
      administered: [],
      runNow: 11,
      runIntervalSeconds: 21_600,
      staleRollouts: "keep",
      loggingLevel: 50,
      devMode: true,
      userId,
      forcedBranches: { "a-study": "control" },
      clockDays: 0,
    });
    const saved = await probe.firefox.savedPrefs();
    expect(saved.get("extensions.mulberry.user_id")).toBe(userId);
  });
});

describe("study add-ons in a real Firefox", () => {
  const install = `({ ports }, bytes, addon, replace) =>
    ports.addons.install({ addon_id: addon.id, version: addon.version, url: "", sha256: "", size: 0 },
      Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)), { replace })`;
  const find = `({ ports }, id) => ports.addons.find(id)`;
  const wanted = { id: addonId, version: "1.0.0" };
  let bytes: string;

  beforeAll(async () => {
    bytes = Buffer.from(await packXpi(addonDir)).toString("base64");
  });

  test.each([
    { when: "its id is another", addon: { ...wanted, id: "other@x" } },
    { when: "its version is another", addon: { ...wanted, version: "1.0.1" } },
  ])("are refused when $when", async ({ addon }) => {
    expect(await probe.ask(install, bytes, addon, false)).toEqual({ reason: "metadata-mismatch" });
    expect(await probe.ask(find, addonId)).toBeUndefined();
  });

  test("are refused with the browser's own name for the fault when they are damaged", async () => {
    expect(await probe.ask(install, btoa("no package"), wanted, false)).toEqual({
      reason: "download-failure",
      detail: "ERROR_CORRUPT_FILE",
    });
  });

  test("install, refuse a second of the same id, give way to a replacement, and go", async () => {
    expect(await probe.ask(install, bytes, wanted, false)).toBeUndefined();
    expect(await probe.ask(find, addonId)).toEqual({ ...wanted, isActive: true, isOurs: true });

    expect(await probe.ask(install, bytes, wanted, false)).toEqual({
      reason: "conflicting-addon-id",
    });
    expect(await probe.ask(install, bytes, wanted, true)).toBeUndefined();

    await probe.ask(`({ ports }, id) => ports.addons.uninstall(id)`, addonId);
    expect(await probe.ask(find, addonId)).toBeUndefined();
    await probe.ask(`({ ports }, id) => ports.addons.uninstall(id)`, addonId);
  });

  test("that the person installed are told from ours, and not removed", async () => {
    const file = path.join(probe.firefox.profileDir, "theirs.xpi");
    await writeFile(file, await packXpi(addonDir));
    await probe.firefox.installAddon(file);
    expect(await probe.ask(find, addonId)).toEqual({ ...wanted, isActive: true, isOurs: false });
    await probe.ask(`({ ports }, id) => ports.addons.uninstall(id)`, addonId);
    expect(await probe.ask(find, addonId)).toMatchObject(wanted);
    await probe.firefox.manageAddon(addonId, "uninstall");
  });

  test("are missed when the person removes them", async () => {
    await probe.ask(install, bytes, wanted, false);
    const page = await probe.firefox.openPage("probe.html");
    await probe.firefox.manageAddon(addonId, "uninstall");
    const heard = await page.run(`async () => {
      while (probe.heard.length === 0) await new Promise((done) => setTimeout(done, 10));
      return probe.heard;
    }`);
    expect(heard).toEqual([`gone:${addonId}`]);
    await page.close();
  });
});

describe("facts of a real Firefox", () => {
  const names = [
    "addons",
    "appinfo",
    "attribution",
    "channel",
    "distribution",
    "doNotTrack",
    "formFactor",
    "isDefaultBrowser",
    "liveTelemetry",
    "locale",
    "os",
    "plugins",
    "region",
    "searchEngine",
    "syncDesktopDevices",
    "syncMobileDevices",
    "syncSetup",
    "syncTotalDevices",
    "telemetry",
    "version",
  ];

  test("all answer", async () => {
    const failed = await probe.ask(
      `async ({ ports }, names) => {
        const settled = await Promise.allSettled(names.map((name) => ports.facts.read(name)));
        return names.filter((_, i) => settled[i].status === "rejected").map((name, i) => name);
      }`,
      names,
    );
    expect(failed).toEqual([]);
  });

  test("have the shapes that filters ask for", async () => {
    const facts = await probe.ask(
      `async ({ ports }, names) => Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await ports.facts.read(name)])))`,
      ["os", "appinfo", "locale", "channel", "version", "addons", "syncSetup", "liveTelemetry"],
    );
    expect(facts).toMatchObject({
      os: { isLinux: process.platform === "linux", isWindows: false, windowsVersion: null },
      appinfo: { name: "Firefox", ID: "{ec8030f7-c20a-464f-9b0e-13a3a9e97384}" },
      locale: "en-US",
      syncSetup: false,
      addons: { [extensionId]: { id: extensionId, isActive: true, type: "extension" } },
      liveTelemetry: { main: { type: "main" } },
    });
  });

  test("make up the application part of a ping", async () => {
    expect(await probe.ask(`({ ports }) => ports.facts.application()`)).toMatchObject({
      name: "Firefox",
      vendor: "Mozilla",
      buildId: expect.stringMatching(/^\d{14}$/u) as string,
    });
    expect(await probe.ask(`({ ports }) => ports.facts.system()`)).toMatchObject({
      locale: "en-US",
    });
  });
});

describe("the extension's own storage", () => {
  test("gives back what was stored until it is removed", async () => {
    const seen = await probe.ask(`async ({ ports: { store } }) => {
      await store.set({ a: { deep: [1, null] }, b: "x" });
      const before = [await store.get("a"), await store.get("b")];
      await store.remove(["a"]);
      return [...before, (await store.get("a")) === undefined];
    }`);
    expect(seen).toEqual([{ deep: [1, null] }, "x", true]);
  });
});
