import { beforeAll, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import type { TokenVerifier } from "#core/ports.ts";
import { parsePing } from "#telemetry/parse.ts";
import { anAuthority, type Authority, type Published } from "#kit/authority.ts";
import { aWorld, rememberingTokens, type World } from "#kit/client.ts";
import { mortal } from "#kit/mortal.ts";
import { Killed } from "#kit/mortality.ts";
import { aHeartbeat } from "#kit/recipes.ts";

// The browser is killed at every call that the client makes of it while a survey is shown, answered
// and told, once before the call has an effect and once after.

let authority: Authority;
let published: Published;
let tokens: TokenVerifier;
beforeAll(async () => {
  authority = await anAuthority();
  tokens = rememberingTokens();
  published = await authority.bundle({ recipes: [aHeartbeat({ id: 7 })], manifest: { n: 10 } });
});

function aNewWorld(): World {
  const world = aWorld(authority, { tokens });
  world.network.serve(published);
  return world;
}

/** The survey's page, played to the end; what a dead browser does not answer is not asked again. */
async function life(client: Client): Promise<void> {
  await client.start();
  const prompt = await client.heartbeat({ moment: "offeredTS" });
  if (prompt === undefined) return;
  const { flowId } = prompt;
  await client.heartbeat({ moment: "votedTS", flowId, score: 3 });
  await client.heartbeat({ moment: "closedTS", flowId });
  await client.flush();
}

test("wherever it dies, a person is asked once at most, and each survey is told once", async () => {
  const whole = aNewWorld();
  const undisturbed = mortal(whole.ports, Number.POSITIVE_INFINITY, "before");
  await life(whole.client(undisturbed.ports));
  expect(undisturbed.calls()).toBeGreaterThan(30);

  for (let limit = 1; limit <= undisturbed.calls(); limit += 1)
    for (const when of ["before", "after"] as const) {
      const world = aNewWorld();
      await life(world.client(mortal(world.ports, limit, when).ports)).catch((error: unknown) => {
        if (!isDeath(error)) throw error;
      });
      // The browser starts again, and the page is gone.
      const { facts } = aWorld(authority, { facts: { sessionStart: 1 } }).ports;
      world.clock.advance(60_000);
      const survivor = world.client({ ...world.ports, facts });
      await life(survivor);
      await survivor.flush();

      const at = `${when} call ${String(limit)}`;
      expect(world.prompts.opened, at).toBeLessThanOrEqual(1);
      const told = world.network.asked
        .filter(({ method }) => method === "POST")
        .map(({ json }) => parsePing(JSON.parse(json ?? "")))
        .filter(({ type }) => type === "heartbeat");
      // A ping that was sent and not crossed off is sent again under its own id, and is one ping.
      expect(new Set(told.map(({ id }) => id)).size, at).toBe(1);
      expect(await world.store.get("heartbeat"), at).not.toHaveProperty("prompt");
    }
});

/** Also where the death of the browser is the cause that another failure names. */
function isDeath(error: unknown): boolean {
  return error instanceof Killed || (error instanceof Error && error.cause instanceof Killed);
}
