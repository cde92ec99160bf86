import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";

// `npm run layers [-- --root DIR]`: holds every import against `.dependency-cruiser.cjs`.

const folders = ["recipes", "telemetry", "extension", "server", "tools", "bench", "test"];

const { values } = parseArgs({ options: { root: { type: "string" } } });
const house = fileURLToPath(new URL("..", import.meta.url));
process.chdir(values.root ?? house);
const options = await extractDepcruiseOptions(`${house}/.dependency-cruiser.cjs`);
const sentences = new Map(
  options.ruleSet?.forbidden?.map(({ name, comment }) => [name, comment ?? ""]),
);
const { output } = await cruise(folders, options);
if (typeof output === "string") throw new Error("layers/no-result: expected an object, got text");
process.exitCode = report(output);

/** Prints one paragraph per breach and the sum as the last line. */
function report({ summary }: ICruiseResult): number {
  for (const { rule, from, to, cycle } of summary.violations) {
    const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(" → ");
    console.log(`${rule.name}: ${from} → ${way}\n  ${sentences.get(rule.name) ?? ""}`);
  }
  const modules = summary.totalCruised;
  const breaches = summary.violations.length;
  console.log(
    `${modules} modules, ${summary.totalDependenciesCruised ?? 0} dependencies, ${breaches} breaches`,
  );
  if (modules === 0)
    console.log("layers/nothing-seen: not one module was read, so nothing is known");
  return modules === 0 || breaches > 0 ? 1 : 0;
}
