import { readdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { PromiseModule, PromiseResult } from "./promise.ts";

// `npm run bench [-- --json] [NAME…]`: every promise in this folder, one after the other, so that
// none disturbs another's figures. Each file exports `run(): Promise<PromiseResult>`.

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});

const results: PromiseResult[] = [];
for (const file of await promiseFiles(positionals)) {
  const loaded: unknown = await import(new URL(file, import.meta.url).href);
  // What several promises share lies beside them and makes none.
  if (!isPromiseModule(loaded)) continue;
  if (!values.json) console.log(`\n${file}`);
  const result = await loaded.run();
  results.push(result);
  if (!values.json) console.log(table(result));
}

if (values.json) console.log(JSON.stringify(results, undefined, 2));
const broken = results.filter((result) => result.broken !== undefined);
if (!values.json) {
  console.log(`\n${results.length} promises, ${broken.length} broken`);
}
if (results.length === 0) console.error("bench/nothing-run: no file of bench/ has that name");
process.exitCode = broken.length > 0 || results.length === 0 ? 1 : 0;

async function promiseFiles(names: readonly string[]): Promise<readonly string[]> {
  const files = await readdir(import.meta.dirname);
  return files
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .filter((file) => names.length === 0 || names.includes(file.slice(0, -".ts".length)))
    .sort()
    .map((file) => `./${file}`);
}

function isPromiseModule(value: unknown): value is PromiseModule {
  return (
    typeof value === "object" && value !== null && "run" in value && typeof value.run === "function"
  );
}

function table({ name, rows, broken, notMeasured }: PromiseResult): string {
  const head = ["", "ours", "theirs", "ratio", ""];
  const cells = rows.map(({ what, ours, theirs, ratio, unit }) => [
    what,
    figure(ours),
    figure(theirs),
    ratio.toPrecision(3),
    unit,
  ]);
  const lines = [head, ...cells];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const spell = (line: readonly string[]) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || column === 4 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  const verdict = broken === undefined ? "kept" : `BROKEN: ${broken}`;
  const gap = notMeasured === undefined ? [] : [`  not measured: ${notMeasured}`];
  return [`${name}: ${verdict}`, ...gap, ...lines.map((line) => `  ${spell(line)}`)].join("\n");
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
}
