import { archivePings } from "#server/archive/writer.ts";
import { openIngest } from "#server/ingest/index.ts";
import { aDocId, aPing, aSubmission } from "../unit/server/ingest/support.ts";

// Receives pings and archives them, turn by turn, until it is killed: `node archive-child.ts DIR FIRST`.

const [dataDir = "", first = ""] = process.argv.slice(2);
const ingest = await openIngest({
  dataDir,
  mode: "development",
  clock: { nowMs: Date.now, delay: () => Promise.resolve() },
  limits: { reserveBytes: 0 },
});
for (let number = Number(first); ; number += 3) {
  for (const one of [number, number + 1, number + 2]) await ingest.submit(aSubmission(aPing(one)));
  process.stdout.write(`received ${aDocId(number + 2)}\n`);
  // Small, so that kills fall between files and into the moment of a replacement.
  await archivePings({ dataDir, limits: { stageChars: 2_000, partBytes: 20_000 } });
  process.stdout.write("archived\n");
}
