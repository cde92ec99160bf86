import type { Command } from "commander";
import { readDrafts } from "../authoring/drafts.ts";
import { type PublishedRecipe, publishDrafts } from "../authoring/publish.ts";
import { liveRecipes, rivalries } from "../authoring/rivals.ts";
import type { ServerConfig } from "../config.ts";
import { describeFinding, ServerError } from "../errors.ts";
import { keyFolder } from "../store/key-files.ts";
import { openWorkplace, serverUrlOf } from "../workplace.ts";
import { bearer } from "./bearer.ts";
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
      if (options.approve === true && config.env !== "development") throw needsTwo();
      const by = await bearer();
      const drafts = readDrafts(await readRecipeFiles(paths));
      const workplace = await openWorkplace(config, Date.now, noteKeys(config));
      try {
        const doubts = rivalries(drafts, await liveRecipes(workplace.store));
        for (const warning of [...drafts.flatMap(({ warnings }) => warnings), ...doubts])
          process.stderr.write(`${describeFinding(warning)}\n`);
        const isApproved = options.approve === true;
        const published = await publishDrafts(workplace, drafts, {
          by,
          approval: isApproved ? "approved" : "waiting",
          comment: options.comment,
          serverUrl: options.server ?? (await serverUrlOf(config)),
        });
        for (const { replaces, ...one } of published) {
          printJson(one);
          noteReplaced(one, replaces);
        }
        if (isApproved) await awaitServed(config);
        else noteWaiting(config, published);
      } finally {
        await workplace.close();
      }
    });
}

/** Says that a data folder without signing keys was given some. */
export function noteKeys({
  dataDir,
}: Pick<ServerConfig, "dataDir">): (type: "keys.made" | "keys.renewed") => void {
  return (type) => {
    if (type === "keys.made")
      note("keys/made", `this folder had no signing keys: made ${keyFolder(dataDir)}`);
  };
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

function noteWaiting({ env }: ServerConfig, published: readonly PublishedRecipe[]): void {
  for (const { id, slug } of published)
    note(
      "approval/required",
      `recipe ${String(id)} (${slug}) is stored and not live: ask for it with "mulberry recipe request ${String(id)}"${env === "development" ? ", or use --approve on this development server" : ""}`,
    );
}

/** Why `--approve` is refused where two people take a recipe live. */
export function needsTwo(): ServerError {
  return new ServerError(
    "approval/required",
    '--approve is for development servers: publish without it, ask with "mulberry recipe request", and somebody else approves',
  );
}
