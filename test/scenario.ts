import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { parseScenario, ScenarioError } from "#kit/scenario/parse.ts";
import { playScenario } from "#kit/scenario/play.ts";
import { type Engine, type EngineName, engineNames } from "#kit/scenario/stage.ts";
import { tellOutcome, tellRefusal } from "#kit/scenario/tell.ts";

// `npm run scenario -- FILE…`: plays scenarios (docs/qa.md) and prints how each came out.

const help = `Usage: npm run scenario -- FILE… [options]

Plays scenarios: YAML files that say what happens to a browser, and what is to come of it. docs/qa.md
has the steps and the expectations; test/scenarios has examples.

Options:
  --in <engine>  memory (default: the core itself, in milliseconds), or a real firefox or chromium;
                 may be given more than once
  -h, --help     show this

Exit code 0 when all passed or were left out, 1 when one failed, 2 for wrong usage. FIREFOX_BINARY and
CHROMIUM_BINARY name other browsers.`;

/** Each brings a browser along: only what is asked for is loaded. */
const engines: Readonly<Record<EngineName, () => Promise<Engine>>> = {
  memory: async () => (await import("#kit/scenario/memory.ts")).memory,
  firefox: async () => (await import("#kit/scenario/firefox.ts")).firefox,
  chromium: async () => (await import("#kit/scenario/chromium.ts")).chromium,
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const said = read(args);
  if (said === undefined) return 2;
  if (said.help) {
    console.log(help);
    return 0;
  }
  let failed = 0;
  for (const file of said.files) {
    const scenario = await load(file);
    if (scenario === undefined) failed += 1;
    else
      for (const name of said.engines) {
        const outcome = await playScenario(scenario, await engines[name]());
        for (const line of tellOutcome(file, name, outcome)) console.log(line);
        if (outcome.kind === "failed" || outcome.kind === "broken") failed += 1;
      }
  }
  return failed === 0 ? 0 : 1;
}

interface Said {
  readonly files: readonly string[];
  readonly engines: readonly EngineName[];
  readonly help: boolean;
}

/** @returns `undefined` for wrong usage, which was told */
function read(args: readonly string[]): Said | undefined {
  const refuse = (message: string): undefined => {
    console.error(`usage: ${message} (npm run scenario -- --help shows how it is used)`);
    return undefined;
  };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        in: { type: "string", multiple: true, default: ["memory"] },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const wanted = values.in.map((name) => engineNames.find((one) => one === name));
    const names = wanted.filter((name) => name !== undefined);
    if (names.length < wanted.length) return refuse(`--in takes ${engineNames.join(", ")}`);
    if (positionals.length === 0 && !values.help) return refuse("name at least one file");
    return { files: positionals, engines: names, help: values.help };
  } catch (error) {
    if (error instanceof TypeError) return refuse(error.message.split(/[.\n]/u)[0] ?? "");
    throw error;
  }
}

/** @returns `undefined` where the file is no scenario, which was told */
async function load(file: string): Promise<ReturnType<typeof parseScenario> | undefined> {
  try {
    return parseScenario(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof ScenarioError) console.error(tellRefusal(file, error));
    else if (error instanceof Error && "code" in error)
      console.error(`scenario/unreadable: ${file}: ${error.message}`);
    else throw error;
    return undefined;
  }
}
