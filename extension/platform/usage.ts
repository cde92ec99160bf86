import * as v from "valibot";
import { target } from "virtual:mulberry/build";
import type { Usage } from "#core/probe.ts";
import { browser, experiments } from "./webext.ts";

const loads = v.object({ durationsMs: v.array(v.number()), lost: v.number() });

/** Addresses and titles stay where they are: without the permission `tabs` the browser does not tell them. */
export const usage: Usage = {
  async openTabs() {
    return publicOnes(await browser.tabs.query({}));
  },
  async openWindows() {
    return publicOnes(await browser.windows.getAll());
  },
  async isActive(seconds) {
    return (await browser.idle.queryState(seconds)) === "active";
  },
  async processMemory() {
    if (target !== "firefox") return undefined;
    const bytes = await experiments().mulberryFacts.read("extensionMemory");
    return typeof bytes === "number" ? bytes : undefined;
  },
  async pageLoads() {
    if (target !== "firefox") return { durationsMs: [], lost: 0 };
    return v.parse(loads, await experiments().mulberryLoads.take());
  },
};

function publicOnes(all: readonly { readonly incognito: boolean }[]): number {
  return all.filter(({ incognito }) => !incognito).length;
}
