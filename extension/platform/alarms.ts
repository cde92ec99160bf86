import { browser } from "./webext.ts";

const prefix = "mulberry-";

/**
 * Asks to be woken at a moment. An alarm of the same name is moved.
 *
 * @param whenMs - milliseconds since 1970
 */
export async function wakeAt(name: string, whenMs: number): Promise<void> {
  // The polyfill's types say void; both browsers answer with a promise.
  await Promise.resolve(browser.alarms.create(prefix + name, { when: whenMs }));
}

/** Must be called while the background script starts, or the browser does not wake it. */
export function onAlarm(tasks: Readonly<Record<string, () => Promise<unknown>>>): void {
  browser.alarms.onAlarm.addListener(({ name }) => {
    const task = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    if (Object.hasOwn(tasks, task)) void tasks[task]?.();
  });
}
