import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import * as v from "valibot";

// Unleash with that many features, on a PostgreSQL of its own: `node unleash.ts JSON`.

const job = v.object({
  /** Where `unleash-server` is installed. */
  folder: v.string(),
  /** PostgreSQL's folder for its socket. */
  socket: v.string(),
  token: v.string(),
  features: v.number(),
});
const { folder, socket, token, features } = v.parse(job, JSON.parse(process.argv[2] ?? ""));

interface Unleash {
  start(options: object): Promise<{ readonly server: { address(): unknown } }>;
}

const entry = createRequire(`${folder}/package.json`).resolve("unleash-server");
const unleash = (await import(pathToFileURL(entry).href)) as Unleash;
const { server } = await unleash.start({
  db: {
    host: socket,
    port: 5432,
    user: "postgres",
    password: "",
    database: "postgres",
    ssl: false,
  },
  server: { host: "127.0.0.1", port: 0, keepAliveTimeout: 60_000, headersTimeout: 61_000 },
  authentication: {
    type: "none",
    initApiTokens: [
      {
        projects: ["*"],
        environment: "development",
        secret: token,
        type: "client",
        tokenName: "bench",
      },
    ],
  },
  versionCheck: { enable: false },
  telemetry: false,
  logLevel: "error",
});
const address = server.address();
const port =
  typeof address === "object" && address !== null && "port" in address ? address.port : 0;
const url = `http://127.0.0.1:${String(port)}`;

const names = Array.from({ length: features }, (_, index) => `study-${String(index)}`);
const answer = await fetch(`${url}/api/admin/features-batch/import`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    project: "default",
    environment: "development",
    data: {
      features: names.map((name) => ({
        name,
        type: "experiment",
        description: `The study ${name}`,
      })),
      featureStrategies: names.map((featureName) => ({
        featureName,
        name: "flexibleRollout",
        parameters: { rollout: "50", stickiness: "default", groupId: featureName },
        constraints: [],
        segments: [],
      })),
      featureEnvironments: names.map((name) => ({
        name,
        featureName: name,
        environment: "development",
        enabled: true,
      })),
      contextFields: [],
      featureTags: [],
      segments: [],
      tagTypes: [],
    },
  }),
});
if (!answer.ok)
  throw new Error(`the import was answered ${String(answer.status)}: ${await answer.text()}`);
process.stdout.write(`url=${url}\n`);
