import { browser } from "./webext.ts";

// What a page of ours does with the tab it is in, and with the next one.

/** A tab that a script opened cannot always close itself; its extension always can. */
export async function closeOwnTab(): Promise<void> {
  const { id } = await browser.tabs.getCurrent();
  if (id !== undefined) await browser.tabs.remove(id);
}

/** Opens an address in a tab of its own and goes there. */
export async function openTab(url: string): Promise<void> {
  await browser.tabs.create({ url });
}

/** Calls back when the page goes: its tab or window is closed, or leads elsewhere. */
export function onGoing(tell: () => void): void {
  addEventListener("pagehide", tell);
}
