import type { LiveSet } from "./authoring/live.ts";
import { clientAddressFinder, type Origin } from "./client-address.ts";
import type { ServerConfig } from "./config.ts";
import type { Ingest } from "./ingest/index.ts";
import type { openLegacy } from "./legacy.ts";
import type { Metrics } from "./observe/metrics.ts";
import { consoleRoutes } from "./console/index.ts";
import { openIdentityProvider } from "./console/identity-provider.ts";
import type { ConsoleParts } from "./console/parts.ts";
import { previewOf, whyOf } from "./preview/preview.ts";
import { devRoutes } from "./routes/dev.ts";
import { type DockerflowParts, dockerflowRoutes } from "./routes/dockerflow.ts";
import { eventRoutes } from "./routes/events.ts";
import { experimentRoutes } from "./routes/experiments.ts";
import { legacyRoutes } from "./routes/legacy.ts";
import { normandyRoutes } from "./routes/normandy.ts";
import { type GuardedRoute, openTo } from "./routes/route.ts";
import { sendFailurePages } from "./console/send-failures-page.ts";
import { type SendFailureParts, sendFailureRoutes } from "./routes/send-failures.ts";
import { authoringRoutes } from "./routes/v3/index.ts";
import type { AuthoringParts } from "./routes/v3/parts.ts";
import { readChain } from "./store/legacy-files.ts";
import type { RecipeStore } from "./store/ports.ts";
import { openXpiFiles } from "./store/xpi-files.ts";
import { packageVersion } from "./version.ts";

/** Every route of a server but the read side and the ping edge. */
export function routesOf(
  config: ServerConfig,
  parts: {
    readonly store: RecipeStore;
    readonly ingest: Ingest;
    readonly metrics: Metrics;
    readonly countryOf: (origin: Origin) => Promise<string | null>;
    readonly now: () => number;
    readonly serverUrl: () => string;
    readonly legacy: ReturnType<typeof openLegacy>;
    readonly credentials: DockerflowParts["credentials"];
    readonly isBehind: DockerflowParts["isBehind"];
    readonly publish: AuthoringParts["publish"];
    readonly random: ConsoleParts["random"];
    readonly watch: ConsoleParts["watch"];
    readonly publishLive: (value: unknown) => Promise<LiveSet>;
  },
): readonly GuardedRoute[] {
  const { store, ingest, metrics, countryOf, now, serverUrl, legacy, credentials, isBehind } =
    parts;
  const version = packageVersion();
  const stored: SendFailureParts = { pings: (filter) => ingest.pings(filter) };
  const authoring: AuthoringParts = { store, now, serverUrl, metrics, publish: parts.publish };
  return [
    ...openTo("everyone", [
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
        metrics,
        countryOf,
        addressOf: clientAddressFinder(config.trustedProxies),
      }),
      ...experimentRoutes({ store }),
      ...dockerflowRoutes({ version, credentials, isBehind }),
    ]),
    ...authoringRoutes(authoring, version),
    ...consoleRoutes({
      ...authoring,
      env: config.env,
      random: parts.random,
      watch: parts.watch,
      preview: (drafts, most) =>
        previewOf(drafts, store, { dataDir: config.dataDir, nowMs: now(), most }),
      why: (draft, clientId) =>
        whyOf(draft, store, { dataDir: config.dataDir, nowMs: now(), clientId }),
      identityProvider: config.oidc && openIdentityProvider(config.oidc),
    }),
    ...(config.env === "development"
      ? openTo("loopback", [
          ...devRoutes({ publishLive: parts.publishLive }),
          ...eventRoutes(() => ingest.events()),
          ...sendFailureRoutes(stored),
          ...sendFailurePages(stored),
        ])
      : openTo(
          "read",
          eventRoutes(() => ingest.events()),
        )),
  ];
}
