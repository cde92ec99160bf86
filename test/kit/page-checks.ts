import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Tab } from "#tools/firefox-bidi.ts";

// What tests ask of any page of the extension.

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds, as `rule: where`, once everything that moves has come to rest. */
export async function violations(page: Tab): Promise<unknown> {
  return page.run(`async () => {
    ${axe};
    await Promise.all(document.getAnimations().map(({ finished }) => finished));
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ": " + target.join(" ")));
  }`);
}

/** Source of a function that resolves once a condition holds in the page. */
export function until(condition: string): string {
  return `async () => {
    while (!(${condition})) await new Promise((done) => setTimeout(done, 20));
  }`;
}
