import type { Command } from "commander";
import type { HaltPayload } from "#recipes/manifest.ts";
import type { ServerConfig } from "../config.ts";
import { readKeyring, withKeysAlone } from "../keyring.ts";
import { believedHalt, makeHalt, placeHalt } from "../publish/halt.ts";
import { readRoot, type Signer } from "../publish/keys.ts";
import { describeTarget, targetsOf } from "../publish/kill-list.ts";
import { parsePrivateKey } from "../publish/online-key.ts";
import { haltOf } from "../publish/stored.ts";
import { writeAtomically } from "../store/atomic.ts";
import { openPublicFiles } from "../store/public-files.ts";
import { readTextInput } from "./input-files.ts";
import { killOf, type KillOptions, namesNothing, withKillOptions } from "./kill-options.ts";
import { parseCount, parseDays } from "./options.ts";
import { awaitServed } from "./presence.ts";
import { configOf, printJson, printLine } from "./print.ts";

interface SignOptions extends KillOptions {
  readonly key: string;
  readonly root?: string;
  readonly minEp?: number;
  readonly hn?: number;
  readonly days: number;
  readonly out?: string;
  readonly none?: true;
  readonly json?: true;
}

/** `mulberry halt …`: the second way to stop things, by a root key and from any origin. */
export function addHaltCommand(program: Command): void {
  const halt = program
    .command("halt")
    .description("stop things by a root key: where the online key or its server is lost");
  addSign(halt);
  addAccept(halt);
  addShow(halt);
}

function addSign(halt: Command): void {
  withKillOptions(
    halt
      .command("sign")
      .description(
        "sign a halt, which replaces the one before whole; serve it or write it to a file",
      )
      .requiredOption("--key <file>", "a root key that may sign halts"),
  )
    .option("--min-ep <n>", "believe no manifest of a lower epoch", parseCount)
    .option("--none", "stop nothing any more: lift what earlier halts stop")
    .option("--hn <n>", "its number (default: one more than the halt that is served)", parseCount)
    .option("--days <n>", "how long it holds, at most 730", parseDays, 365)
    .option("--root <file>", "the newest root (default: DIR/keys/root.json)")
    .option("--out <file>", "write it here, for another origin, instead of serving it")
    .option("--json", "print JSON")
    .action(async (options: SignOptions, command: Command) => {
      const kill = killOf(options);
      const isEmpty = namesNothing(kill) && options.minEp === undefined;
      if (isEmpty !== (options.none === true))
        command.error(
          "error: name what to stop by --id, --slug, --pref, --addon, --all or --min-ep, or nothing at all by --none alone",
          { exitCode: 2 },
        );
      if (options.out !== undefined && options.root !== undefined && options.hn === undefined)
        command.error("error: --hn is needed away from the server; `halt show` prints the number", {
          exitCode: 2,
        });
      const key = parsePrivateKey(await readTextInput(options.key), options.key);
      const config = configOf(command);
      const { minEp, hn, days, out } = options;
      const make = async (): Promise<string> => {
        const files = openPublicFiles(config.dataDir);
        const served = options.root === undefined ? await files.halt() : undefined;
        const root = await rootFor(config, options.root);
        const before = served === undefined ? undefined : haltOf(served);
        const token = await makeHalt({ kill, minEp, hn, days }, root, before, key, Date.now());
        if (out === undefined) await placeHalt(token, files, root, Date.now());
        else await writeAtomically(out, `${token}\n`);
        return token;
      };
      const token = await (out === undefined ? withKeysAlone(config, make) : make());
      tell(haltOf(token), out ?? "", options.json === true);
      if (out === undefined) await awaitServed(config);
    });
}

function addAccept(halt: Command): void {
  halt
    .command("accept")
    .description("serve a halt that was signed on another machine")
    .argument("<file>")
    .option("--json", "print JSON")
    .action(async (file: string, { json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      const token = await readTextInput(file);
      const placed = await withKeysAlone(config, async () =>
        placeHalt(
          token,
          openPublicFiles(config.dataDir),
          await rootFor(config, undefined),
          Date.now(),
        ),
      );
      tell(placed, "", json === true);
      await awaitServed(config);
    });
}

function addShow(halt: Command): void {
  halt
    .command("show")
    .description("print the halt that is served, and whether browsers believe it")
    .option("--json", "print JSON")
    .action(async ({ json }: { readonly json?: true }, command: Command) => {
      const config = configOf(command);
      const served = await openPublicFiles(config.dataDir).halt();
      if (served === undefined) {
        if (json === true) printJson(null);
        else printLine("no halt is served");
        return;
      }
      const root = await rootFor(config, undefined);
      const halt = await believedHalt(served, root, Date.now());
      tell(halt ?? haltOf(served), "", json === true);
      if (halt === undefined && json !== true) printLine("it is over: browsers heed it no more");
    });
}

/** The root that browsers believe: of this folder, or as it was brought here. */
async function rootFor(
  config: Pick<ServerConfig, "dataDir" | "env">,
  file: string | undefined,
): Promise<Signer["rootPayload"]> {
  if (file === undefined) return (await readKeyring(config)).signer.rootPayload;
  return readRoot(await readTextInput(file), file);
}

function tell(halt: HaltPayload | undefined, out: string, isJson: boolean): void {
  if (halt === undefined) return;
  if (isJson) {
    printJson(halt);
    return;
  }
  const { hn, env, exp, min_ep, kill } = halt;
  const name = `halt ${String(hn)} for ${env}`;
  printLine(`${name}, until ${new Date(exp * 1_000).toISOString()}${out && `, in ${out}`}`);
  const targets = targetsOf(kill);
  for (const target of targets) printLine(`stops ${describeTarget(target)}`);
  if (min_ep > 0) printLine(`ends every epoch below ${String(min_ep)}`);
  if (targets.length === 0 && min_ep === 0) printLine("stops nothing");
}
