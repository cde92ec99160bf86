import type { Usage } from "#core/probe.ts";
import { browser } from "./webext.ts";

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
};

function publicOnes(all: readonly { readonly incognito: boolean }[]): number {
  return all.filter(({ incognito }) => !incognito).length;
}
