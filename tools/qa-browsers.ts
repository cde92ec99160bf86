import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";
import webExt from "web-ext";
import { consoleStream } from "web-ext/util/logger";
import type { BrowserName } from "#extension/manifest.ts";
import options from "../web-ext-config.js";
import { quietPreferences } from "./firefox-preferences.ts";

/** A browser that QA works in. */
export interface QaBrowser {
  /** Resolves when it was closed, by whomever. */
  readonly exited: Promise<void>;
  /** May be called when it has gone by itself. */
  end(): Promise<void>;
}

interface Wanted {
  readonly binary: string;
  /** The unpacked extension. */
  readonly extensionDir: string;
  readonly serverUrl: string;
  /** What is open when it has started. */
  readonly startUrl: string;
  readonly isHeadless: boolean;
}

/** How each is started, with the extension in dev mode and asking that server. */
export const openQaBrowser = { firefox: openFirefox, chromium: openChromium } satisfies {
  readonly [N in BrowserName]: (wanted: Wanted) => Promise<QaBrowser>;
};

async function openFirefox(wanted: Wanted): Promise<QaBrowser> {
  const { binary, extensionDir, serverUrl, startUrl, isHeadless } = wanted;
  const runner = await alone(() =>
    webExt.cmd.run({
      ...options.run,
      sourceDir: extensionDir,
      firefox: binary,
      startUrl: [startUrl],
      args: isHeadless ? ["--headless"] : [],
      pref: {
        ...quietPreferences,
        ...options.run.pref,
        "extensions.mulberry.server_url": serverUrl,
      },
    }),
  );
  let isGone = false;
  const exited = new Promise<void>((resolve) => {
    runner.registerCleanup(() => {
      isGone = true;
      resolve();
    });
  });
  return {
    exited,
    async end() {
      if (!isGone) await runner.exit();
      await exited;
    },
  };
}

/** What web-ext says and does beside its task: it tells of each preference, and ends this whole process at Ctrl-C. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const before = new Set(process.listeners("SIGINT"));
  consoleStream.startCapturing();
  try {
    return await work();
  } finally {
    consoleStream.stopCapturing();
    for (const listener of process.listeners("SIGINT"))
      if (!before.has(listener)) process.off("SIGINT", listener);
  }
}

async function openChromium(wanted: Wanted): Promise<QaBrowser> {
  const { binary, extensionDir, serverUrl, startUrl, isHeadless } = wanted;
  const profileDir = await mkdtemp(path.join(tmpdir(), "mulberry-qa-"));
  const removeProfile = () => rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
  try {
    const browser = await puppeteer.launch({
      executablePath: binary,
      userDataDir: profileDir,
      headless: isHeadless,
      defaultViewport: null,
      pipe: true,
      enableExtensions: [extensionDir],
      // Chromium's own sandbox does not start for root, as which containers often run.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    const exited = new Promise<void>((resolve) =>
      browser.once("disconnected", () => {
        resolve();
      }),
    );
    const target = await browser.waitForTarget((one) => one.url().endsWith("/background.js"));
    const page = await browser.newPage();
    await page.goto(new URL("pages/studies.html", target.url()).href);
    await page.evaluate(
      `chrome.storage.local.set(${JSON.stringify({
        "extensions.mulberry.server_url": serverUrl,
        "extensions.mulberry.dev_mode": true,
        // The run that a browser begins by itself was over before it knew that it is in dev mode.
        "extensions.mulberry.run_now": 1,
      })})`,
    );
    const start = await browser.newPage();
    await start.goto(startUrl);
    return {
      exited,
      async end() {
        await browser.close();
        await removeProfile();
      },
    };
  } catch (error) {
    await removeProfile();
    throw error;
  }
}
