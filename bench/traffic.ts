import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportStudies, serveByNginx } from "#kit/exported.ts";
import { ensureNginx } from "#tools/nginx.ts";
import { assumptions, dayOf, dayWithoutDelta, measureSizes } from "#tools/traffic.ts";
import { type PromiseResult, row, type Row } from "./promise.ts";

const seed = 20_261_122;
const counts = [20, 200] as const;

/**
 * Bytes on the wire for one client and day, by docs/nginx.conf: what is fetched because a client has not
 * got it, beside fetching everything in each run. The promise: an unchanged set costs less than a
 * fifth of that, and less than two kilobytes beside the connection.
 */
export async function run(): Promise<PromiseResult> {
  const binary = await ensureNginx(() => undefined);
  const rows: Row[] = [];
  let broken: string | undefined;
  for (const count of counts) {
    const folder = await mkdtemp(path.join(tmpdir(), "mulberry-traffic-"));
    try {
      const { out } = await exportStudies(folder, count, seed);
      await using nginx = await serveByNginx(binary, path.join(folder, "nginx"), out);
      const sizes = await measureSizes(nginx.url, out);
      const [ours, whole] = [dayOf(sizes).bytes, dayWithoutDelta(sizes, count).bytes];
      const what = `${String(count)} recipes`;
      rows.push(
        row(
          `${what}: root that is not there; beside it 304`,
          sizes.probe,
          sizes.unchanged,
          "bytes",
        ),
        row(`${what}: one body; beside it the bundle`, sizes.body, sizes.bundle, "bytes"),
        row(`${what}: a client's day; beside it all of the set each time`, ours, whole, "bytes"),
      );
      if (sizes.unchanged > 2_000)
        broken = "promised: an unchanged set costs less than 2,000 bytes";
      if (count === counts[1] && whole / ours < 5)
        broken = "promised: a fifth of what fetching everything costs";
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return {
    name: `traffic (${String(assumptions.runsPerDay)} runs a day, seed ${String(seed)})`,
    rows,
    ...(broken !== undefined && { broken }),
  };
}
