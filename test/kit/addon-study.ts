import type { Client } from "#core/client.ts";
import type { Authority } from "./authority.ts";
import { servedAddon } from "./bench.ts";
import { aWorld, type World } from "./client.ts";
import { anAddonStudy } from "./recipes.ts";

/** A browser in the study `reader-study`, which has installed this add-on. */
export async function aWorldInStudy(
  authority: Authority,
  addonId: string,
): Promise<{ readonly world: World; readonly client: Client }> {
  const world = aWorld(authority);
  const addon = servedAddon(world.network, { addon_id: addonId });
  const branches = [{ slug: "treatment", ratio: 1, extensionApiId: 1, addon }];
  const recipes = [anAddonStudy({ arguments: { branches } })];
  world.network.serve(await authority.bundle({ recipes }));
  const client = world.client();
  await client.start();
  return { world, client };
}
