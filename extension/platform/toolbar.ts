import { browser } from "./webext.ts";

/** The toolbar button leads to the Studies page. Must be called while the background script starts. */
export function openPageFromToolbar(): void {
  browser.action.onClicked.addListener(() => void browser.runtime.openOptionsPage());
}
