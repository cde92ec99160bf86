import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { asFile } from "./desk.ts";
import { someFilters } from "./filters.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { aPreferenceStudy } from "./recipes.ts";
import { embeddedIn } from "#server/data-folder.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { publishDrafts } from "#server/authoring/publish.ts";
import { makeKeys } from "#server/publish/keys.ts";
import { exportReadSide } from "#server/publish/export.ts";
import { writeKeyFiles } from "#server/store/key-files.ts";
import { openServedFiles, openStaticFolder } from "#server/store/static-folder.ts";
import { openWorkplace } from "#server/workplace.ts";

/** A set of live recipes in a data folder of its own, and the same as files. */
export interface ExportedSet {
  readonly dataDir: string;
  readonly out: string;
}

/** Publishes that many preference studies, each with a filter of its own, and exports them. */
export async function exportStudies(
  folder: string,
  count: number,
  seed: number,
): Promise<ExportedSet> {
  const [dataDir, out] = [join(folder, "data"), join(folder, "out")];
  const env = "production";
  await mkdir(dataDir, { recursive: true });
  await writeKeyFiles(dataDir, await makeKeys(env, Date.now()));
  const workplace = await openWorkplace({ ...embeddedIn(dataDir), env }, Date.now);
  try {
    await publishDrafts(workplace, readDrafts(someStudies(count, seed)), {
      by: "operator",
      approval: "approved",
      comment: "",
      serverUrl: "https://mulberry.example",
    });
    await exportReadSide({
      source: openServedFiles(dataDir),
      target: openStaticFolder(out),
      nowMs: Date.now(),
      alone: (work) => workplace.store.transaction(work),
    });
  } finally {
    await workplace.close();
  }
  return { dataDir, out };
}

/** Serves a folder by docs/nginx.conf. */
export async function serveByNginx(binary: string, folder: string, out: string): Promise<Nginx> {
  const conf = await readFile(join(import.meta.dirname, "../../docs/nginx.conf"), "utf8");
  return startNginx(binary, folder, (port) =>
    replaced(
      replaced(conf, "listen 80;", `listen 127.0.0.1:${String(port)};`),
      "/srv/mulberry;",
      `${out};`,
    ),
  );
}

function someStudies(count: number, seed: number): Parameters<typeof readDrafts>[0] {
  return someFilters(count, seed).map((filter, index) =>
    asFile(
      aPreferenceStudy({
        slug: `study-${String(index)}`,
        name: `Study ${String(index)}`,
        filter_expression: filter,
        arguments: { slug: `study-${String(index)}` },
      }),
    ),
  );
}

function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new Error(`docs/nginx.conf has no "${what}"`);
  return text.replace(what, by);
}
