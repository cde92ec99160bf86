import type { KillList } from "#recipes/manifest.ts";
import { killListOf, type KillTarget, targetsOf } from "../publish/kill-list.ts";
import { type Publishing, publishStop } from "../publish/publication.ts";
import type { RecipeWriter } from "../store/ports.ts";

/** What came of a change of the kill list. */
export interface KillChange {
  readonly ep: number;
  /** The manifest that carries the list. */
  readonly n: number;
  /** What this change added or took away; empty where nothing was signed. */
  readonly changed: readonly KillTarget[];
  /** All that is stopped now. */
  readonly kill: KillList;
}

/** Stops everything that is named: clients drop it at their next run. One person may do that. */
export function addKills(publishing: Publishing, kill: KillList): Promise<KillChange> {
  return changeKills(publishing, async (writer) => {
    const present = await writer.kills();
    const added = targetsOf(kill).filter((target) => !present.some((one) => isSame(one, target)));
    for (const target of added) await writer.addKill({ ...target, createdMs: publishing.now() });
    return added;
  });
}

/** Lets everything that is named go on: rollouts come back, a study that ended stays over where it did. */
export function liftKills(publishing: Publishing, kill: KillList): Promise<KillChange> {
  return changeKills(publishing, async (writer) => {
    const present = await writer.kills();
    const lifted = targetsOf(kill).filter((target) => present.some((one) => isSame(one, target)));
    for (const target of lifted) await writer.removeKill(target);
    return lifted;
  });
}

async function changeKills(
  publishing: Publishing,
  change: (writer: RecipeWriter) => Promise<readonly KillTarget[]>,
): Promise<KillChange> {
  const { result, ep, n } = await publishStop(publishing, async (writer) => {
    const changed = await change(writer);
    const kill = killListOf(await writer.kills());
    return { result: { changed, kill }, isChanged: changed.length > 0 };
  });
  return { ep, n, ...result };
}

function isSame(one: KillTarget, other: KillTarget): boolean {
  return one.kind === other.kind && one.value === other.value;
}
