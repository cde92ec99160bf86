import type { Server } from "node:net";
import { isSystemError, ServerError } from "./errors.ts";

/**
 * Begins to listen.
 *
 * @throws ServerError `server/port-in-use`, `server/bad-address`
 */
export function bind(
  server: Server,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(refusalOf(cause, host, port));
    });
    server.listen(port, host, resolve);
  });
}

function refusalOf(cause: Error, host: string, port: number): Error {
  if (isSystemError(cause, "EADDRINUSE"))
    return new ServerError(
      "server/port-in-use",
      `port ${String(port)} of ${host} is taken by another program: choose one with --port or MULBERRY_PORT`,
      { cause },
    );
  if (isSystemError(cause, "EADDRNOTAVAIL", "ENOTFOUND", "EACCES", "EAI_AGAIN"))
    return new ServerError(
      "server/bad-address",
      `cannot listen on ${host} port ${String(port)}: ${cause.message}`,
      { cause },
    );
  return cause;
}
