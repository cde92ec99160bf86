import { readdir } from "node:fs/promises";
import { Command } from "commander";
import type { PromiseModule, PromiseResult } from "./promise.ts";

// Every promise in this folder, one after the other, so that none disturbs another's figures. Each
// file exports `run(): Promise<PromiseResult>`.

const files = await promiseFiles();
const command = new Command("npm run bench --")
  .description("hold what Mulberry promises against what it does; ends with 1 where one is broken")
  .argument("[name...]", `some of: ${files.join(", ")}`)
  .option("--json", "print JSON", false)
  .parse();
const values = command.opts<{ readonly json: boolean }>();
const unknown = command.args.filter((name) => !files.includes(name));
if (unknown.length > 0) command.error(`error: no file of bench/ is called ${unknown.join(" or ")}`);

const results: PromiseResult[] = [];
for (const name of files.filter((one) => command.args.length === 0 || command.args.includes(one))) {
  const file = `./${name}.ts`;
  const loaded: unknown = await import(new URL(file, import.meta.url).href);
  if (!isPromiseModule(loaded)) throw new Error(`${file} makes no promise`);
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
process.exitCode = broken.length > 0 ? 1 : 0;

async function promiseFiles(): Promise<readonly string[]> {
  const names = await readdir(import.meta.dirname);
  return names
    .filter((name) => name.endsWith(".ts") && !["index.ts", "promise.ts"].includes(name))
    .map((name) => name.slice(0, -".ts".length))
    .sort();
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
