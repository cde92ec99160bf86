import type { Command } from "commander";
import { eventsOf, type StoredEvent, type StoredPing } from "#server/ingest/reader.ts";
import { normandyCategory, uptakeCategory } from "#telemetry/events.ts";
import { recipeIdOf } from "#telemetry/uptake.ts";
import { dataFolderOf, printLines, streamPings, untilInterrupted } from "./ping-stream.ts";
import { configOf, note } from "./print.ts";
import type { RecipeNames } from "./recipe-names.ts";

interface Options {
  readonly slug?: string;
  readonly follow?: true;
}

/** `mulberry events`: what browsers reported, oldest first, one JSON object a line. */
export function addEventsCommand(program: Command): void {
  program
    .command("events")
    .description("print normandy and uptake events as received, one JSON object a line")
    .option("--slug <slug>", "only events about this study, rollout or recipe")
    .option("--follow", "go on with events to come, until Ctrl-C")
    .option("--json", "accepted for symmetry: the output is JSON anyway")
    .action(async ({ slug, follow }: Options, command: Command) => {
      const dataDir = dataFolderOf(command, { mayBeEmpty: follow === true });
      const signal = follow === true ? untilInterrupted() : undefined;
      const pings = streamPings(dataDir, { type: "event" }, signal);
      if (slug === undefined) {
        await printLines(eventsIn(pings));
        return;
      }
      // Whoever asks for everything does without the store.
      const { openRecipeNames } = await import("./recipe-names.ts");
      const names = await openRecipeNames(configOf(command));
      try {
        if (!(await names.has(slug))) noteUnknown(slug, names);
        await printLines(eventsAbout(slug, pings, names));
      } finally {
        await names.close();
      }
    });
}

async function* eventsIn(pings: AsyncIterable<StoredPing>): AsyncGenerator<StoredEvent> {
  for await (const { ping, receivedAt } of pings) yield* eventsOf(ping, receivedAt);
}

/** What carries the slug itself, and the uptake of the recipe that has it. */
async function* eventsAbout(
  slug: string,
  pings: AsyncIterable<StoredPing>,
  names: RecipeNames,
): AsyncGenerator<StoredEvent> {
  for await (const event of eventsIn(pings)) {
    const { category, value, extra } = event;
    if (category === normandyCategory && value === slug) yield event;
    if (category !== uptakeCategory) continue;
    const id = recipeIdOf(extra?.["source"]);
    if (id !== undefined && (await names.slugOf(id)) === slug) yield event;
  }
}

function noteUnknown(slug: string, names: RecipeNames): void {
  const near = names.near(slug);
  const meant = near === undefined ? "" : `; did you mean "${near}"?`;
  note("events/unknown-slug", `no recipe here has the slug ${slug}${meant}`);
}
