import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, appendFile, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import puppeteer, { type Browser } from "puppeteer-core";
import { openTab, connectionOf, runPrivileged, type Tab, tabsAt } from "./firefox-bidi.ts";
import { type BrowserPreferences, quietPreferences } from "./firefox-preferences.ts";

export interface LaunchOptions {
  /** An unpacked extension, installed until the browser ends. */
  readonly extensionDir?: string;
  /** A packed extension, installed for good: it is there again after a restart or a kill. */
  readonly xpi?: { readonly id: string; readonly file: string };
  /** Set on the user branch before the start; a later launch of the same profile adds to them. */
  readonly prefs?: BrowserPreferences;
  /** Default: a new one, removed when the browser is closed. */
  readonly profileDir?: string;
  /** Default: whether there is no display. */
  readonly headless?: boolean;
  /** Default: `FIREFOX_BINARY`, else the first Firefox on the PATH that takes our extension. */
  readonly binary?: string;
  /** Called with every line that Firefox writes. */
  readonly onLine?: (line: string) => void;
}

export interface RunningFirefox {
  readonly browser: Browser;
  readonly pid: number;
  readonly profileDir: string;
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<void>;
  /**
   * Runs a function's source in Firefox's own privileged window, where `Services` is.
   * @param args - JSON values, handed to the function
   * @returns its JSON result, or `undefined`
   */
  runPrivileged(source: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Opens any address in a tab, those of extensions included, which puppeteer cannot see. */
  openTab(url: string): Promise<Tab>;
  /** The tabs that show this address, whoever opened them. */
  tabsAt(url: string): Promise<readonly Tab[]>;
  /** Ends Firefox as a person does, so that it saves everything. */
  close(): Promise<void>;
  /** Ends Firefox as a crash does. The profile stays. */
  kill(): Promise<void>;
}

const startLimitMs = 60_000;
const closeLimitMs = 20_000;

/**
 * Starts Firefox on a profile of its own, cut off from everything outside this machine.
 * @throws Error when there is no Firefox, or it does not answer within 60 s
 */
export async function launchFirefox(options: LaunchOptions = {}): Promise<RunningFirefox> {
  const binary = options.binary ?? (await findFirefox());
  if (binary === undefined) throw new Error("No Firefox found: set FIREFOX_BINARY to its path");
  const isOwnProfile = options.profileDir === undefined;
  const profileDir =
    options.profileDir ?? (await mkdtemp(path.join(tmpdir(), "mulberry-profile-")));
  await prepareProfile(profileDir, options);

  const child = spawn(binary, argumentsFor(profileDir, options), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: "1", MOZ_DISABLE_AUTO_SAFE_MODE: "1" },
  });
  const exited = once(child, "exit").then(() => undefined);
  try {
    const endpoint = await endpointOf(child, options.onLine);
    const browser = await puppeteer.connect({
      browserWSEndpoint: `${endpoint}/session`,
      protocol: "webDriverBiDi",
      defaultViewport: null,
    });
    if (options.extensionDir !== undefined) await browser.installExtension(options.extensionDir);
    return running({ browser, child, exited, profileDir, isOwnProfile });
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    throw error;
  }
}

/** Whether a browser can show itself here. */
export function hasDisplay(): boolean {
  return (
    process.platform !== "linux" ||
    process.env["DISPLAY"] !== undefined ||
    process.env["WAYLAND_DISPLAY"] !== undefined
  );
}

function argumentsFor(profileDir: string, options: LaunchOptions): readonly string[] {
  return [
    ...((options.headless ?? !hasDisplay()) ? ["--headless"] : []),
    "--no-remote",
    "--new-instance",
    "--profile",
    profileDir,
    "--remote-debugging-port=0",
    "--remote-allow-system-access",
    "about:blank",
  ];
}

async function prepareProfile(profileDir: string, options: LaunchOptions): Promise<void> {
  await mkdir(path.join(profileDir, "extensions"), { recursive: true });
  // Into prefs.js, not user.js: that one would put every value back at every start, over what a
  // person or a study has set since.
  const lines = Object.entries({ ...quietPreferences, ...options.prefs }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await appendFile(path.join(profileDir, "prefs.js"), lines.join(""));
  if (options.xpi !== undefined) {
    const { id, file } = options.xpi;
    await copyFile(file, path.join(profileDir, "extensions", `${id}.xpi`));
  }
}

/** Reads what Firefox writes until it names its WebDriver BiDi address. */
async function endpointOf(child: ChildProcess, onLine?: (line: string) => void): Promise<string> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("Firefox was started without pipes");
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`Firefox did not answer within ${String(startLimitMs / 1000)} s`));
    }, startLimitMs);
    const read = (line: string): void => {
      onLine?.(line);
      const endpoint = /WebDriver BiDi listening on (ws:\S+)/u.exec(line)?.[1];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      resolve(endpoint);
    };
    for (const input of [stdout, stderr]) createInterface({ input }).on("line", read);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`Firefox ended with ${String(code)} before it answered`));
    });
  });
}

function running(parts: {
  readonly browser: Browser;
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  readonly profileDir: string;
  readonly isOwnProfile: boolean;
}): RunningFirefox {
  const { browser, child, exited, profileDir } = parts;
  if (child.pid === undefined) throw new Error("Firefox has no process id");
  const bidi = connectionOf(browser);
  return {
    browser,
    pid: child.pid,
    profileDir,
    exited,
    runPrivileged: (source, ...args) => runPrivileged(bidi, source, args),
    openTab: (url) => openTab(bidi, url),
    tabsAt: (url) => tabsAt(bidi, url),
    async close() {
      const timer = setTimeout(() => child.kill("SIGKILL"), closeLimitMs);
      await browser.close();
      await exited;
      clearTimeout(timer);
      if (parts.isOwnProfile) await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** The first Firefox on the PATH, or `undefined`. Editions that take unsigned extensions come first. */
export async function findFirefox(): Promise<string | undefined> {
  const names = ["firefox-esr", "firefox-developer-edition", "firefox-nightly", "firefox"];
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const candidates = [
    process.env["FIREFOX_BINARY"],
    ...names.flatMap((name) => folders.map((folder) => path.join(folder, name))),
    "/Applications/Firefox Developer Edition.app/Contents/MacOS/firefox",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
  ];
  for (const candidate of candidates) {
    if (candidate === undefined) continue;
    const isThere = await access(candidate).then(
      () => true,
      () => false,
    );
    if (isThere) return candidate;
  }
  return undefined;
}
