import type { Command } from "commander";
import { type CheckedDraft, readDrafts } from "../authoring/drafts.ts";
import { describeFinding } from "../errors.ts";
import { isMatch, outcomeText } from "../preview/outcome.ts";
import type { Why } from "../preview/preview.ts";
import type { BlastRadius } from "../preview/blast-radius.ts";
import { explainLine } from "./filter.ts";
import { readRecipeFiles } from "./input-files.ts";
import { parseCount } from "./options.ts";
import { configOf, printJson, printLine, printTable } from "./print.ts";
import { openExistingStore } from "../workplace.ts";

interface Options {
  readonly clients: number;
  readonly why?: string;
  readonly json?: true;
}

/** `mulberry recipe preview`: what recipes would do to the browsers that there are, before they go live. */
export function addPreviewCommand(recipe: Command): void {
  recipe
    .command("preview")
    .description(
      "count what recipe files would do beside the live recipes, over the browsers that sent pings of late",
    )
    .argument("<file...>")
    .option("--clients <n>", "how many browsers at most", parseCount, 100_000)
    .option("--why <client>", "say of one client that sent pings why it would match, or not")
    .option("--json", "print JSON")
    .action(async (paths: readonly string[], options: Options, command: Command) => {
      const config = configOf(command);
      const drafts = readDrafts(await readRecipeFiles(paths));
      const { previewOf, whyOf } = await import("../preview/preview.ts");
      const store = await openExistingStore(config);
      try {
        if (options.why !== undefined) {
          const place = { dataDir: config.dataDir, nowMs: Date.now(), clientId: options.why };
          for (const draft of drafts) tellWhy(await whyOf(draft, store, place), draft, options);
          return;
        }
        const { warnings, radius } = await previewOf(drafts, store, {
          dataDir: config.dataDir,
          nowMs: Date.now(),
          most: options.clients,
        });
        if (options.json === true) {
          printJson({ ...radius, warnings });
          return;
        }
        for (const warning of warnings) printLine(describeFinding(warning));
        print(radius);
      } finally {
        await store.close();
      }
    });
}

function tellWhy({ clientId, inspected }: Why, { file }: CheckedDraft, { json }: Options): void {
  const { parts = [], flips = [] } = inspected ?? {};
  if (json === true) {
    const explain = parts.map(explainLine);
    printJson({
      file,
      clientId,
      matches: inspected === undefined || isMatch(parts),
      explain,
      flips,
    });
    return;
  }
  printLine(
    `${file}: ${clientId} ${inspected === undefined || isMatch(parts) ? "matches" : "does not match"}`,
  );
  for (const { text, depth, outcome } of parts)
    printLine(`${"  ".repeat(depth + 1)}${text}: ${outcomeText(outcome)}`);
  for (const flip of flips)
    printLine(
      `otherwise with ${flip.map(({ text, to }) => `${text} ${String(to)}`).join(" and ")}`,
    );
}

function print({ browsers, clients, recipes, assumed }: BlastRadius): void {
  const of =
    browsers === "pings" ? "browsers that sent pings in the last 28 days" : "made-up browsers";
  printLine(`${String(clients)} ${of}`);
  if (assumed.length > 0) printLine(`made up, for no ping tells it: ${assumed.join(", ")}`);
  printTable([
    ["SLUG", "SET", "MATCHES", "ENROL", "CHANGE", "UNENROL", "REFUSED", "AFTERWARDS"],
    ...recipes.map((one) => [
      one.slug,
      one.standing,
      ...[one.matches, one.enrol, one.change, one.unenrol, one.refused].map(String),
      [`${String(one.enrolled)} in it`, ...counts(one.branches), ...counts(one.reasons)].join(", "),
    ]),
  ]);
}

function counts(table: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(table).map(([name, count]) => `${name} ${String(count)}`);
}
