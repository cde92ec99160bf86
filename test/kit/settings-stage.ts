import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BrowserName } from "#extension/manifest.ts";
import { buildExtension } from "#extension/vite.config.ts";
import { parseSignedRoot } from "#recipes/manifest-parse.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import { readConfig } from "#server/config.ts";
import type { StoredEvent } from "#server/ingest/index.ts";
import { type RunningServer, startServer } from "#server/main.ts";
import { noteSightings } from "./sightings.ts";
import { readKeyFiles } from "#server/store/key-files.ts";
import { type Chromium, launchChromium, type SettingOnShow } from "./chromium.ts";
import { type Firefox, launchFirefox } from "./firefox.ts";
import { type LastRun, parseReport } from "./stage.ts";

// A real server and a real browser in which preferences are settings, and our own settings are in the
// extension's storage.

/** Runs a function's source on a page of the extension, where `chrome` is; JSON in, JSON out. */
type Ask = (source: string, ...args: readonly unknown[]) => Promise<unknown>;

export interface SettingsStage extends AsyncDisposable {
  readonly server: RunningServer;
  readonly dataDir: string;
  readonly ask: Ask;
  /** Replaces the live set. */
  publish(recipes: readonly unknown[]): Promise<void>;
  /** Writes a setting of the extension, without `extensions.mulberry.`. */
  set(name: string, value: PreferenceValue): Promise<void>;
  /** Asks for a run. @returns the number that its report will say it obeyed */
  request(): Promise<number>;
  /** The latest report of a run. */
  lastRun(): Promise<LastRun | undefined>;
  /** Asks for a run and waits for its report. */
  run(): Promise<LastRun>;
  /** Everything of that category that the server has stored, oldest first. */
  events(category: string): Promise<readonly StoredEvent[]>;
  /** Of each setting of `privacy` and its kin: its value, and who has the say. */
  shown(...apis: readonly string[]): Promise<unknown>;
}

const reportLimitMs = 90_000;

/** @param others - folders of other extensions; they have more say over settings than ours */
export async function openChromiumStage(
  ...others: readonly string[]
): Promise<SettingsStage & { readonly chromium: Chromium }> {
  const { stage, browser } = await openStage({ browser: "chromium" }, async (dir) => {
    const chromium = await launchChromium(dir, ...others);
    return { browser: chromium, ask: chromium.ask, close: chromium.close };
  });
  return { ...stage, chromium: browser };
}

/** Firefox as it is where only what Mozilla has signed may be installed: the build without privileged APIs. */
export async function openReleaseStage(): Promise<SettingsStage & { readonly firefox: Firefox }> {
  const { stage, browser } = await openStage({ browser: "firefox", release: true }, async (dir) => {
    const firefox = await launchFirefox({
      permanentDir: dir,
      // What our quiet profile switches off is one setting here, which would be the person's own then.
      prefs: {
        "network.dns.disablePrefetch": false,
        "network.predictor.enabled": true,
        "privacy.trackingprotection.pbmode.enabled": true,
        "signon.rememberSignons": true,
      },
    });
    return {
      browser: firefox,
      async ask(source, ...args) {
        const page = await firefox.openPage("pages/studies.html");
        try {
          return await page.run(source, ...args);
        } finally {
          await page.close();
        }
      },
      async close() {
        // Nothing of the profile is wanted any more: Firefox need not take its time.
        await firefox.kill();
        await firefox.close();
      },
    };
  });
  return { ...stage, firefox: browser };
}

interface Launched<B> {
  readonly browser: B;
  readonly ask: Ask;
  readonly close: () => Promise<void>;
}

async function openStage<B>(
  build: { readonly browser: BrowserName; readonly release?: boolean },
  launch: (extensionDir: string) => Promise<Launched<B>>,
): Promise<{ readonly stage: SettingsStage; readonly browser: B }> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "mulberry-stage-"));
  const server = await startServer(
    readConfig({ MULBERRY_ENV: "development", MULBERRY_DATA: dataDir, MULBERRY_PORT: "0" }),
  );
  noteSightings(server);
  const outDir = path.join(dataDir, "extension");
  const root = parseSignedRoot(JSON.parse((await readKeyFiles(dataDir)).root));
  await buildExtension({ ...build, outDir, root, serverUrl: server.url });
  const { browser, ask, close } = await launch(outDir);
  const write = (name: string, value: PreferenceValue): Promise<unknown> =>
    ask(`(values) => chrome.storage.local.set(values)`, { [`extensions.mulberry.${name}`]: value });
  await write("dev_mode", true);

  let asked = 0;
  const stage: SettingsStage = {
    server,
    dataDir,
    ask,
    async publish(recipes) {
      await server.publishLive(recipes);
    },
    async set(name, value) {
      await write(name, value);
    },
    async request() {
      asked += 1;
      await write("run_now", asked);
      return asked;
    },
    async lastRun() {
      const json = await ask(
        `async (key) => (await chrome.storage.local.get(key))[key]`,
        "extensions.mulberry.last_run",
      );
      return typeof json === "string" ? parseReport(json) : undefined;
    },
    async run() {
      const wanted = await stage.request();
      const giveUpAt = performance.now() + reportLimitMs;
      for (;;) {
        const seen = await stage.lastRun();
        if (seen?.runNow === wanted) return seen;
        if (performance.now() > giveUpAt) throw new Error("the browser reported no new run");
        await new Promise((done) => setTimeout(done, 25));
      }
    },
    async events(category) {
      await server.ingest.settled();
      const all = await Array.fromAsync(server.ingest.events());
      return all.filter((event) => event.category === category);
    },
    async shown(...apis) {
      const seen = (await ask(
        `(apis) => Promise.all(apis.map((api) =>
          api.split(".").reduce((place, name) => place[name], chrome).get({})))`,
        apis,
      )) as readonly SettingOnShow[];
      return seen.map(({ value, levelOfControl }) => [value, levelOfControl]);
    },
    async [Symbol.asyncDispose]() {
      await close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return { stage, browser };
}
