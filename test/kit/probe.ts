import { writeFile } from "node:fs/promises";
import path from "node:path";
import { buildExtension } from "#extension/vite.config.ts";
import { type Firefox, launchFirefox } from "./firefox.ts";

// The platform side of the extension without its core: a build whose background script only hands
// out the ports, and a page on which a test can reach them.

export interface Probe {
  readonly firefox: Firefox;
  /** Runs a function's source with `{ports, experiments, heard}`, on a page of the extension. */
  ask(source: string, ...args: readonly unknown[]): Promise<unknown>;
}

/** Builds the probe into `outDir`. */
export async function buildProbe(outDir: string): Promise<void> {
  await buildExtension({
    browser: "firefox",
    outDir,
    root: { payload: "", signatures: [] },
    serverUrl: "http://127.0.0.1:8000",
    background: path.join(import.meta.dirname, "../fixtures/platform-probe.ts"),
  });
  const page = '<!doctype html><script type="module" src="background.js"></script>';
  await writeFile(path.join(outDir, "probe.html"), page);
}

/** Starts Firefox with the probe in `dir`, installed for good. */
export async function launchProbe(
  dir: string,
  prefs: Readonly<Record<string, string | number | boolean>> = {},
): Promise<Probe> {
  const firefox = await launchFirefox({ permanentDir: dir, prefs });
  return {
    firefox,
    async ask(source, ...args) {
      const page = await firefox.openPage("probe.html");
      try {
        return await page.run(`(...args) => (${source})(globalThis.probe, ...args)`, ...args);
      } finally {
        await page.close();
      }
    },
  };
}
