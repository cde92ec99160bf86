import type { Client } from "#core/client.ts";
import type { Authority } from "./authority.ts";
import type { World } from "./client.ts";

// One published set after the other, and what becomes of a client.

/** Publishes a set to a world and has its client run. */
export async function runSet(
  world: World,
  n: number,
  { manifest, ...rest }: Parameters<Authority["bundle"]>[0] = {},
): ReturnType<Client["request"]> {
  world.network.serve(await world.authority.bundle({ ...rest, manifest: { n, ...manifest } }));
  return world.client().request("timer");
}

/** How each enrolment of a world stands, and why it ended. */
export async function statesIn(world: World): Promise<readonly string[]> {
  return (await world.client().look()).enrollments.map(({ state, endReason = "" }) =>
    `${state} ${endReason}`.trim(),
  );
}
