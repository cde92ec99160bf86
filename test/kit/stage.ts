import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { buildExtension, type BuildOptions } from "#extension/vite.config.ts";
import { parseSignedRoot } from "#recipes/manifest-parse.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";
import { embeddedIn } from "#server/data-folder.ts";
import { addExtension } from "#server/authoring/extensions.ts";
import { readConfig } from "#server/config.ts";
import type { StoredEvent } from "#server/ingest/index.ts";
import { type RunningServer, startServer } from "#server/main.ts";
import { readKeyFiles } from "#server/store/key-files.ts";
import { openXpiFiles } from "#server/store/xpi-files.ts";
import { openStore } from "#server/workplace.ts";
import { noteSightings } from "./sightings.ts";
import { type Firefox, type FirefoxOptions, launchFirefox } from "./firefox.ts";
import { packXpi } from "#tools/xpi.ts";

const report = v.looseObject({
  runId: v.string(),
  trigger: v.string(),
  finishedAt: v.string(),
  runner: v.string(),
  reason: v.optional(v.string()),
  ep: v.number(),
  n: v.number(),
  /** The `run_now` that it obeyed, whatever else it was begun for. */
  runNow: v.number(),
  recipes: v.record(v.string(), v.string()),
  timings: v.object({ total: v.number(), sync: v.number(), verify: v.number() }),
});
/** `extensions.mulberry.last_run`, as QA reads it. */
export type LastRun = v.InferOutput<typeof report>;

export function parseReport(json: string): LastRun {
  return v.parse(report, JSON.parse(json));
}

/** A real server and a real Firefox that listens to it. `await using` ends both. */
export interface Stage extends AsyncDisposable {
  readonly server: RunningServer;
  readonly firefox: Firefox;
  readonly dataDir: string;
  /** Replaces the live set. */
  publish(recipes: readonly unknown[]): Promise<void>;
  /** Asks for a run and waits for its report. */
  run(): Promise<LastRun>;
  /** The next report that is not `after`, of a run begun for that reason where one is named. */
  nextRun(after: LastRun | undefined, trigger?: string): Promise<LastRun>;
  /** Everything that the server has stored, oldest first. */
  events(category?: string): Promise<readonly StoredEvent[]>;
  /**
   * Takes an add-on in.
   * @param changes - files in the place of the folder's own
   * @returns the id for `extensionApiId`
   */
  addAddon(folder: string, changes?: Readonly<Record<string, string>>): Promise<number>;
}

/** How long a run may take to report here: much more than it ever does. */
const reportLimitMs = 90_000;

/** Starts a development server on a new data folder and Firefox with the extension installed for good. */
export async function openStage(
  prefs: Readonly<Record<string, PreferenceValue>> = {},
  { binary, ...build }: Pick<BuildOptions, "denied"> & Pick<FirefoxOptions, "binary"> = {},
): Promise<Stage> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "mulberry-stage-"));
  const server = await startServer(
    readConfig({ MULBERRY_ENV: "development", MULBERRY_DATA: dataDir, MULBERRY_PORT: "0" }),
  );
  noteSightings(server);
  const built = path.join(dataDir, "firefox");
  await buildExtension({
    browser: "firefox",
    outDir: built,
    root: parseSignedRoot(JSON.parse((await readKeyFiles(dataDir)).root)),
    serverUrl: server.url,
    ...build,
  });
  const firefox = await launchFirefox({
    permanentDir: built,
    ...(binary === undefined ? {} : { binary }),
    prefs: { "extensions.mulberry.dev_mode": true, ...prefs },
  });

  const lastRun = async (): Promise<LastRun | undefined> => {
    const json = await firefox.getPref("extensions.mulberry.last_run");
    return typeof json === "string" ? parseReport(json) : undefined;
  };
  const awaited = async (isIt: (seen: LastRun) => boolean): Promise<LastRun> => {
    const giveUpAt = performance.now() + reportLimitMs;
    for (;;) {
      const seen = await lastRun();
      if (seen !== undefined && isIt(seen)) return seen;
      if (performance.now() > giveUpAt) throw new Error("Firefox reported no new run");
      await delay(25);
    }
  };
  let asked = 0;
  const stage: Stage = {
    server,
    firefox,
    dataDir,
    async publish(recipes) {
      await server.publishLive(recipes);
    },
    async run() {
      asked += 1;
      await firefox.setPref("extensions.mulberry.run_now", asked);
      // A run that the browser began by itself may be on its way, over the set before this one.
      return awaited((seen) => seen.runNow === asked);
    },
    nextRun: (after, trigger) =>
      awaited(
        (seen) =>
          seen.runId !== after?.runId && (trigger === undefined || seen.trigger === trigger),
      ),
    async events(category) {
      await server.ingest.settled();
      const all = await Array.fromAsync(server.ingest.events());
      return all.filter((event) => category === undefined || event.category === category);
    },
    async addAddon(folder, changes) {
      const store = await openStore(embeddedIn(dataDir));
      try {
        const files = openXpiFiles(dataDir);
        const xpi = await packXpi(folder, changes);
        return (await addExtension({ store, files, now: Date.now }, xpi)).id;
      } finally {
        await store.close();
      }
    },
    async [Symbol.asyncDispose]() {
      // Nothing of the profile is wanted any more: Firefox need not take its time.
      await firefox.kill();
      await firefox.close();
      await server.close();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return stage;
}
