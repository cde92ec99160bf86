import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { makeApp } from "./app.ts";
import { limitAttempts } from "./attempt-limit.ts";
import { type LiveSet, publishLive } from "./authoring/live.ts";
import { type PublishedRecipe, publishDrafts } from "./authoring/publish.ts";
import { readDrafts, type RecipeFile } from "./authoring/drafts.ts";
import type { ServerConfig } from "./config.ts";
import { consolePages } from "./console/index.ts";
import { clientAddressFinder, type Origin } from "./client-address.ts";
import { ServerError } from "./errors.ts";
import { IngestError } from "./ingest/errors.ts";
import { type Ingest, openIngest } from "./ingest/index.ts";
import { keepingLookMs, makeKeeping } from "./keeping.ts";
import { openKeyring } from "./keyring.ts";
import { openLegacy } from "./legacy.ts";
import { listen } from "./node.ts";
import { type Log, silentLog } from "./observe/log.ts";
import { openMetering, timed } from "./observe/metering.ts";
import { listCredentials } from "./publish/credentials.ts";
import { type Publishing, refreshPublication } from "./publish/publication.ts";
import { openPublishedSet } from "./publish/published-set.ts";
import type { Signer } from "./publish/keys.ts";
import { routesOf } from "./route-table.ts";
import { openGuard, watchTokens } from "./routes/guard.ts";
import { answerReadSide } from "./routes/read-side.ts";
import type { AuthoringParts } from "./routes/v3/parts.ts";
import { openCountries } from "./store/countries.ts";
import { openPublicFiles } from "./store/public-files.ts";
import { announcedServer, announceServer, openStore, urlOf } from "./workplace.ts";

/** What a test or a tool may replace. */
export interface ServerDeps {
  readonly log?: Log;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Calls `run` every `ms` milliseconds until the function that it returns is called. */
  readonly every?: (ms: number, run: () => void) => () => void;
}

