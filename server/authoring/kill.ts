import type { KillList } from "#recipes/manifest.ts";
import { describeTarget, killListOf, type KillTarget, targetsOf } from "../publish/kill-list.ts";
import { type Publishing, publishStop } from "../publish/publication.ts";
import type { RecipeWriter } from "../store/ports.ts";
import { admit, type By } from "./access.ts";
import { record } from "./record.ts";

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
export function addKills(publishing: Publishing, kill: KillList, by: By): Promise<KillChange> {
  return changeKills(publishing, { by, what: "kill.added" }, async (writer) => {
    const present = await writer.kills();
    const added = targetsOf(kill).filter((target) => !present.some((one) => isSame(one, target)));
    for (const target of added) await writer.addKill({ ...target, createdMs: publishing.now() });
    return added;
  });
}

/** Lets everything that is named go on: rollouts come back, a study that ended stays over where it did. */
export function liftKills(publishing: Publishing, kill: KillList, by: By): Promise<KillChange> {
  return changeKills(publishing, { by, what: "kill.lifted" }, async (writer) => {
    const present = await writer.kills();
    const lifted = targetsOf(kill).filter((target) => present.some((one) => isSame(one, target)));
    for (const target of lifted) await writer.removeKill(target);
    return lifted;
  });
}

async function changeKills(
  publishing: Publishing,
  { by, what }: { readonly by: By; readonly what: "kill.added" | "kill.lifted" },
  change: (writer: RecipeWriter) => Promise<readonly KillTarget[]>,
): Promise<KillChange> {
  const { result, ep, n } = await publishStop(publishing, async (writer) => {
    const atMs = publishing.now();
    const { name: who } = await admit(writer, by, "stop", atMs);
    const changed = await change(writer);
    for (const target of changed)
      await record(writer, { who, what, atMs, subject: describeTarget(target) });
    const kill = killListOf(await writer.kills());
    return { result: { changed, kill }, isChanged: changed.length > 0 };
  });
  return { ep, n, ...result };
}

function isSame(one: KillTarget, other: KillTarget): boolean {
  return one.kind === other.kind && one.value === other.value;
}
