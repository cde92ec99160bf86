import { isLoopbackAddress, isLoopbackHost } from "../config.ts";
import { ServerError } from "../errors.ts";
import type { RouteContext } from "./route.ts";

/**
 * Only a program on this machine that means this server: the socket tells the first, the Host header
 * the second. Without the header a page could point a name of its own at 127.0.0.1.
 *
 * @throws ServerError `http/forbidden`
 */
export function requireLoopback(context: RouteContext): void {
  const host = URL.parse(`http://${context.req.header("host") ?? ""}`)?.hostname ?? "";
  if (isLoopbackAddress(context.env.remoteAddress) && isLoopbackHost(host)) return;
  throw new ServerError("http/forbidden", "this is answered on loopback only");
}
