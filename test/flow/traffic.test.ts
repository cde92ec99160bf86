import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exportStudies, serveByNginx } from "#kit/exported.ts";
import { temporaryFolder } from "#kit/server.ts";
import { findNginx, noNginx } from "#tools/nginx.ts";
import { costTable, dayOf, measureSizes, type Sizes } from "#tools/traffic.ts";

// docs/figures.md says what a client costs: its arithmetic is that of tools/traffic.ts, and its sizes
// are those of this version.

const page = await readFile(join(import.meta.dirname, "../../docs/figures.md"), "utf8");
/** The columns of the page's table of sizes. */
const columns = [20, 200] as const;

test("the page's cost per client and day follows from the page's sizes", () => {
  const day = dayOf(sizesOnPage(200));
  const lines = costTable(day).map((line) => line.replaceAll(/\s+|-+/gu, ""));
  const onPage = page.split("\n").map((line) => line.replaceAll(/\s+|-+/gu, ""));
  expect(onPage).toEqual(expect.arrayContaining(lines));
  for (const count of columns)
    expect(onPage.join("")).toContain(dayOf(sizesOnPage(count)).bytes.toLocaleString("en"));
});

test.for(columns)("the page's sizes are those of %d recipes today", async (count, { skip }) => {
  const binary = findNginx() ?? skip(noNginx);
  await using folder = await temporaryFolder();
  const { out } = await exportStudies(folder.path, count, 20_261_122);
  await using nginx = await serveByNginx(binary, join(folder.path, "nginx"), out);
  const measured = await measureSizes(nginx.url, out);
  for (const [name, bytes] of Object.entries(sizesOnPage(count))) {
    const now = measured[name as keyof Sizes];
    // Signatures and hashes do not pack alike twice.
    expect(Math.abs(now / Number(bytes) - 1), `${name}: ${String(now)} bytes`).toBeLessThan(0.03);
  }
});

function sizesOnPage(count: (typeof columns)[number]): Sizes {
  const of = (what: string): number => {
    const row = page.split("\n").find((line) => line.startsWith(`| ${what}`)) ?? "";
    return Number(row.split("|")[2 + columns.indexOf(count)]?.replaceAll(/\D/gu, ""));
  };
  return {
    probe: of("the next root"),
    unchanged: of("the bundle, unchanged"),
    bundle: of("the bundle, changed"),
    body: of("one body"),
  };
}
