import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import type { Tab } from "#tools/firefox-bidi.ts";
import { extensionId } from "../firefox.ts";
import { openStage, type Stage as FirefoxStage } from "../stage.ts";
import { RealServer } from "./real-server.ts";
import { type RealBrowser, realStage } from "./real-stage.ts";
import {
  type Abilities,
  type BrowserAtFirst,
  type Engine,
  UnfitError,
  type Values,
} from "./stage.ts";

const own = "extensions.mulberry.";
const value = v.nullable(v.union([v.string(), v.number(), v.boolean()]));
const branches = v.object({ default: value, user: value });

const lacks = {
  pass: "real time goes by as it does",
  rebuild: "a Firefox is built as it is",
  describe: "a real browser tells its own facts",
  forbidStudies: "policies come from where Firefox is installed: test/browser/policy.test.ts",
  crashAt: "test/browser/safe-mode.test.ts crashes Firefox",
} as const satisfies Engine["lacks"];

/** A real Firefox with our privileged APIs, on a profile of its own, over a real server. */
export const firefox: Engine = {
  name: "firefox",
  patienceMs: 30_000,
  lacks,
  refusal: () => undefined,
  async open(browser) {
    const stage = await openStage({
      // What Firefox recommends to itself while it is driven from outside would be the person's own.
      "remote.prefs.recommended": false,
      [`${own}user_id`]: browser.userId,
      ...given(browser.own),
    });
    try {
      await stage.nextRun(undefined);
      await checkBuild(stage, browser);
      const server = await RealServer.open(stage.server, stage.dataDir);
      return await realStage(server, aFirefox(stage));
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  },
};

/** @throws UnfitError where the scenario is about another build */
async function checkBuild(stage: FirefoxStage, { builtIn }: BrowserAtFirst): Promise<void> {
  for (const [name, wanted] of Object.entries(builtIn)) {
    const is = await stage.firefox.getPref(name, "default");
    if (is !== wanted)
      throw new UnfitError(`this Firefox is built with ${name} = ${JSON.stringify(is)}`);
  }
}

function given(values: Values): Readonly<Record<string, string | number | boolean>> {
  const entries = Object.entries(values).flatMap(([name, one]) =>
    one === null ? [] : [[name, one] as const],
  );
  return Object.fromEntries(entries);
}

function aFirefox(stage: FirefoxStage): RealBrowser {
  const { firefox: running } = stage;
  let page: Tab | undefined;
  let isOpen = true;

  const abilities: Omit<Abilities, keyof typeof lacks> = {
    async edit(values) {
      if (isOpen)
        for (const [name, one] of Object.entries(values)) await running.setPref(name, one);
      else await rewrite(path.join(running.profileDir, "prefs.js"), values);
    },
    async lock(names) {
      await running.runPrivileged(
        `(names) => { for (const name of names) Services.prefs.lockPref(name); }`,
        names,
      );
    },
    branches: async (name) => v.parse(branches, await running.runPrivileged(readBranches, name)),
    async addons() {
      const all = await running.listAddons();
      const others = all.filter(({ id }) => id !== extensionId);
      return Object.fromEntries(others.map(({ id, version }) => [id, version]));
    },
    removeAddon: (id) => running.manageAddon(id, "uninstall"),
  };
  const end = async (how: () => Promise<void>): Promise<void> => {
    page = undefined;
    isOpen = false;
    await how();
  };
  return {
    abilities,
    alarmMs: 2_000,
    async ask(source, ...args) {
      page ??= await running.openPage("pages/studies.html");
      return page.run(
        `(...args) => { const api = browser; return (${source})(...args); }`,
        ...args,
      );
    },
    configure: (name, one) => running.setPref(name, one),
    configured: (name) => running.getPref(name),
    preference: async (name) => v.parse(value, await running.getPref(name)),
    async records() {
      const prefix = `${own}journal.`;
      const names = await running.runPrivileged(
        `(prefix) => Services.prefs.getChildList(prefix)`,
        prefix,
      );
      return v.parse(v.array(v.string()), names).map((name) => name.slice(prefix.length));
    },
    stop: () => end(() => running.stop()),
    crash: () => end(() => running.kill()),
    async start() {
      await running.start();
      isOpen = true;
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

/** Preferences of a Firefox that is closed. */
async function rewrite(file: string, values: Values): Promise<void> {
  const before = (await readFile(file, "utf8")).split("\n");
  const kept = before.filter(
    (line) =>
      !Object.keys(values).some((name) => line.startsWith(`user_pref(${JSON.stringify(name)},`)),
  );
  const set = Object.entries(given(values)).map(
    ([name, one]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(one)});`,
  );
  await writeFile(file, [...kept, ...set, ""].join("\n"));
}

/** Runs inside Firefox. */
const readBranches = `(name) => {
  const read = (from) => {
    switch (from.getPrefType(name)) {
      case from.PREF_BOOL: return from.getBoolPref(name);
      case from.PREF_INT: return from.getIntPref(name);
      case from.PREF_STRING: return from.getStringPref(name);
      default: return null;
    }
  };
  const all = Services.prefs;
  return {
    default: all.prefHasDefaultValue(name) ? read(all.getDefaultBranch("")) : null,
    user: all.prefHasUserValue(name) ? read(all) : null,
  };
}`;
