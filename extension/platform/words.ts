import { browser } from "./webext.ts";

/** A message of `_locales` in the language that the browser has chosen; `""` when there is none. */
export function words(key: string, ...substitutions: readonly string[]): string {
  return browser.i18n.getMessage(key, [...substitutions]);
}
