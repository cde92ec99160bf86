import { access, constants } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { requireData } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import { openLegacy } from "../legacy.ts";
import { exportLegacy } from "../publish/export-legacy.ts";
import { exportReadSide } from "../publish/export.ts";
import { refreshPublication } from "../publish/publication.ts";
import { openServedFiles, openStaticFolder } from "../store/static-folder.ts";
import { openWorkplace, serverUrlOf } from "../workplace.ts";
import { makeFolders } from "../store/atomic.ts";
import { sweepAbandoned } from "../store/sweep.ts";
import { configOf, printJson, printLine } from "./print.ts";

interface Options {
  readonly out: string;
  readonly json?: true;
}

/** A set that is older is signed anew before it goes out, as a running server does. */
const resignMs = 86_400_000;

/** `mulberry export`: everything that clients fetch, as files for any static server. */
export function addExportCommand(program: Command): void {
  program
    .command("export")
    .description("write what clients fetch as static files, signed anew where it is a day old")
    .requiredOption("--out <dir>", "the folder that a file server or CDN hands out")
    .option("--json", "print what was exported as JSON")
    .action(async ({ out, json }: Options, command: Command) => {
      const config = configOf(command);
      requireData(config);
      await prepareOut(resolve(out));
      const workplace = await openWorkplace(config, Date.now);
      try {
        await refreshPublication(workplace, resignMs);
        const target = openStaticFolder(out);
        const set = await exportReadSide({
          source: openServedFiles(config.dataDir),
          target,
          nowMs: Date.now(),
          alone: (work) => workplace.store.transaction(work),
        });
        const signer = await openLegacy(config.dataDir, () => workplace.signer)();
        const serverUrl = await serverUrlOf(config);
        const legacy =
          signer === undefined
            ? null
            : await workplace.store.transaction((store) =>
                exportLegacy({ store, target, signer, serverUrl, nowMs: Date.now() }),
              );
        const exported = { ...set, legacy };
        const folder = resolve(out);
        for (const ours of ["v2", "extensions", "api"])
          await sweepAbandoned(join(folder, ours), Date.now());
        if (json === true) {
          printJson({ out: folder, ...exported });
          return;
        }
        const { ep, n, recipes, roots, addons, halt, written } = exported;
        const besides =
          legacy === null ? "" : `; recipes for Normandy's own clients ${String(legacy)}`;
        printLine(
          `exported manifest ${String(ep)}.${String(n)} to ${folder}: recipes ${String(recipes)}, roots ${String(roots)}, add-ons ${String(addons)}, ${halt ? "a halt" : "no halt"}; files written ${String(written)}${besides}`,
        );
      } finally {
        await workplace.close();
      }
    });
}

async function prepareOut(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
    await access(folder, constants.W_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ServerError(
      "export/not-writable",
      `${folder} cannot be written (${why}): name another folder with --out`,
      { cause },
    );
  }
}
