import { Command, CommanderError } from "commander";
import { addArchiveCommand } from "./commands/archive.ts";
import { addBackupCommands } from "./commands/backup.ts";
import { addEventsCommand } from "./commands/events.ts";
import { addExportCommand } from "./commands/export.ts";
import { addExtensionCommand } from "./commands/extension.ts";
import { addFilterCommands } from "./commands/filter.ts";
import { addForgetCommand } from "./commands/forget.ts";
import { addHaltCommand } from "./commands/halt.ts";
import { addImportCommand } from "./commands/import.ts";
import { addKeysCommand } from "./commands/keys.ts";
import { addKillCommand } from "./commands/kill.ts";
import { addLegacyKeysCommands } from "./commands/legacy-keys.ts";
import { addPingsCommand } from "./commands/pings.ts";
import { addRecipeCommand } from "./commands/recipe.ts";
import { addReportCommand } from "./commands/report.ts";
import { addServeCommand } from "./commands/serve.ts";
import { addSimulateCommand } from "./commands/simulate.ts";
import { addTokenCommand } from "./commands/token.ts";
import { addUserCommand } from "./commands/user.ts";
import { describeError, oneLine } from "./errors.ts";
import { packageVersion } from "./version.ts";

/**
 * Runs one command line.
 *
 * @param args - without the program's own name
 * @returns the exit code: 0 success, 1 a refusal with one line on stderr for each, 2 wrong usage
 */
export async function runCli(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync([...args], { from: "user" });
    // A command that printed what it found says with this that something was found.
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    for (const line of describeError(error)) process.stderr.write(`${line}\n`);
    return 1;
  }
}

/** Every command of `mulberry`. */
export function makeProgram(): Command {
  const program = new Command("mulberry")
    .description("Signed, staged, measured changes in the browsers that you look after.")
    .version(packageVersion())
    .option("--data <dir>", "the data folder (default: MULBERRY_DATA, else ./.mulberry)")
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(usageLine(text));
      },
    });
  addServeCommand(program);
  addKeysCommand(program);
  addKillCommand(program);
  addHaltCommand(program);
  addLegacyKeysCommands(program);
  addSimulateCommand(addRecipeCommand(program));
  addImportCommand(program);
  addExtensionCommand(program);
  addExportCommand(program);
  addFilterCommands(program);
  addEventsCommand(program);
  addPingsCommand(program);
  addReportCommand(program);
  addArchiveCommand(program);
  addBackupCommands(program);
  addForgetCommand(program);
  addUserCommand(program);
  addTokenCommand(program);
  return program;
}

/** What commander says of wrong usage, as one line with a code like every other refusal. */
function usageLine(text: string): string {
  return `${oneLine(text.trim().replace(/^error: /u, "usage: "))} (--help shows how it is used)\n`;
}
