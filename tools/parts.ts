import { mkdir, readFile, rm } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { runProcess } from "./run-process.ts";
import type { TestTally } from "./test-tally.ts";

/** One part of `npm run check` or `npm test`. */
export interface Part {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Names the vitest projects whose tests this part counts; without it the part counts as one. */
  readonly projects?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What all parts came to. */
export interface Sum {
  readonly passed: number;
  readonly failed: number;
  /** One line for each thing that failed, for `npm test` to end with. */
  readonly failures: readonly string[];
}

/**
 * Everything that needs no browser, the longest first.
 *
 * @param isThorough - whether tests of much of the same do all of it (test/kit/size.ts), and the lint reads
 *   every file anew. What a typed rule finds in one file depends on others too, so a cache may miss it; it
 *   spares half a minute between two edits.
 */
export function checks(isThorough: boolean): readonly Part[] {
  const lintCache = ["--cache", "--cache-strategy", "content", "--cache-location", ".cache/eslint"];
  const formatCache = [...lintCache.slice(0, -1), ".cache/prettier"];
  return [
    tests("tests", ["unit", "contract", "flow", "house"], isThorough ? {} : { TEST_SIZE: "quick" }),
    {
      name: "lint",
      command: "eslint",
      args: ["--max-warnings", "0", ...(isThorough ? [] : lintCache), "."],
    },
    { name: "types", command: "tsc", args: ["-b"] },
    {
      name: "format",
      command: "prettier",
      args: ["--check", "--log-level", "warn", ...formatCache, "."],
    },
    { name: "layers", command: process.execPath, args: ["tools/layers.ts"] },
    { name: "unused", command: "knip", args: ["--no-progress"] },
  ];
}

/** A part that runs tests of these vitest projects. */
export function tests(
  name: string,
  projects: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Part {
  const chosen = projects.flatMap((project) => ["--project", project]);
  const reporters = ["--reporter", "default", "--reporter", "./tools/test-tally.ts"];
  return { name, command: "vitest", args: ["run", ...chosen, ...reporters], projects, env };
}

/**
 * Runs parts, at most `lanes` at a time in the order given, and prints a line for each as it ends.
 * @param options.lanes - 2 where parts are short and single-threaded, 1 where each needs the machine
 * @param options.show - whether a part's own output is shown while it runs
 */
export async function runParts(
  parts: readonly Part[],
  options: { readonly lanes: number; readonly show?: boolean },
): Promise<Sum> {
  const waiting = [...parts];
  const sums: Sum[] = [];
  const lane = async () => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      sums.push(await runPart(part, options.show === true));
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, lane));
  return sums.reduce(add, { passed: 0, failed: 0, failures: [] });
}

/** The sum of two sums. */
export function add(a: Sum, b: Sum): Sum {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    failures: [...a.failures, ...b.failures],
  };
}

/** Names what failed once more, so that a log that is cut in the middle still ends with it. */
export function tellFailures({ failures }: Sum): void {
  for (const failure of failures) console.log(`failed ${failure}`);
}

/** The sentence that ends `npm test`, and that other programs read. */
export function sentence({ passed, failed }: Sum): string {
  return `${passed} passed, ${failed} failed`;
}

async function runPart(part: Part, show: boolean): Promise<Sum> {
  const started = performance.now();
  const tallyPath = `.cache/tally-${part.name}.json`;
  await mkdir(".cache", { recursive: true });
  await rm(tallyPath, { force: true });
  const { status, output } = await runProcess(part.command, part.args, {
    env: { NO_COLOR: "1", FORCE_COLOR: undefined, TEST_TALLY: tallyPath, ...part.env },
    show,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);

  const tally = part.projects === undefined ? undefined : await readTally(tallyPath);
  const sum = sumOf(part, status, tally);
  const count = part.projects === undefined ? "" : `  ${sentence(sum)}`;
  console.log(
    `${sum.failed === 0 ? "ok    " : "FAILED"} ${part.name.padEnd(8)} ${seconds.padStart(6)} s${count}`,
  );
  for (const skip of tally?.skipped ?? []) console.log(`       skipped ${skip}`);
  if (sum.failed > 0 && !show) console.log(indent(output));
  return sum;
}

function sumOf(part: Part, status: number, tally: TestTally | undefined): Sum {
  const failedAsAWhole = { passed: 0, failed: 1, failures: [part.name] };
  if (part.projects === undefined) {
    return status === 0 ? { passed: 1, failed: 0, failures: [] } : failedAsAWhole;
  }
  // No tally: vitest fell over before it ran anything. No tests: a wrong pattern must not pass.
  if (tally === undefined || tally.passed + tally.failed === 0) return failedAsAWhole;
  const { passed, failed, failures } = tally;
  if (status === 0 || failed > 0) return { passed, failed, failures };
  return { passed, failed: 1, failures: [`${part.name}: status ${String(status)}`] };
}

async function readTally(path: string): Promise<TestTally | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    // There is none: the caller counts that as a failure and prints what vitest said.
    return undefined;
  }
  const value: unknown = JSON.parse(text);
  if (isTally(value)) return value;
  throw new Error(`${path} is no tally`);
}

function isTally(value: unknown): value is TestTally {
  return (
    typeof value === "object" &&
    value !== null &&
    "passed" in value &&
    typeof value.passed === "number" &&
    "failed" in value &&
    typeof value.failed === "number" &&
    "skipped" in value &&
    Array.isArray(value.skipped) &&
    "failures" in value &&
    Array.isArray(value.failures)
  );
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gmu, "    ");
}
