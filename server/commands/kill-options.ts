import { type Command, InvalidArgumentError } from "commander";
import type { KillList } from "#recipes/manifest.ts";

/** What a person names to be stopped, as commander gives it. */
export interface KillOptions {
  readonly all?: true;
  readonly id?: readonly number[];
  readonly slug?: readonly string[];
  readonly pref?: readonly string[];
  readonly addon?: readonly string[];
}

/** The options that name what is to stop, the same for every command that stops things. */
export function withKillOptions(command: Command): Command {
  return command
    .option("--id <id...>", "recipes by their ids", collectId)
    .option("--slug <slug...>", "whatever runs under these slugs")
    .option("--pref <name...>", "whatever changes these preferences")
    .option("--addon <id...>", "whatever installs these add-ons, by the ids the browser knows")
    .option("--all", "everything");
}

/** What the options name. */
export function killOf({ all, id = [], slug = [], pref = [], addon = [] }: KillOptions): KillList {
  return { all: all === true, ids: id, slugs: slug, prefs: pref, addons: addon };
}

/** Whether a kill list names anything. */
export function namesNothing(kill: KillList): boolean {
  const { all, ids, slugs, prefs, addons } = kill;
  return !all && [ids, slugs, prefs, addons].every((named) => named.length === 0);
}

function collectId(text: string, before: readonly number[] = []): readonly number[] {
  if (!/^[1-9]\d{0,14}$/u.test(text))
    throw new InvalidArgumentError("An id is a number from 1 on; a slug is named by --slug.");
  return [...before, Number(text)];
}
