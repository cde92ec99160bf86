import { parseArgs } from "node:util";
import { portIn, readConfig, type ServerConfig } from "#server/config.ts";

/** What `npm start` is told. */
export interface StartOptions {
  readonly config: ServerConfig;
  /** End after one whole cycle. */
  readonly once: boolean;
}

/** Wrong usage: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const startHelp = `Usage: npm start -- [options]

Mulberry on this machine: keys, server, the example recipes, Firefox with the extension, and a line
for each thing that happens, until Ctrl-C.

Options:
  --once        end after one whole cycle: 0 when it went through, 1 with the reason when it did not
  --port <n>    port to listen on (default: MULBERRY_PORT, else 8000)
  --data <dir>  the data folder (default: MULBERRY_DATA, else ./.mulberry)
  -h, --help    show this

While it runs, Enter makes the browser run now. MULBERRY_FIREFOX names another Firefox.`;

/**
 * Reads the command line.
 *
 * @param environment - as the server's; what this starts is for development whatever it says
 * @returns `"help"` when that is asked for
 * @throws UsageError; ServerError `config/invalid` for a wrong environment
 */
export function readStartArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StartOptions | "help" {
  const { help, once = false, port, data } = parse(args);
  if (help === true) return "help";
  return { config: developmentConfig(environment, { data, port }), once };
}

/**
 * The configuration of a server that is for development, whatever the environment says.
 *
 * @throws UsageError for a port that is none; ServerError `config/invalid`
 */
export function developmentConfig(
  environment: Readonly<Record<string, string | undefined>>,
  said: { readonly data: string | undefined; readonly port: string | undefined },
): ServerConfig {
  if (said.port !== undefined && portIn(said.port) === undefined)
    throw new UsageError(`--port must be a port from 0 to 65535, not ${JSON.stringify(said.port)}`);
  // The names of browsers are ours, not the server's.
  const ours = new Set(["MULBERRY_FIREFOX", "MULBERRY_CHROMIUM", "MULBERRY_ENV"]);
  const forServer = Object.fromEntries(
    Object.entries(environment).filter(([name]) => !ours.has(name)),
  );
  return readConfig(forServer, said);
}

/** Reads a command line. @throws UsageError in one sentence of Node's own */
export function usageOf<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Node goes on about positional arguments, of which there are none here.
    throw new UsageError(error.message.split(/[.\n]/u)[0] ?? "", { cause: error });
  }
}

function parse(args: readonly string[]) {
  return usageOf(
    () =>
      parseArgs({
        args: [...args],
        options: {
          help: { type: "boolean", short: "h" },
          once: { type: "boolean" },
          port: { type: "string" },
          data: { type: "string" },
        },
      }).values,
  );
}
