import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "puppeteer-core";
import type { PreferenceValue } from "#recipes/arguments.ts";
import type { Tab } from "#tools/firefox-bidi.ts";
import { type LaunchOptions, launchFirefox as launch } from "#tools/firefox-launcher.ts";
import { extensionId } from "#extension/manifest.ts";
import { packXpi } from "#tools/xpi.ts";

export { extensionId };

export interface FirefoxOptions extends Omit<LaunchOptions, "xpi" | "profileDir"> {
  /** An unpacked extension to install for good: there again after a restart or a kill. */
  readonly permanentDir?: string;
}

/** A real, headless Firefox on a profile of its own. `await using` ends it and removes the profile. */
export interface Firefox extends AsyncDisposable {
  readonly browser: Browser;
  readonly profileDir: string;
  readonly pid: number;
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<void>;
  /** One preference as about:config shows it, or `null`. */
  getPref(name: string, branch?: "default" | "user"): Promise<unknown>;
  /** Sets one preference as a person in about:config does; `null` resets it. */
  setPref(name: string, value: PreferenceValue | null, branch?: "default" | "user"): Promise<void>;
  /** Preferences in the file on disk, which is what a crash leaves. */
  savedPrefs(): Promise<ReadonlyMap<string, unknown>>;
  listAddons(): Promise<readonly AddonOnShow[]>;
  /** Does what the buttons of about:addons do. */
  manageAddon(
    id: string,
    what: "uninstall" | "uninstall-undoable" | "cancel-uninstall" | "disable" | "enable",
  ): Promise<void>;
  /** Installs a packed add-on from a file, as a person does. */
  installAddon(file: string): Promise<void>;
  /** Opens a page of our extension, for example `pages/studies.html`. */
  openPage(pathInExtension: string): Promise<Tab>;
  /** The tabs that show a page of our extension, whoever opened them. */
  pagesAt(pathInExtension: string): Promise<readonly Tab[]>;
  /** Opens any address in a tab. */
  openTab(url: string): Promise<Tab>;
  /** The tabs that show this address, whoever opened them. */
  tabsAt(url: string): Promise<readonly Tab[]>;
  /** Runs a function's source where `Services` is; JSON in, JSON out. */
  runPrivileged(source: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Ends Firefox as a person does and starts it again on the same profile. */
  restart(): Promise<void>;
  /** Ends Firefox as a person does. `start` goes on from there. */
  stop(): Promise<void>;
  /** Ends Firefox as a crash does. `start` goes on from there. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface AddonOnShow {
  readonly id: string;
  readonly version: string;
  readonly isActive: boolean;
}

/** Starts Firefox with our extension, temporary (`extensionDir`) or for good (`permanentDir`). */
export async function launchFirefox(options: FirefoxOptions = {}): Promise<Firefox> {
  const profileDir = await mkdtemp(path.join(tmpdir(), "mulberry-profile-"));
  const { permanentDir, ...rest } = options;
  const xpi =
    permanentDir === undefined ? {} : { xpi: { id: extensionId, file: `${profileDir}.xpi` } };
  if (permanentDir !== undefined) await writeFile(`${profileDir}.xpi`, await packXpi(permanentDir));
  let running = await launch({ ...rest, ...xpi, profileDir });

  const runPrivileged = (source: string, ...args: readonly unknown[]): Promise<unknown> =>
    running.runPrivileged(source, ...args);

  const addressOf = async (pathInExtension: string): Promise<string> => {
    const host = String(await runPrivileged(hostnameSource, extensionId));
    return `moz-extension://${host}/${pathInExtension}`;
  };

  const firefox: Firefox = {
    get browser() {
      return running.browser;
    },
    get pid() {
      return running.pid;
    },
    get exited() {
      return running.exited;
    },
    profileDir,
    runPrivileged,
    getPref: (name, branch = "user") => runPrivileged(getPrefSource, name, branch),
    async setPref(name, value, branch = "user") {
      await runPrivileged(setPrefSource, name, value, branch);
    },
    async savedPrefs() {
      return parsePrefs(await readFile(path.join(profileDir, "prefs.js"), "utf8"));
    },
    async listAddons() {
      return parseAddons(await runPrivileged(listAddonsSource));
    },
    async manageAddon(id, what) {
      await runPrivileged(manageAddonSource, id, what);
    },
    async installAddon(file) {
      await runPrivileged(installAddonSource, file);
    },
    openTab: (url) => running.openTab(url),
    tabsAt: (url) => running.tabsAt(url),
    openPage: async (pathInExtension) => running.openTab(await addressOf(pathInExtension)),
    pagesAt: async (pathInExtension) => running.tabsAt(await addressOf(pathInExtension)),
    async restart() {
      await firefox.stop();
      await firefox.start();
    },
    stop: () => running.close(),
    kill: () => running.kill(),
    async start() {
      running = await launch({ ...rest, prefs: {}, profileDir });
    },
    async close() {
      await running.close();
      await rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
      await rm(`${profileDir}.xpi`, { force: true });
    },
    [Symbol.asyncDispose]: () => firefox.close(),
  };
  return firefox;
}

/** An extension starts a moment after the browser does: waits for it, 10 s at most. */
const hostnameSource = `async (id) => {
  const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
  for (let tries = 0; tries < 200; tries++) {
    const policy = WebExtensionPolicy.getByID(id);
    if (policy) {
      await policy.readyPromise;
      return policy.mozExtensionHostname;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(id + " is not running");
}`;

const getPrefSource = `(name, branch) => {
  const from = branch === "default" ? Services.prefs.getDefaultBranch("") : Services.prefs;
  if (branch === "default" && !Services.prefs.prefHasDefaultValue(name)) return null;
  switch (from.getPrefType(name)) {
    case from.PREF_BOOL: return from.getBoolPref(name);
    case from.PREF_INT: return from.getIntPref(name);
    case from.PREF_STRING: return from.getStringPref(name);
    default: return null;
  }
}`;

const setPrefSource = `(name, value, branch) => {
  const to = branch === "default" ? Services.prefs.getDefaultBranch("") : Services.prefs;
  if (value === null) Services.prefs.clearUserPref(name);
  else if (typeof value === "boolean") to.setBoolPref(name, value);
  else if (typeof value === "number") to.setIntPref(name, value);
  else to.setStringPref(name, value);
  return true;
}`;

const listAddonsSource = `async () => {
  const { AddonManager } = ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs");
  const addons = await AddonManager.getAddonsByTypes(["extension"]);
  return addons
    .filter((addon) => !addon.isBuiltin && !addon.isSystem)
    .map(({ id, version, isActive }) => ({ id, version, isActive }));
}`;

const manageAddonSource = `async (id, what) => {
  const { AddonManager } = ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs");
  const addon = await AddonManager.getAddonByID(id);
  if (what === "uninstall") await addon.uninstall();
  else if (what === "uninstall-undoable") await addon.uninstall(true);
  else if (what === "cancel-uninstall") await addon.cancelUninstall();
  else if (what === "disable") await addon.disable();
  else await addon.enable();
  return true;
}`;

const installAddonSource = `async (path) => {
  const { AddonManager } = ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs");
  const { FileUtils } = ChromeUtils.importESModule("resource://gre/modules/FileUtils.sys.mjs");
  const install = await AddonManager.getInstallForFile(new FileUtils.File(path), undefined, {
    source: "about:addons",
    method: "install-from-file",
  });
  await install.install();
  return true;
}`;

/** Reads `user_pref("name", value);` lines. */
function parsePrefs(text: string): ReadonlyMap<string, unknown> {
  const lines = text.matchAll(/^user_pref\(("(?:[^"\\]|\\.)*"), (.*)\);$/gmu);
  return new Map(
    [...lines].map(([, name = '""', value = "null"]) => [
      String(JSON.parse(name)),
      // Firefox escapes what JSON does not know: a hexadecimal byte.
      JSON.parse(value.replaceAll(/\\x([0-9a-f]{2})/giu, "\\u00$1")) as unknown,
    ]),
  );
}

function parseAddons(value: unknown): readonly AddonOnShow[] {
  if (!Array.isArray(value)) throw new Error("Firefox listed no add-ons");
  return value.map((addon: unknown) => {
    if (typeof addon !== "object" || addon === null) throw new Error("no add-on");
    const { id, version, isActive } = Object.fromEntries(Object.entries(addon)) as Partial<
      Record<string, unknown>
    >;
    return { id: String(id), version: String(version), isActive: isActive === true };
  });
}
