import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildExtension } from "#extension/vite.config.ts";
import { parseSignedRoot } from "#recipes/manifest-parse.ts";
import { makeKeys } from "#server/publish/keys.ts";
import { type PromiseResult, row } from "./promise.ts";

/** Largest background script that Firefox reads at each wake-up: minified, before compression. */
const limitBytes = 150_000;

const builds = [
  ["firefox", "firefox", false],
  ["a release firefox", "firefox", true],
  ["chromium", "chromium", false],
] as const;

/**
 * The promise that the extension stays small: Firefox's background script beside our limit. What it
 * loads when a run is due comes on top. Where preferences are settings, their engine comes on top too,
 * and Chromium's service worker, which cannot load a part later, has all of it in one: those are shown,
 * not judged.
 */
export async function run(): Promise<PromiseResult> {
  const { root } = await makeKeys("development", Date.now());
  const outDir = await mkdtemp(path.join(tmpdir(), "mulberry-size-"));
  try {
    const rows = [];
    let heavy: string | undefined;
    for (const [what, browser, release] of builds) {
      const { backgroundBytes, laterBytes, contributions } = await buildExtension({
        browser,
        release,
        outDir,
        root: parseSignedRoot(JSON.parse(root)),
        serverUrl: "https://mulberry.example",
      });
      rows.push(row(`background script for ${what}`, backgroundBytes, limitBytes, "bytes"));
      if (laterBytes > 0)
        rows.push(
          row("with what a run needs besides", backgroundBytes + laterBytes, limitBytes, "bytes"),
        );
      if (what === "firefox" && backgroundBytes > limitBytes)
        heavy = `heaviest: ${heaviest(contributions)}`;
    }
    return { name: "the extension is small", rows, ...(heavy !== undefined && { broken: heavy }) };
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

/** Contributions are counted before minifying, so they only tell where to look. */
function heaviest(contributions: Readonly<Record<string, number>>): string {
  return Object.entries(contributions)
    .slice(0, 4)
    .map(([name, bytes]) => `${name} ${Math.round(bytes / 1024)} KB`)
    .join(", ");
}
