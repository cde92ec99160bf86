import type { Command } from "commander";
import {
  approve,
  reject,
  requestApproval,
  type Verdict,
  withdraw,
} from "../authoring/approvals.ts";
import { findRecipe } from "../authoring/find.ts";
import { requireData } from "../data-folder.ts";
import { ServerError } from "../errors.ts";
import type { StoredRequest } from "../store/ports-people.ts";
import type { RecipeReader, StoredRecipe } from "../store/ports.ts";
import { openWorkplace } from "../workplace.ts";
import { bearer } from "./bearer.ts";
import { awaitServed } from "./presence.ts";
import { configOf, printJson, printLine, printTable } from "./print.ts";
import { withRegister } from "./with-register.ts";

interface Options {
  readonly sha256?: string;
  readonly comment: string;
  readonly json?: true;
}

/** `mulberry recipe request`, `waiting`, `approve`, `reject` and `withdraw`: two people, one text. */
export function addApprovalCommands(recipe: Command): void {
  addRequest(recipe);
  addWaiting(recipe);
  addApprove(recipe);
  addEnd(recipe, {
    name: "reject",
    description: "say no to what waits, and why",
    comment: "why, for its author",
    end: reject,
  });
  addEnd(recipe, {
    name: "withdraw",
    description: "take a request back",
    comment: "why, for whoever reads the history",
    end: withdraw,
  });
}

function addRequest(recipe: Command): void {
  recipe
    .command("request")
    .description("ask that a recipe's newest revision goes live: somebody else has to approve it")
    .argument("<recipe>", "the recipe's id or slug")
    .option("--json", "print JSON")
    .action(async (name: string, { json }: Options, command: Command) => {
      const by = await bearer();
      await withRegister(command, async (register) => {
        const found = await findRecipe(register.store, name);
        const request = await requestApproval(register, by, found.id);
        if (json === true) printJson(shown(request, found));
        else
          printLine(
            `recipe ${String(found.id)} (${found.slug}) waits for somebody else: mulberry recipe approve ${String(found.id)} --sha256 ${request.sha256}`,
          );
      });
    });
}

function addWaiting(recipe: Command): void {
  recipe
    .command("waiting")
    .description("list what waits for approval")
    .option("--json", "print a JSON array")
    .action(async ({ json }: Options, command: Command) => {
      await withRegister(command, async ({ store }) => {
        const recipes = new Map((await store.recipes()).map((one) => [one.id, one]));
        const rows = (await store.requests()).flatMap((request) => {
          const found = recipes.get(request.recipeId);
          return request.state === "pending" && found !== undefined ? [shown(request, found)] : [];
        });
        if (json === true) printJson(rows);
        else if (rows.length === 0) printLine("nothing waits for approval");
        else
          printTable([
            ["ID", "SLUG", "SHA256", "BY", "SINCE"],
            ...rows.map(({ id, slug, sha256, requester, since }) => [
              String(id),
              slug,
              sha256,
              requester,
              since,
            ]),
          ]);
      });
    });
}

function addApprove(recipe: Command): void {
  recipe
    .command("approve")
    .description("let what waits go live; who wrote it or asked for it cannot")
    .argument("<recipe>", "the recipe's id or slug")
    .requiredOption("--sha256 <hash>", "of what you have looked at, as `recipe waiting` prints it")
    .option("--comment <text>", "for whoever reads the history", "")
    .option("--json", "print JSON")
    .action(async (name: string, { sha256, comment, json }: Options, command: Command) => {
      const config = configOf(command);
      requireData(config);
      const by = await bearer();
      const workplace = await openWorkplace(config, Date.now);
      try {
        const { id } = await findRecipe(workplace.store, name);
        const { id: request } = await pendingOf(workplace.store, id);
        const { slug, n } = await approve(workplace, by, { request, sha256, comment });
        if (json === true) printJson({ id, slug, sha256, n });
        else printLine(`recipe ${String(id)} (${slug}) is live since manifest ${String(n)}`);
        await awaitServed(config);
      } finally {
        await workplace.close();
      }
    });
}

function addEnd(
  recipe: Command,
  {
    name: commandName,
    description,
    comment: about,
    end,
  }: {
    readonly name: "reject" | "withdraw";
    readonly description: string;
    readonly comment: string;
    readonly end: typeof reject;
  },
): void {
  recipe
    .command(commandName)
    .description(description)
    .argument("<recipe>", "the recipe's id or slug")
    .option("--comment <text>", about, "")
    .option("--json", "print JSON")
    .action(async (name: string, { comment, json }: Options, command: Command) => {
      const by = await bearer();
      await withRegister(command, async (register) => {
        const found = await findRecipe(register.store, name);
        const { id: request } = await pendingOf(register.store, found.id);
        const verdict: Verdict = { request, comment };
        const ended = await end(register, by, verdict);
        if (json === true) printJson(shown(ended, found));
        else
          printLine(`the request for recipe ${String(found.id)} (${found.slug}) is ${ended.state}`);
      });
    });
}

async function pendingOf(store: RecipeReader, recipeId: number): Promise<StoredRequest> {
  const request = await store.pendingRequest(recipeId);
  if (request !== undefined) return request;
  throw new ServerError(
    "approval/not-found",
    `recipe ${String(recipeId)} does not wait for approval`,
  );
}

function shown(
  request: StoredRequest,
  { id, slug }: StoredRecipe,
): {
  readonly id: number;
  readonly slug: string;
  readonly sha256: string;
  readonly state: string;
  readonly requester: string;
  readonly since: string;
} {
  const { sha256, state, requester, createdMs } = request;
  return { id, slug, sha256, state, requester, since: new Date(createdMs).toISOString() };
}
