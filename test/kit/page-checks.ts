import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Tab } from "#tools/firefox-bidi.ts";

// What tests ask of any page of the extension.

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds, as `rule: where`, once everything that moves has come to rest. */
export async function violations(page: Pick<Tab, "run">): Promise<unknown> {
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

/** A folder that a browser saves downloads in. */
export interface Downloads extends AsyncDisposable {
  readonly folder: string;
  /** The JSON of the first file that is there as a whole, and its name. */
  first(): Promise<{ readonly name: string; readonly data: unknown }>;
}

/** How long a download may take, in milliseconds. */
const downloadLimitMs = 20_000;

/** Makes an empty folder for downloads. */
export async function openDownloads(): Promise<Downloads> {
  const folder = await mkdtemp(path.join(tmpdir(), "mulberry-downloads-"));
  return {
    folder,
    async first() {
      const giveUpAt = performance.now() + downloadLimitMs;
      for (;;) {
        const name = (await readdir(folder)).find((file) => file.endsWith(".json"));
        const text = name === undefined ? "" : await readFile(path.join(folder, name), "utf8");
        // A browser may make the file before it has written all of it.
        if (name !== undefined && text.endsWith("}\n")) return { name, data: JSON.parse(text) };
        if (performance.now() > giveUpAt) throw new Error("nothing was downloaded");
        await new Promise((done) => setTimeout(done, 20));
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Source of a function that answers the text on show of what a selector finds. */
export const text = (selector: string): string =>
  `() => document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`;
/** Source of a function that answers what has the focus: its text, else its id. */
export const focused = `() => document.activeElement?.innerText || document.activeElement?.id`;

/** Presses Tab until the control of that name has the focus; gives up after a round of the page. */
export async function tabTo(page: Tab, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.press("Tab");
    const found = await page.run(`() => {
      const at = document.activeElement;
      const labels = (at?.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
      const named = labels.map((id) => document.getElementById(id)?.textContent).join(" ");
      return named || at?.labels?.[0]?.textContent || at?.textContent || "";
    }`);
    if (name.test(String(found))) return;
  }
  throw new Error(`no control is called ${String(name)}`);
}
