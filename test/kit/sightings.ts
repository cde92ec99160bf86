import { appendFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { RunningServer } from "#server/main.ts";
import { sightingOf } from "#tools/vocabulary.ts";

const root = path.join(import.meta.dirname, "../..");

/**
 * Notes each status and event that a real browser's pings bring to this server, and in which file of tests,
 * where `SIGHTINGS` names a file: `npm test` prints what it holds as a table, and what is not in it.
 */
export function noteSightings({ ingest }: Pick<RunningServer, "ingest">): void {
  const { SIGHTINGS: file } = process.env;
  if (file === undefined) return;
  const known = new Set<string>();
  const where = path.relative(root, expect.getState().testPath ?? "");
  ingest.onEvent((event) => {
    const line = JSON.stringify({ ...sightingOf(event), where });
    if (known.has(line)) return;
    known.add(line);
    appendFileSync(file, `${line}\n`);
  });
}
