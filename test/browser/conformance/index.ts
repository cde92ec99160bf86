import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { Command, InvalidArgumentError } from "commander";
import { type Arena, openArena } from "#kit/conformance/arena.ts";
import { compare, type Comparison, describeDifference } from "#kit/conformance/compare.ts";
import { describeHistory, type History } from "#kit/conformance/history.ts";
import { shrink } from "#kit/conformance/shrink.ts";
import { aRandomHistory } from "#kit/conformance/some-histories.ts";
import { openStageArena, renamed } from "#kit/conformance/stage-arena.ts";
import { ensureBrowser } from "#tools/system.ts";
import { deeds } from "./deeds.ts";
import { wordings } from "./wordings.ts";

// Our client and Firefox's own Normandy modules through random histories.

const command = new Command("npm run conformance --")
  .description(
    "play random histories with our client and with Firefox's own Normandy modules; prints every difference with the history that shows it, and ends with 1 when nobody declared one",
  )
  .option("--histories <n>", "how many", wholeNumber, 1_000)
  .option("--seed <n>", "of which seed", wholeNumber, 1)
  .option("--first <n>", "the number of the first: to have one again", wholeNumber, 1)
  .option(
    "--over-http <n>",
    "how many of them with a real server too (default: one in fifty)",
    wholeNumber,
  )
  .option("--browsers <n>", "at once", wholeNumber, Math.min(2, availableParallelism()))
  .parse();
const {
  histories,
  seed,
  first,
  browsers,
  overHttp = Math.floor(histories / 50),
} = command.opts<{
  readonly histories: number;
  readonly seed: number;
  readonly first: number;
  readonly overHttp?: number;
  readonly browsers: number;
}>();
const declared = { wordings, deeds };

const sum = { histories: 0, steps: 0, cut: 0, undeclared: 0 };
const met = new Map<string, number>();

process.env["FIREFOX_BINARY"] = await ensureBrowser("firefox", (line) => {
  console.log(line);
});
const startedMs = performance.now();
console.log(
  `${String(histories)} histories of seed ${String(seed)}, ${String(overHttp)} of them over HTTP too`,
);

const queue = Array.from({ length: histories }, (_, index) => first + index).values();
await Promise.all(Array.from({ length: Math.max(1, browsers) }, () => playAll(queue)));
if (overHttp > 0) await playOverHttp();

const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
console.log(
  `\ncompared ${String(sum.histories)} histories, ${String(sum.steps)} steps, in ${seconds} s; ${String(sum.cut)} ended early at a declared difference`,
);
for (const { id, why } of [...wordings, ...deeds])
  if (met.has(id)) console.log(`  ${String(met.get(id)).padStart(6)}  ${id}: ${why}`);
console.log(`${String(sum.undeclared)} undeclared differences`);
process.exitCode = sum.undeclared > 0 || sum.histories === 0 ? 1 : 0;

async function playAll(numbers: Iterable<number>): Promise<void> {
  await using arena = await openArena();
  for (const number of numbers) {
    const history = aRandomHistory(seed, number);
    const again = `--seed ${String(seed)} --first ${String(number)} --histories 1`;
    const seen = await play(arena, history, again);
    if (seen.undeclared.length > 0) await report(arena, history, seen, again);
  }
}

async function playOverHttp(): Promise<void> {
  await using arena = await openStageArena();
  for (let number = first; number < first + overHttp; number += 1) {
    const history = renamed(aRandomHistory(seed, number), number);
    const again = `--seed ${String(seed)} --first ${String(number)} --histories 1 --over-http 1`;
    const seen = await play(arena, history, again);
    // It is remembered there: a smaller one cannot be looked for in the same browser.
    if (seen.undeclared.length > 0) tell(history, seen, again);
  }
}

async function play(arena: Arena, history: History, again: string): Promise<Comparison> {
  const seen = await compare(arena, history, declared).catch((cause: unknown) => {
    throw new Error(`a history could not be played: npm run conformance -- ${again}`, { cause });
  });
  sum.histories += 1;
  sum.steps += seen.steps;
  sum.cut += seen.isCut ? 1 : 0;
  sum.undeclared += seen.undeclared.length;
  for (const id of seen.rows) met.set(id, (met.get(id) ?? 0) + 1);
  if (sum.histories % 100 === 0)
    console.log(
      `  ${String(sum.histories)} histories, ${String(sum.undeclared)} undeclared differences`,
    );
  return seen;
}

/** With the smallest history that differs in the same way. */
async function report(
  arena: Arena,
  history: History,
  seen: Comparison,
  again: string,
): Promise<void> {
  const kindOf = ({ undeclared }: Comparison): string | undefined => undeclared[0]?.subject.kind;
  const small = await shrink(
    history,
    async (smaller) => kindOf(await compare(arena, smaller, declared)) === kindOf(seen),
  );
  tell(small, await compare(arena, small, declared), again);
}

function tell(history: History, { undeclared }: Comparison, again: string): void {
  console.log(`\nundeclared, again with: npm run conformance -- ${again}`);
  for (const line of describeHistory(history)) console.log(`  ${line}`);
  for (const difference of undeclared) console.log(`  => ${describeDifference(difference)}`);
}

function wholeNumber(text: string): number {
  if (!/^\d+$/u.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
