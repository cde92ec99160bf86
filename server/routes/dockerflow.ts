import type { Credential } from "../publish/credentials.ts";
import type { Route } from "./route.ts";

export interface DockerflowParts {
  /** As in package.json. */
  readonly version: string;
  /** Rejects when the store cannot be read. */
  readonly credentials: () => Promise<readonly Credential[]>;
  /** Whether an older set is handed out, because what was published last was refused. */
  readonly isBehind: () => boolean;
}

/** What load balancers and people on call ask, named as Dockerflow names it. */
export function dockerflowRoutes(parts: DockerflowParts): readonly Route[] {
  const { version } = parts;
  const fresh = { "cache-control": "no-store" };
  return [
    {
      path: "/__lbheartbeat__",
      handlers: { GET: (context) => context.json({ status: "ok" }, 200, fresh) },
    },
    {
      path: "/__heartbeat__",
      handlers: {
        GET: async (context) => {
          const checks = await check(parts);
          const isHealthy = Object.values(checks).every((state) => state === "ok");
          const answer = { status: isHealthy ? "ok" : "error", checks };
          return context.json(answer, isHealthy ? 200 : 500, fresh);
        },
      },
    },
    {
      path: "/__version__",
      handlers: {
        GET: (context) =>
          context.json(
            { name: "mulberry", version, source: "", commit: "", build: "" },
            200,
            fresh,
          ),
      },
    },
  ];
}

/** A credential is red while there is still time to do something about it. */
async function check({
  credentials,
  isBehind,
}: DockerflowParts): Promise<Readonly<Record<string, "ok" | "error">>> {
  try {
    const listed = await credentials();
    const states = listed.map(({ name, state }) => [name, state === "good" ? "ok" : "error"]);
    const served = isBehind() ? "error" : "ok";
    return {
      store: "ok",
      served,
      ...(Object.fromEntries(states) as Record<string, "ok" | "error">),
    };
  } catch {
    // The cause stays inside: anybody may ask this.
    return { store: "error" };
  }
}
