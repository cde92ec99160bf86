import { createHash } from "node:crypto";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import puppeteer, { type Browser, type Page, type Target, type WebWorker } from "puppeteer-core";
import { findBrowser } from "#tools/system.ts";

/** What a settings API says of one setting. */
export interface SettingOnShow {
  readonly value: unknown;
  readonly levelOfControl: string;
}

/** A real, headless Chromium on a profile of its own. `await using` ends it and removes the profile. */
export interface Chromium extends AsyncDisposable {
  readonly browser: Browser;
  /** Opens a page of the extension in that folder (the first one unless said otherwise), or of the browser's own. */
  openPage(address: string, extensionDir?: string): Promise<ChromiumPage>;
  /** Runs a function's source where `chrome` is, in the first extension; JSON in, JSON out. */
  ask(source: string, ...args: readonly unknown[]): Promise<unknown>;
  /** A setting as the extension in that folder sees it. */
  setting(api: string, extensionDir?: string): Promise<SettingOnShow>;
  /** The first extension's service worker; waits for one that is not there yet. */
  worker(): Promise<WebWorker>;
  /** Stops the first extension's service worker, whatever it is doing, as the browser may at any time. */
  stopWorker(): Promise<void>;
  /** Does what a button of chrome://extensions does to the first extension. */
  setEnabled(isEnabled: boolean): Promise<void>;
  uninstall(): Promise<void>;
  /** Writes into the profile's preferences file, as the browser's own pages do: while it is closed. */
  editProfile(change: (preferences: Record<string, unknown>) => void): Promise<void>;
  /** Ends Chromium as a person does and starts it again on the same profile. */
  restart(): Promise<void>;
  /** Ends Chromium as a crash does, and starts it again. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

export interface ChromiumPage {
  readonly page: Page;
  /** Runs a function's source; JSON in, JSON out. */
  run(source: string, ...args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** How long an extension may take to be there after a start, in milliseconds. */
const startLimitMs = 30_000;

/**
 * Starts Chromium with unpacked extensions, which are there again after a restart or a crash.
 * @param extensionDirs - later ones have more say over settings
 */
export async function launchChromium(...extensionDirs: readonly string[]): Promise<Chromium> {
  const executablePath = process.env["CHROMIUM_BINARY"] ?? findBrowser("chromium");
  if (executablePath === undefined) throw new Error("No Chromium found: set CHROMIUM_BINARY");
  const dirs = await Promise.all(extensionDirs.map((dir) => realpath(dir)));
  const profileDir = await mkdtemp(path.join(tmpdir(), "mulberry-chromium-"));
  const start = (): Promise<Browser> =>
    puppeteer.launch({
      executablePath,
      userDataDir: profileDir,
      headless: true,
      pipe: true,
      // Extensions that DevTools installs are gone with the browser: these are there at each start.
      enableExtensions: true,
      args: [
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-features=DisableLoadExtensionCommandLineSwitch",
        `--load-extension=${dirs.join(",")}`,
      ],
    });
  let browser = await start();
  let asking: ChromiumPage | undefined;

  const addressOf = (dir: string): string => `chrome-extension://${idOf(dir)}/`;
  const first = dirs[0] ?? "";
  const isOurWorker = (target: Target): boolean =>
    target.url() === `${addressOf(first)}background.js`;
  const again = async (end: () => Promise<unknown>): Promise<void> => {
    asking = undefined;
    await end();
    browser = await start();
  };
  const chromium: Chromium = {
    get browser() {
      return browser;
    },
    async openPage(address, extensionDir = first) {
      const url = /^[a-z]+:/u.test(address)
        ? address
        : addressOf(await realpath(extensionDir)) + address;
      return openTab(browser, url);
    },
    async ask(source, ...args) {
      asking ??= await chromium.openPage("manifest.json");
      return asking.run(source, ...args);
    },
    async setting(api, extensionDir) {
      if (extensionDir === undefined) return (await chromium.ask(getSetting, api)) as SettingOnShow;
      const page = await chromium.openPage("manifest.json", extensionDir);
      const seen = await page.run(getSetting, api);
      await page.close();
      return seen as SettingOnShow;
    },
    async worker() {
      const target = await browser.waitForTarget(isOurWorker, { timeout: startLimitMs });
      const worker = await target.worker();
      if (worker === null) throw new Error("a service worker without a world");
      return worker;
    },
    async stopWorker() {
      const running = browser.targets().filter(isOurWorker);
      for (const target of running) await (await target.worker())?.close();
      const giveUpAt = performance.now() + startLimitMs;
      // An event that waits may have started another by now.
      while (browser.targets().some((target) => running.includes(target))) {
        if (performance.now() > giveUpAt) throw new Error("a service worker does not stop");
        await new Promise((done) => setTimeout(done, 5));
      }
    },
    async setEnabled(isEnabled) {
      if (!isEnabled) asking = undefined;
      const page = await chromium.openPage("chrome://extensions");
      await page.run(
        `(id, isEnabled) => chrome.management.setEnabled(id, isEnabled)`,
        idOf(first),
        isEnabled,
      );
      await page.close();
    },
    async uninstall() {
      const page = await chromium.openPage("manifest.json");
      asking = undefined;
      const gone = new Promise((done) => page.page.once("close", done));
      const answer = page.run(`() => { chrome.management.uninstallSelf(); }`);
      await Promise.all([
        gone,
        answer.catch((error: unknown) => {
          // The page goes with the extension, and with it the answer.
          if (!(error instanceof Error) || error.name !== "TargetCloseError") throw error;
        }),
      ]);
    },
    async editProfile(change) {
      await again(async () => {
        await browser.close();
        const file = path.join(profileDir, "Default/Preferences");
        const preferences = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
        change(preferences);
        await writeFile(file, JSON.stringify(preferences));
      });
    },
    restart: () => again(() => browser.close()),
    crash: () =>
      again(async () => {
        const gone = new Promise((done) => browser.process()?.once("exit", done));
        browser.process()?.kill("SIGKILL");
        await gone;
      }),
    async close() {
      await browser.close();
      await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
    },
    [Symbol.asyncDispose]: () => chromium.close(),
  };
  return chromium;
}

/** An unpacked extension's id: its folder's hash, in the letters a to p. */
function idOf(dir: string): string {
  const hash = createHash("sha256").update(dir).digest("hex").slice(0, 32);
  return hash.replaceAll(/./gu, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
}

/** Right after a start an extension may not be there yet. */
async function openTab(browser: Browser, url: string): Promise<ChromiumPage> {
  const page = await browser.newPage();
  const giveUpAt = performance.now() + startLimitMs;
  for (;;) {
    try {
      await page.goto(url);
      break;
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  return {
    page,
    run: (source, ...args) => page.evaluate(`(${source})(...${JSON.stringify(args)})`),
    close: () => page.close(),
  };
}

const getSetting = `(api) =>
  api.split(".").reduce((place, name) => place[name], chrome).get({})`;
