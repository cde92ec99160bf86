import type { Command } from "commander";
import { readDrafts } from "../authoring/drafts.ts";
import { type PublishedRecipe, publishDrafts } from "../authoring/publish.ts";
import { liveRecipes, rivalries } from "../authoring/rivals.ts";
import type { ServerConfig } from "../config.ts";
import { describeFinding, ServerError } from "../errors.ts";
import { keyFolder } from "../store/key-files.ts";
import { openWorkplace, serverUrlOf } from "../workplace.ts";
import { readRecipeFiles } from "./input-files.ts";
import { parseServerUrl } from "./options.ts";
import { awaitServed } from "./presence.ts";
import { configOf, note, printJson } from "./print.ts";

interface Options {
  readonly approve?: true;
  readonly comment: string;
  readonly server?: string;
}

/** `mulberry recipe publish`: revisions from files; what there is to say beside them goes to stderr. */
export function addPublishCommand(recipe: Command): void {
  recipe
    .command("publish")
    .description("make revisions from files; prints {id, slug, revision_id, sha256, n} for each")
    .argument("<file...>")
    .option("--approve", "let them go live at once (development servers only)")
    .option("--comment <text>", "why, for whoever reads the history", "")
    .option(
      "--server <url>",
      "where clients fetch add-ons (default: this data folder's server)",
      parseServerUrl,
    )
    .option("--json", "accepted for symmetry: the output is JSON anyway, one object a line")
    .action(async (paths: readonly string[], options: Options, command: Command) => {
      const config = configOf(command);
      const drafts = readDrafts(await readRecipeFiles(paths));
      const workplace = await openWorkplace(config, Date.now, (type) => {
        if (type === "keys.made")
          note("keys/made", `this folder had no signing keys: made ${keyFolder(config.dataDir)}`);
      });
      try {
        const doubts = rivalries(drafts, await liveRecipes(workplace.store));
        for (const warning of [...drafts.flatMap(({ warnings }) => warnings), ...doubts])
          process.stderr.write(`${describeFinding(warning)}\n`);
        const isApproved = options.approve === true && config.env === "development";
        const published = await publishDrafts(workplace, drafts, {
          approval: isApproved ? "approved" : "waiting",
          comment: options.comment,
          serverUrl: options.server ?? (await serverUrlOf(config)),
        });
        for (const { replaces, ...one } of published) {
          printJson(one);
          noteReplaced(one, replaces);
        }
        if (!isApproved) throw notApproved(config);
        await awaitServed(config);
      } finally {
        await workplace.close();
      }
    });
}

function noteReplaced(
  { id, slug, revision_id }: Omit<PublishedRecipe, "replaces">,
  before: string | null,
): void {
  if (before === null) return;
  const recipe = `recipe ${String(id)} (${slug})`;
  if (before === revision_id) note("publish/unchanged", `${recipe} is live as this already`);
  else
    note("publish/new-revision", `${recipe} was live: revision ${revision_id} replaces ${before}`);
}

function notApproved({ env }: ServerConfig): ServerError {
  return new ServerError(
    "approval/required",
    env === "development"
      ? "the revisions are stored and not live; --approve lets them go live on this development server"
      : 'the revisions are stored and stay that way: approval by a second person, which a production server asks for, is not there yet (docs/operations.md, "What is not there yet"); use a development server until then',
  );
}
