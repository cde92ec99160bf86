import type { Command } from "commander";
import { didYouMean } from "#recipes/nearest.ts";
import { addKills, type KillChange, liftKills } from "../authoring/kill.ts";
import { requireData } from "../data-folder.ts";
import { describeTarget } from "../publish/kill-list.ts";
import type { RecipeReader } from "../store/ports.ts";
import { openExistingStore, openWorkplace } from "../workplace.ts";
import { bearer } from "./bearer.ts";
import { killOf, type KillOptions, namesNothing, withKillOptions } from "./kill-options.ts";
import { awaitServed } from "./presence.ts";
import { configOf, note, printJson, printLine, printTable } from "./print.ts";

type Options = KillOptions & { readonly json?: true };

/** `mulberry kill …`: what every client drops at its next run, whatever the recipes say. */
export function addKillCommand(program: Command): void {
  const kill = program
    .command("kill")
    .description("stop anything in every browser at its next run; one person is enough");
  addChange(kill, {
    name: "add",
    description: "stop what is named",
    change: addKills,
    done: "stops",
    unchanged: "all of this is stopped already",
  });
  addChange(kill, {
    name: "lift",
    description:
      "let what is named go on: rollouts come back, a study that was ended stays over in its browsers",
    change: liftKills,
    done: "no longer stops",
    unchanged: "none of this was stopped",
  });
  addList(kill);
}

interface Kind {
  readonly name: string;
  readonly description: string;
  readonly change: typeof addKills;
  readonly done: string;
  readonly unchanged: string;
}

function addChange(kill: Command, { name, description, change, done, unchanged }: Kind): void {
  withKillOptions(kill.command(name).description(description))
    .option("--json", "print JSON")
    .action(async (options: Options, command: Command) => {
      const named = killOf(options);
      if (namesNothing(named))
        command.error("error: name it by --id, --slug, --pref, --addon or --all", { exitCode: 2 });
      const config = configOf(command);
      requireData(config);
      const by = await bearer();
      const workplace = await openWorkplace(config, Date.now);
      try {
        await noteStrangers(workplace.store, options);
        const changed = await change(workplace, named, by);
        if (options.json === true) printJson(changed);
        else tell(changed, done, unchanged);
        await awaitServed(config);
      } finally {
        await workplace.close();
      }
    });
}

function tell({ ep, n, changed }: KillChange, done: string, unchanged: string): void {
  const manifest = `manifest ${String(ep)}.${String(n)}`;
  if (changed.length === 0) printLine(`${unchanged}; ${manifest} stays in force`);
  for (const target of changed) printLine(`${manifest} ${done} ${describeTarget(target)}`);
}

/** A stop goes out whatever it names: what is unknown here may run in browsers all the same. */
async function noteStrangers(store: RecipeReader, { id = [], slug = [] }: Options): Promise<void> {
  const recipes = await store.recipes();
  const slugs = recipes.map((recipe) => recipe.slug);
  for (const one of id)
    if (!recipes.some((recipe) => recipe.id === one))
      note("kill/unknown", `no recipe here has the id ${String(one)}; it is stopped all the same`);
  for (const one of slug)
    if (!slugs.includes(one))
      note(
        "kill/unknown",
        `no recipe here has the slug ${one}${didYouMean(one, slugs)}; it is stopped all the same`,
      );
}

function addList(kill: Command): void {
  kill
    .command("list")
    .description("list what the manifest stops")
    .option("--json", "print a JSON array")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const store = await openExistingStore(configOf(command));
      try {
        const rows = (await store.kills()).map(({ kind, value, createdMs }) => ({
          kind,
          value,
          since: new Date(createdMs).toISOString(),
        }));
        if (json === true) printJson(rows);
        else if (rows.length === 0) printLine("nothing is stopped");
        else
          printTable([
            ["STOPPED", "SINCE"],
            ...rows.map(({ since, ...target }) => [describeTarget(target), since]),
          ]);
      } finally {
        await store.close();
      }
    });
}
