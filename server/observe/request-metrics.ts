import { methods } from "./metric-table.ts";
import type { Metrics } from "./metrics.ts";

/** Counts one request that was answered, and how long that took. */
export function countRequest(
  metrics: Metrics,
  request: {
    readonly method: string;
    /** As its log line names it: a route, or a path of the read side. */
    readonly path: string;
    readonly status: number;
    readonly ms: number;
  },
): void {
  const path = pathTag(request.path);
  const lower = request.method.toLowerCase();
  const method = methods.find((name) => name === lower) ?? "other";
  metrics.incr("request", { path, method, status: String(request.status) });
  metrics.timing("request.timing", { path, method }, request.ms);
}

/**
 * A path as a tag: dots for slashes, the names of parameters for what stands in their place. So there
 * are no more values than there are routes.
 */
export function pathTag(path: string): string {
  if (path === "/v2/bundle.json") return "v2.bundle.json";
  if (path.startsWith("/v2/r/")) return "v2.r";
  if (path.startsWith("/v2/root/")) return "v2.root";
  if (path === "/submit/") return "submit.telemetry";
  if (path === "/") return ".homepage";
  if (!path.startsWith("/")) return "unknown";
  return path
    .split("/")
    .filter((step) => step !== "")
    .map((step) => (step.startsWith(":") ? step.slice(1).replace(/\{.*$/u, "") : step))
    .join(".");
}