/** A server that listens. */
export interface RunningServer {
  /** Where it is reached on this machine, without a trailing slash. */
  readonly url: string;
  /** As `PUT /api/dev/live`: replaces the whole live set. Development servers only use it. */
  publishLive(recipes: unknown): Promise<LiveSet>;
  /** As `mulberry recipe publish --approve`. @throws RefusedFiles */
  publishFiles(
    files: readonly RecipeFile[],
    options?: { readonly comment?: string },
  ): Promise<readonly PublishedRecipe[]>;
  /** The ping store: `onEvent` tells of each event as it is accepted. */
  readonly ingest: Ingest;
  /** Resolves when what its timers have begun is done. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** How soon a set that a command published is served, in milliseconds at most. */
const watchMs = 250;
/** How often the age of what is signed is looked at. */
const upkeepMs = 60_000;
/** A manifest is signed anew when it is older. */
const resignMs = 86_400_000;

/**
 * Starts a server on a data folder: keys (a development server makes its own), store, ping store,
 * the present set signed and in memory, then the port.
 *
 * @throws ServerError `data/*`, `keys/*`, `server/*`; IngestError `ingest/locked` when another server
 *   runs on the same folder
 */
export async function startServer(
  config: ServerConfig,
  deps: ServerDeps = {},
): Promise<RunningServer> {
  const { log = silentLog, now = Date.now, every = realTimer } = deps;
  const closers: (() => void | Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    const metering = await openMetering(config.statsd, { log, every });
    closers.push(() => metering.close());
    const { metrics } = metering;
    const store = await openStore(config);
    closers.push(() => store.close());
    const keyring = (): Promise<Signer> =>
      openKeyring(config, now, (type) => {
        log.info(type, { folder: config.dataDir });
      });
    let signer = await keyring();
    const legacy = openLegacy(config.dataDir, () => signer);
    const files = openPublicFiles(config.dataDir);
    const publishing: Publishing = {
      store,
      files,
      now,
      get signer() {
        return signer;
      },
      isLegacyServed: async () => (await legacy()) !== undefined,
    };
    const ingest = await openIngest({
      dataDir: config.dataDir,
      mode: config.env,
      clock: { nowMs: now, delay: (ms) => delay(ms) },
      metrics,
      report: ({ code, message, cause }) => {
        log.warn(code, { message, ...(cause instanceof Error ? { cause: cause.message } : {}) });
      },
    }).catch((error: unknown) => refuseSecond(config.dataDir, error));
    closers.push(() => ingest.close());

    const failed = (type: string) => (error: unknown) => {
      log.error(type, { error: error instanceof Error ? error.message : String(error) });
    };
    await refreshPublication(publishing, resignMs).catch((error: unknown) => {
      // Pings and what was signed before are worth a server all the same; the health check is red.
      if (!isOfKeys(error)) throw error;
      failed("publish.upkeep-failed")(error);
    });
    const set = openPublishedSet(files, now);
    await set.reload();

    let serverUrl = config.publicUrl ?? urlOf(config.host, config.port);
    const publish: AuthoringParts["publish"] = async (work) => {
      // A command may have rotated the keys.
      signer = await keyring();
      const answer = await timed(metrics, "publish.recipes", () => work(publishing));
      await set.reload();
      return answer;
    };
    const publishLiveNow = async (value: unknown): Promise<LiveSet> => {
      const answer = await publish(() => publishLive(publishing, value, serverUrl));
      metrics.incr("recipe.publish", {}, answer.recipes.length);
      return answer;
    };
    const addressOf = clientAddressFinder(config.trustedProxies);
    const countries = openCountries();
    const countryOf = (origin: Origin): Promise<string | null> => countries(addressOf(origin));
    const random = (): Uint8Array => randomBytes(32);
    const tokenWatch = watchTokens(limitAttempts(random(), now), addressOf);
    const app = makeApp(
      routesOf(config, {
        store,
        ingest,
        metrics,
        countryOf,
        now,
        serverUrl: () => serverUrl,
        legacy,
        credentials: async () => {
          const signed = {
            publication: await store.latestPublication(),
            halt: await files.halt(),
            legacy: (await legacy())?.certificates,
          };
          return listCredentials(signer, signed, now());
        },
        isBehind: () => set.isBehind(),
        publish,
        random,
        watch: tokenWatch,
        publishLive: publishLiveNow,
      }),
      log,
      openGuard({ store, now, watch: tokenWatch }),
      consolePages({ store, now, serverUrl: () => serverUrl }),
    );
    const listener = await listen(
      {
        readSide: (request) =>
          answerReadSide(set, request, { isDevelopment: config.env === "development" }),
        ingest,
        // A ping is worth more than where it came from.
        countryOf: (origin) =>
          countryOf(origin).catch((error: unknown) => {
            failed("ingest.no-country")(error);
            return null;
          }),
        app,
        log,
        metrics: metering.isOn ? metrics : undefined,
      },
      config,
    );
    closers.push(() => listener.close());
    const url = urlOf(config.host, listener.port);
    serverUrl = config.publicUrl ?? url;
    await announceServer(config.dataDir, { url: serverUrl, local: url });

    const upkeep = async (): Promise<void> => {
      signer = await keyring();
      if (await refreshPublication(publishing, resignMs)) log.info("manifest.signed");
      await set.reload();
    };
    const follow = async (): Promise<void> => {
      // Whoever published may have done so with other keys.
      if (await set.reload()) signer = await keyring();
    };
    metering.watch({
      ingest,
      liveRecipes: async () => (await store.liveRevisions()).length,
    });
    const watch = alone(follow, failed("publish.reload-failed"));
    const tend = alone(
      () => timed(metrics, "publish.upkeep", upkeep),
      failed("publish.upkeep-failed"),
    );
    const keep = alone(
      makeKeeping({ config, ingest, now, log, metrics }),
      failed("pings.keeping-failed"),
    );
    const settled = async (): Promise<void> => {
      await watch.settled();
      await tend.settled();
      await keep.settled();
    };
    closers.push(settled);
    closers.push(every(watchMs, watch.run), every(upkeepMs, tend.run));
    closers.push(every(keepingLookMs, keep.run));
    keep.run();
    log.info("server.listening", { url, env: config.env, data: config.dataDir });

    return {
      url,
      ingest,
      publishLive: publishLiveNow,
      async publishFiles(recipeFiles, { comment = "" } = {}) {
        const published = await publish(() =>
          publishDrafts(publishing, readDrafts(recipeFiles), {
            by: "operator",
            approval: config.env === "development" ? "approved" : "waiting",
            comment,
            serverUrl,
          }),
        );
        metrics.incr("recipe.publish", {}, published.length);
        return published;
      },
      settled,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Keys that are over, used up or not yet valid: nothing can be signed, and all else goes on. */
function isOfKeys(error: unknown): boolean {
  return (
    error instanceof ServerError &&
    ["keys/expired", "keys/exhausted", "keys/not-yet-valid", "keys/command-failed"].includes(
      error.code,
    )
  );
}

/** Who starts a second server on a folder is told where the first one is. */
async function refuseSecond(dataDir: string, error: unknown): Promise<never> {
  if (!(error instanceof IngestError) || error.code !== "ingest/locked") throw error;
  const running = await announcedServer(dataDir);
  const where = running === undefined ? "" : ` and answers at ${running.local}`;
  throw new IngestError(
    error.code,
    `a server runs on ${dataDir} already${where}: use that one, end it with Ctrl-C where it was started, or name another folder with --data`,
    { cause: error },
  );
}

/** Runs work that may not overlap with itself; a call while it runs is left out. */
function alone(
  work: () => Promise<unknown>,
  failed: (error: unknown) => void,
): { readonly run: () => void; readonly settled: () => Promise<void> } {
  let running: Promise<void> | undefined;
  return {
    run: () => {
      running ??= work()
        .then(() => undefined, failed)
        .finally(() => {
          running = undefined;
        });
    },
    settled: () => running ?? Promise.resolve(),
  };
}

function realTimer(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  return () => {
    clearInterval(timer);
  };
}
