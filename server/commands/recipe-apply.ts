import type { Command } from "commander";
import { type CheckedDraft, readDrafts } from "../authoring/drafts.ts";
import { type FolderPlan, isIdle, planFolder } from "../authoring/folder-plan.ts";
import { describeFinding, ServerError } from "../errors.ts";
import { confirm } from "./confirm.ts";
import { type Depot, type Kept, openLocalDepot } from "./depot.ts";
import { readRecipeFiles } from "./input-files.ts";
import { parseServerUrl } from "./options.ts";
import { called, printPlan } from "./plan-lines.ts";
import { configOf, printJson, printLine } from "./print.ts";
import { filesOfFolder } from "./recipe-folder.ts";
import { needsTwo, noteKeys } from "./recipe-publish.ts";
import { openRemoteDepot } from "./remote-depot.ts";

interface Options {
  readonly server?: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly disableMissing?: true;
  readonly approve?: true;
  readonly comment: string;
  readonly json?: true;
}

/** `mulberry recipe apply`: a folder of recipe files as the source of what is kept. */
export function addApplyCommand(recipe: Command): void {
  recipe
    .command("apply")
    .description(
      "make what is kept say what a folder of recipe files says, and ask for approval of it; shows the plan first, and does nothing where nothing differs",
    )
    .argument("<dir>", "a folder of recipe files")
    .option(
      "--server <url>",
      "a server, asked over its API with MULBERRY_TOKEN (default: the data folder)",
      parseServerUrl,
    )
    .option("--yes", "make the changes without asking")
    .option("--dry-run", "print the plan and change nothing")
    .option("--disable-missing", "take live recipes that no file speaks of away from clients")
    .option("--approve", "let them go live at once (development servers only)")
    .option("--comment <text>", "why, for whoever reads the history", "")
    .option("--json", "print one JSON object: the plan, and what was done")
    .action(async (dir: string, options: Options, command: Command) => {
      const config = configOf(command);
      const { server } = options;
      const isApproved = options.approve === true;
      if (isApproved && (server !== undefined || config.env !== "development")) throw needsTwo();
      const drafts = readDrafts(await readRecipeFiles(await filesOfFolder(dir)));
      for (const warning of drafts.flatMap(({ warnings }) => warnings))
        process.stderr.write(`${describeFinding(warning)}\n`);
      const wishes = {
        isMissingDisabled: options.disableMissing === true,
        isWaitingLive: isApproved,
      };
      await using depot =
        server === undefined
          ? await openLocalDepot(config, noteKeys(config))
          : await openRemoteDepot(server);
      const plan = await planFolder(drafts, depot.shelf, wishes);
      if (options.json !== true) printPlan(plan, { isApproved });
      if (options.dryRun === true || isIdle(plan)) {
        if (options.json === true) printJson({ plan });
        return;
      }
      if (!isApproved && !depot.isNamed && plan.files.some((step) => step.do !== "nothing"))
        throw needsName();
      if (options.yes !== true) await confirm(`Make these changes in ${depot.called}?`);
      const done: Done[] = [];
      await carryOut(plan, drafts, depot, {
        comment: options.comment,
        isApproved,
        tell: (one) => {
          done.push(one);
          if (options.json !== true) printLine(doneLine(one));
        },
      });
      if (options.json === true) printJson({ plan, done });
    });
}

/** What was done to one recipe. */
type Done =
  | (Kept & { readonly did: "live" | "asked" })
  | (Pick<Kept, "id" | "slug"> & { readonly did: "disabled" });

/**
 * Revisions first, all of them; then the requests for approval; what ends, last. A second try goes on
 * where the first one was stopped.
 *
 * @param tell - called with each thing that was done
 */
async function carryOut(
  plan: FolderPlan,
  drafts: readonly CheckedDraft[],
  depot: Depot,
  {
    comment,
    isApproved,
    tell,
  }: {
    readonly comment: string;
    readonly isApproved: boolean;
    readonly tell: (done: Done) => void;
  },
): Promise<void> {
  const wanted = new Set(plan.files.flatMap((step) => (step.do === "nothing" ? [] : [step.file])));
  const changed = drafts.filter(({ file }) => wanted.has(file));
  const ending = plan.missing.filter((step) => step.do === "disable");
  if (changed.length > 0)
    for (const kept of await depot.write(changed, { comment, isApproved })) {
      if (!isApproved) await depot.request(kept);
      tell({ ...kept, did: isApproved ? "live" : "asked" });
    }
  for (const { id, slug } of ending) {
    await depot.disable(id);
    tell({ id, slug, did: "disabled" });
  }
  if (isApproved || ending.length > 0) await depot.settle();
}

function doneLine(done: Done): string {
  const recipe = called(done);
  switch (done.did) {
    case "live":
      return `${recipe} is live`;
    case "asked":
      return `${recipe} waits for somebody else: mulberry recipe approve ${String(done.id)} --sha256 ${done.sha256}`;
    case "disabled":
      return `${recipe} is no longer live`;
  }
}

function needsName(): ServerError {
  return new ServerError(
    "access/token-missing",
    "nothing was changed: whoever asks for approval has a name, so put a token into MULBERRY_TOKEN (or use --approve on a development server)",
  );
}
