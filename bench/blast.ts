import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { anArchiveOf } from "#kit/environments.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { propose } from "#server/authoring/proposed.ts";
import { blastRadius } from "#server/preview/blast-radius.ts";
import { exampleFiles } from "#tools/examples.ts";
import { type PromiseResult, row } from "./promise.ts";

const clients = 100_000;
/** How long an author waits for it at most, in milliseconds, on two cores. */
const limitMs = 10_000;

/**
 * The promise that a preview counts a hundred thousand browsers while its author waits: the examples
 * that need no add-on, each with another name as the set that takes their place, beside our limit.
 */
export async function run(): Promise<PromiseResult> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "mulberry-blast-"));
  try {
    const nowMs = Date.now();
    await anArchiveOf(dataDir, clients, nowMs);
    const drafts = readDrafts(await exampleFiles()).filter(
      ({ draft }) => !draft.action.startsWith("addon-"),
    );
    const options = { nowMs, extensions: { extension: () => Promise.resolve(undefined) } };
    const { set: live } = await propose(drafts, options);
    const renamed = drafts.map((one) => ({ ...one, draft: { ...one.draft, name: "another" } }));
    const { set: proposed } = await propose(renamed, options);
    const startedAt = performance.now();
    const radius = await blastRadius({ live, proposed, nowMs }, { dataDir, most: clients });
    const tookMs = performance.now() - startedAt;
    const what = `${String(proposed.entries.length)} recipes over ${String(radius.clients)} browsers`;
    return {
      name: "a preview is there while its author waits",
      rows: [row(what, tookMs, limitMs, "ms")],
      ...(tookMs > limitMs && { broken: `it took ${(tookMs / 1_000).toFixed(1)} s` }),
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
