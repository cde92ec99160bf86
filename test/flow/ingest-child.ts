import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { openIngest } from "#server/ingest/index.ts";
import { bodyOf } from "#server/request-body.ts";

// The process that test/flow/ingest-kill.test.ts kills: ingestion behind a bare HTTP server. It is
// started ahead of its turn, and opens the folder when it is told to.

const [dataDir = "", mode = ""] = process.argv.slice(2);
await once(process, "message");
const ingest = await openIngest({
  dataDir,
  mode: mode === "production" ? "production" : "development",
  clock: { nowMs: () => Date.now(), delay: (ms) => delay(ms) },
  // Small, so that kills also fall into the moment of a rotation.
  limits: { segmentBytes: 4_000 },
});

const server = createServer((request, response) => {
  const { method = "", url = "", headers } = request;
  void ingest.submit({ method, url, headers, readBody: bodyOf(request) }).then((answer) => {
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.send?.(address.port);
});
