import { embeddedIn } from "#server/data-folder.ts";
import { publishDrafts } from "#server/authoring/publish.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { exportReadSide } from "#server/publish/export.ts";
import { openServedFiles, openStaticFolder } from "#server/store/static-folder.ts";
import { openWorkplace } from "#server/workplace.ts";

// Publishes and exports one change after another until it is killed: `node export-child.ts DIR OUT SLUG`.

const [dataDir = "", out = "", slug = ""] = process.argv.slice(2);
const workplace = await openWorkplace({ ...embeddedIn(dataDir), env: "development" }, Date.now);
const source = openServedFiles(dataDir);
const target = openStaticFolder(out);
for (let round = 0; ; round += 1) {
  const text = JSON.stringify({
    name: `${slug} ${String(process.pid)} ${String(round)}`,
    action: "console-log",
    slug,
    arguments: { message: String(round) },
  });
  await publishDrafts(workplace, readDrafts([{ file: "recipe.json", text }]), {
    by: "operator",
    approval: "approved",
    comment: "",
    serverUrl: "http://127.0.0.1:8000",
  });
  await exportReadSide({
    source,
    target,
    nowMs: Date.now(),
    alone: (work) => workplace.store.transaction(work),
  }).catch((error: unknown) => {
    // The other exporter was faster with a later set: nothing is to be done.
    if (!(error instanceof Error && "code" in error && error.code === "export/newer-set"))
      throw error;
  });
  process.stdout.write(`exported ${String(round)}\n`);
}
