import * as v from "valibot";
import { chromiumSettings, fromSetting, type SettingTable } from "#recipes/settings.ts";
import { openChromiumStage } from "../settings-stage.ts";
import { RealServer } from "./real-server.ts";
import { realStage } from "./real-stage.ts";
import type { Engine } from "./stage.ts";

const table: SettingTable = chromiumSettings;
const records = v.object({ records: v.record(v.string(), v.unknown()) });

const lacks = {
  edit: "Chromium has no about:config",
  pass: "real time goes by as it does",
  rebuild: "a Chromium is built as it is",
  describe: "a real browser tells its own facts",
  lock: "policies of Chromium come from the system: test/browser/chromium-settings.test.ts",
  forbidStudies: "DisableFirefoxStudies is a policy of Firefox",
  branches: "settings have no branches",
  addons: "Chromium lets no extension install another",
  removeAddon: "Chromium lets no extension install another",
  crashAt: "test/browser/chromium-kills.test.ts kills Chromium amid its changes",
} as const satisfies Engine["lacks"];
/** A stock Chromium, in which preferences are settings, over a real server. */
export const chromium: Engine = {
  name: "chromium",
  patienceMs: 60_000,
  lacks,
  refusal({ builtIn }, names) {
    const strange = names.find((name) => !Object.hasOwn(table, name));
    if (strange !== undefined) return `Chromium has no setting for ${strange}`;
    const other = Object.entries(builtIn).find(([name, one]) => table[name]?.builtIn !== one);
    return other === undefined ? undefined : `Chromium is built with another ${other[0]}`;
  },
  async open({ userId }) {
    const stage = await openChromiumStage();
    try {
      await stage.set("user_id", userId);
      await stage.run();
      const server = await RealServer.open(stage.server, stage.dataDir);
      return await realStage(server, aChromium(stage));
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  },
};

function aChromium(
  stage: Awaited<ReturnType<typeof openChromiumStage>>,
): Parameters<typeof realStage>[1] {
  const { chromium: running } = stage;
  /** How it is to end: it does so with the next start. */
  let again: (() => Promise<void>) | undefined;
  const ending = (how: () => Promise<void>): Promise<void> => {
    again = how;
    return Promise.resolve();
  };
  return {
    abilities: {},
    // Half a minute is the least that Chromium knows.
    alarmMs: 40_000,
    ask: (source, ...args) =>
      stage.ask(`(...args) => { const api = chrome; return (${source})(...args); }`, ...args),
    async configure(name, one) {
      if (one === null) await stage.ask(`(name) => chrome.storage.local.remove(name)`, name);
      else await stage.ask(`(values) => chrome.storage.local.set(values)`, { [name]: one });
    },
    configured: (name) =>
      stage.ask(`async (name) => (await chrome.storage.local.get(name))[name] ?? null`, name),
    async preference(name) {
      const setting = table[name];
      if (setting === undefined) throw new Error(`no setting for ${name}`);
      return fromSetting(setting, (await running.setting(setting.api)).value);
    },
    async records() {
      const key = "preference_records";
      const found = await stage.ask(
        `async (key) => (await chrome.storage.local.get(key))[key] ?? { records: {} }`,
        key,
      );
      return Object.keys(v.parse(records, found).records);
    },
    stop: () => ending(() => running.restart()),
    crash: () => ending(() => running.crash()),
    async start() {
      await again?.();
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}
