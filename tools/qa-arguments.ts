import { parseArgs } from "node:util";
import type { ServerConfig } from "#server/config.ts";
import type { BrowserName } from "#extension/manifest.ts";
import { developmentConfig, usageOf, UsageError } from "./start-arguments.ts";

/** What `npm run qa` is told. */
export interface QaOptions {
  readonly browser: BrowserName;
  /** Of a server that runs already; `undefined`: one of our own is started. */
  readonly url: string | undefined;
  readonly config: ServerConfig;
}

export const qaHelp = `Usage: npm run qa -- [options]

A browser for QA: the extension in dev mode, with test preferences, and a development server for it on
this machine, until Ctrl-C or the browser is closed. docs/qa.md says what can be made to happen in it.

Options:
  --browser <name>  firefox (default) or chromium
  --port <n>        port of the server (default: MULBERRY_PORT, else 8000)
  --data <dir>      its data folder (default: MULBERRY_DATA, else ./.mulberry)
  --url <url>       start no server: this one runs already, for example by npm start
  -h, --help        show this

MULBERRY_FIREFOX and MULBERRY_CHROMIUM name other browsers.`;

/**
 * Reads the command line.
 *
 * @param environment - as the server's; what this starts is for development whatever it says
 * @returns `"help"` when that is asked for
 * @throws UsageError; ServerError `config/invalid` for a wrong environment
 */
export function readQaArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): QaOptions | "help" {
  const { help, browser = "firefox", url, port, data } = parse(args);
  if (help === true) return "help";
  if (browser !== "firefox" && browser !== "chromium")
    throw new UsageError(`--browser takes firefox or chromium, not ${JSON.stringify(browser)}`);
  if (url !== undefined && (port !== undefined || data !== undefined))
    throw new UsageError(
      "--port and --data are for a server that is started: --url names one that runs",
    );
  return {
    browser,
    url: url?.replace(/\/+$/u, ""),
    config: developmentConfig(environment, { data, port }),
  };
}

function parse(args: readonly string[]) {
  return usageOf(
    () =>
      parseArgs({
        args: [...args],
        options: {
          help: { type: "boolean", short: "h" },
          browser: { type: "string" },
          url: { type: "string" },
          port: { type: "string" },
          data: { type: "string" },
        },
      }).values,
  );
}
