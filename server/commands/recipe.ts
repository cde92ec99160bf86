import type { Command } from "commander";
import { findRecipe } from "../authoring/find.ts";
import { disableRecipe } from "../authoring/publish.ts";
import { ServerError } from "../errors.ts";
import type { RecipeStore, StoredRecipe, StoredRevision } from "../store/ports.ts";
import { requireData } from "../data-folder.ts";
import { openWorkplace } from "../workplace.ts";
import { bearer } from "./bearer.ts";
import { awaitServed } from "./presence.ts";
import { configOf, printJson, printLine, printTable } from "./print.ts";
import { addApplyCommand } from "./recipe-apply.ts";
import { addApprovalCommands } from "./recipe-approval.ts";
import { addCheckCommand } from "./recipe-check.ts";
import { addDiffCommand } from "./recipe-diff.ts";
import { addLogCommand } from "./recipe-log.ts";
import { addPreviewCommand } from "./recipe-preview.ts";
import { addPublishCommand } from "./recipe-publish.ts";
import { addPullCommand } from "./recipe-pull.ts";
import { addSchemaCommand } from "./recipe-schema.ts";
import { withRegister } from "./with-register.ts";

/** `mulberry recipe …`: from files to what clients get. */
export function addRecipeCommand(program: Command): Command {
  const recipe = program
    .command("recipe")
    .description("check, publish, approve, list and stop recipes; apply and pull folders of them");
  addCheckCommand(recipe);
  addPreviewCommand(recipe);
  addPublishCommand(recipe);
  addApplyCommand(recipe);
  addPullCommand(recipe);
  addSchemaCommand(recipe);
  addApprovalCommands(recipe);
  addDisable(recipe);
  addList(recipe);
  addShow(recipe);
  addDiffCommand(recipe);
  addLogCommand(recipe);
  return recipe;
}

function addDisable(recipe: Command): void {
  recipe
    .command("disable")
    .description("take a recipe away from clients; they leave it at their next run")
    .argument("<recipe>", "the recipe's id or slug")
    .option("--json", "print JSON")
    .action(async (name: string, { json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      requireData(config);
      const by = await bearer();
      const workplace = await openWorkplace(config, Date.now);
      try {
        const { id } = await findRecipe(workplace.store, name);
        const disabled = await disableRecipe(workplace, id, by);
        if (json === true) printJson(disabled);
        else
          printLine(
            `recipe ${disabled.id} (${disabled.slug}) is no longer live since manifest ${disabled.n}`,
          );
        await awaitServed(config);
      } finally {
        await workplace.close();
      }
    });
}

function addList(recipe: Command): void {
  recipe
    .command("list")
    .description("list every recipe")
    .option("--json", "print a JSON array")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      await withRegister(command, async ({ store }) => {
        const requests = await store.requests();
        const rows = [];
        for (const one of await store.recipes()) {
          const { id, slug } = one;
          const waiting = requests.some(
            ({ recipeId, state }) => recipeId === id && state === "pending",
          );
          const { action, name, revisionId } = await shownRevision(store, one);
          rows.push({
            id,
            slug,
            revision_id: revisionId,
            action,
            name,
            live: one.live !== null,
            waiting,
          });
        }
        if (json === true) {
          printJson(rows);
          return;
        }
        printTable([
          ["ID", "SLUG", "REVISION", "ACTION", "LIVE", "WAITS", "NAME"],
          ...rows.map(({ id, slug, revision_id, action, live, waiting, name }) => [
            String(id),
            slug,
            revision_id,
            action,
            live ? "yes" : "no",
            waiting ? "yes" : "no",
            name,
          ]),
        ]);
      });
    });
}

interface ShowOptions {
  readonly sha256?: string;
  readonly json?: true;
}

function addShow(recipe: Command): void {
  recipe
    .command("show")
    .description("print one recipe with its history")
    .argument("<recipe>", "the recipe's id or slug")
    .option(
      "--sha256 <hash>",
      "the revision with this hash (default: what is live, else the newest)",
    )
    .option("--json", "print JSON on one line")
    .action(async (name: string, { sha256, json }: ShowOptions, command: Command) => {
      await withRegister(command, async ({ store }) => {
        const found = await findRecipe(store, name);
        const { id } = found;
        const history = await store.revisionsOf(id);
        const shown =
          sha256 === undefined
            ? await shownRevision(store, found)
            : history.find((revision) => revision.sha256 === sha256);
        if (shown === undefined)
          throw new ServerError(
            "recipe/not-found",
            `recipe ${String(id)} has no revision with the sha256 ${sha256 ?? ""}`,
          );
        const described = {
          id,
          slug: found.slug,
          live: found.live !== null,
          sha256: shown.sha256,
          recipe: JSON.parse(shown.body) as unknown,
          revisions: history.map(
            ({ number, revisionId, author, createdMs, comment, sha256: hash }) => ({
              revision_id: revisionId,
              created: new Date(createdMs).toISOString(),
              author,
              comment,
              sha256: hash,
              live: number === found.live,
            }),
          ),
        };
        if (json === true) printJson(described);
        else JSON.stringify(described, undefined, 2).split("\n").forEach(printLine);
      });
    });
}

/** What clients get, else what is newest. */
async function shownRevision(store: RecipeStore, recipe: StoredRecipe): Promise<StoredRevision> {
  const revision = await store.revision(recipe.live ?? recipe.latest);
  if (revision !== undefined) return revision;
  throw new ServerError("data/damaged", `recipe ${String(recipe.id)} has lost its revision`);
}
