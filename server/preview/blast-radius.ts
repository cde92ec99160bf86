import { Worker } from "node:worker_threads";
import { availableParallelism } from "node:os";
import { RecipeError } from "#recipes/errors.ts";
import { compileFilter } from "#recipes/filter.ts";
import type { ProposedSet } from "#core/simulate.ts";
import { parseRecipe } from "#recipes/parse.ts";
import { type Blast, type Exchange, sumOf } from "../authoring/blast.ts";
import type { BlastTask } from "./blast-worker.ts";
import { storedEnvironments, toldByPings } from "./environments.ts";

/** What a proposed set would do to the browsers that there are. */
export interface BlastRadius extends Blast {
  /** `pings`: browsers that sent some in the last four weeks. `synthetic`: made up, for there are none. */
  readonly browsers: "pings" | "synthetic";
  /** What the filters of the proposed set ask for and no ping tells: there it is made up. */
  readonly assumed: readonly string[];
}

/** Made-up browsers, where no pings are: enough to see one in a hundred. */
const madeUp = 10_000;

/**
 * Counts what a set would do in place of the live one, over the newest environment of every client
 * of the last four weeks, on as many cores as there are, up to four.
 *
 * @param options.most - clients at most
 */
export async function blastRadius(
  exchange: Exchange,
  { dataDir, most }: { readonly dataDir: string; readonly most: number },
): Promise<BlastRadius> {
  const synthetic = !(await isAnybodyThere(dataDir, exchange.nowMs));
  const of = Math.min(4, availableParallelism());
  const tasks = Array.from({ length: of }, (_, index): BlastTask => ({
    exchange,
    dataDir,
    most: synthetic ? Math.min(most, madeUp) : most,
    part: { index, of },
    synthetic,
  }));
  const blast = sumOf(await Promise.all(tasks.map(runWorker)));
  const asked = attributesOf(exchange.proposed);
  return {
    ...blast,
    browsers: synthetic ? "synthetic" : "pings",
    assumed: synthetic ? [] : asked.filter((name) => !isTold(name)),
  };
}

async function isAnybodyThere(dataDir: string, nowMs: number): Promise<boolean> {
  for await (const _client of storedEnvironments({ dataDir, nowMs, most: 1 })) return true;
  return false;
}

function runWorker(workerData: BlastTask): Promise<Blast> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("blast-worker.ts", import.meta.url), { workerData });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => {
      // After a message this is too late to matter.
      reject(new Error(`the counting of browsers ended with ${String(code)}`));
    });
  });
}

/** Asked for by filters: `env.locale`, and `preferences` where a filter looks at any. */
function attributesOf({ bodies }: ProposedSet): readonly string[] {
  const names = new Set<string>();
  for (const body of bodies.values()) {
    try {
      const { filter_expression: filter } = parseRecipe(JSON.parse(body));
      if (filter === "") continue;
      const { attributes, preferences } = compileFilter(filter).uses;
      for (const { namespace, name } of attributes)
        names.add(`${namespace === "normandy" ? "env" : namespace}.${name}`);
      if (preferences.length > 0) names.add("preferences");
    } catch (error) {
      // What only a client could judge asks for nothing that could be named.
      if (!(error instanceof RecipeError)) throw error;
    }
  }
  return [...names].sort();
}

/** What a ping tells, or the moment and the recipe do. */
function isTold(attribute: string): boolean {
  const name = attribute.replace(/^(?:env|ctx)\./u, "");
  const given = ["recipe", "request_time", "userId", "randomizationId", "isFirstRun"];
  return [...toldByPings, ...given, "experiments", "studies", "rollouts"].includes(name);
}
