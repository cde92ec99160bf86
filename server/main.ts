import { setTimeout as delay } from "node:timers/promises";
import { makeApp } from "./app.ts";
import { type LiveSet, publishLive } from "./authoring/live.ts";
import { type PublishedRecipe, publishDrafts } from "./authoring/publish.ts";
import { readDrafts, type RecipeFile } from "./authoring/drafts.ts";
import type { ServerConfig } from "./config.ts";
import { clientAddressFinder } from "./client-address.ts";
import { ServerError } from "./errors.ts";
import { IngestError } from "./ingest/errors.ts";
import { type Ingest, openIngest } from "./ingest/index.ts";
import { openKeyring } from "./keyring.ts";
import { openLegacy } from "./legacy.ts";
import { listen } from "./node.ts";
import { type Log, silentLog } from "./observe/log.ts";
import { listCredentials } from "./publish/credentials.ts";
import { type Publishing, refreshPublication } from "./publish/publication.ts";
import { openPublishedSet } from "./publish/published-set.ts";
import type { Signer } from "./publish/keys.ts";
import { devRoutes } from "./routes/dev.ts";
import { type DockerflowParts, dockerflowRoutes } from "./routes/dockerflow.ts";
import { legacyRoutes } from "./routes/legacy.ts";
import { normandyRoutes } from "./routes/normandy.ts";
import { answerReadSide } from "./routes/read-side.ts";
import type { Route } from "./routes/route.ts";
import { sendFailureRoutes } from "./routes/send-failures.ts";
import { statusRoutes } from "./routes/status.ts";
import { openCountries } from "./store/countries.ts";
import { readChain } from "./store/legacy-files.ts";
import { openPublicFiles } from "./store/public-files.ts";
import type { RecipeStore } from "./store/ports.ts";
import { openXpiFiles } from "./store/xpi-files.ts";
import { packageVersion } from "./version.ts";
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
    const store = await openStore(config.dataDir);
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
    const publishLiveNow = async (value: unknown): Promise<LiveSet> => {
      // A command may have rotated the keys.
      signer = await keyring();
      const answer = await publishLive(publishing, value, serverUrl);
      await set.reload();
      return answer;
    };
    const app = makeApp(
      routesOf(config, {
        store,
        ingest,
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
        publishLive: publishLiveNow,
      }),
      log,
    );
    const listener = await listen(
      {
        readSide: (request) =>
          answerReadSide(set, request, { isDevelopment: config.env === "development" }),
        ingest,
        app,
        log,
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
    const watch = alone(follow, failed("publish.reload-failed"));
    const tend = alone(upkeep, failed("publish.upkeep-failed"));
    const settled = async (): Promise<void> => {
      await watch.settled();
      await tend.settled();
    };
    closers.push(settled);
    closers.push(every(watchMs, watch.run), every(upkeepMs, tend.run));
    log.info("server.listening", { url, env: config.env, data: config.dataDir });

    return {
      url,
      ingest,
      publishLive: publishLiveNow,
      async publishFiles(recipeFiles, { comment = "" } = {}) {
        signer = await keyring();
        const published = await publishDrafts(publishing, readDrafts(recipeFiles), {
          approval: config.env === "development" ? "approved" : "waiting",
          comment,
          serverUrl,
        });
        await set.reload();
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

function routesOf(
  config: ServerConfig,
  parts: {
    readonly store: RecipeStore;
    readonly ingest: Ingest;
    readonly now: () => number;
    readonly serverUrl: () => string;
    readonly legacy: ReturnType<typeof openLegacy>;
    readonly credentials: DockerflowParts["credentials"];
    readonly isBehind: DockerflowParts["isBehind"];
    readonly publishLive: (value: unknown) => Promise<LiveSet>;
  },
): readonly Route[] {
  const { store, ingest, now, serverUrl, legacy, credentials, isBehind } = parts;
  const version = packageVersion();
  return [
    ...statusRoutes({ store, env: config.env, version }),
    // Before Normandy's other routes: a recipe's id may be anything to them.
    ...legacyRoutes({
      store,
      signer: legacy,
      chain: (name) => readChain(config.dataDir, name),
      serverUrl,
      now,
    }),
    ...normandyRoutes({
      store,
      xpis: openXpiFiles(config.dataDir),
      serverUrl,
      now,
      countryOf: openCountries(),
      clientAddress: clientAddressFinder(config.trustedProxies),
    }),
    ...dockerflowRoutes({ version, credentials, isBehind }),
    ...(config.env === "development"
      ? [
          ...devRoutes({ publishLive: parts.publishLive, events: () => ingest.events() }),
          ...sendFailureRoutes({ pings: (filter) => ingest.pings(filter) }),
        ]
      : []),
  ];
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
