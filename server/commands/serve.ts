import type { Command } from "commander";
import { parseHost, parsePort } from "./options.ts";
import { configOf } from "./print.ts";

interface Options {
  readonly port?: string;
  readonly host?: string;
}

/** `mulberry serve`: the server, until SIGINT or SIGTERM. */
export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .description("run the server")
    .option("--port <port>", "port to listen on (default: MULBERRY_PORT, else 8000)", parsePort)
    .option(
      "--host <host>",
      "address to listen on (default: MULBERRY_HOST, else 127.0.0.1)",
      parseHost,
    )
    .action(async ({ port, host }: Options, command: Command) => {
      const config = configOf(command, { port, host });
      // Other commands start without all that a server is made of.
      const [{ startServer }, { inBatches, openLog }, { descriptorTarget }] = await Promise.all([
        import("../main.ts"),
        import("../observe/log.ts"),
        import("../observe/descriptor-target.ts"),
      ]);
      const { stdout } = process;
      const log = openLog(config.log, inBatches(descriptorTarget(stdout.fd, stdout)));
      const stopped = untilStopped();
      const server = await startServer(config, { log });
      await stopped;
      log.info("server.stopping");
      await server.close();
    });
}

/** Asked for before the server starts, so that a signal during start-up is not lost. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => {
        resolve();
      });
  });
}
