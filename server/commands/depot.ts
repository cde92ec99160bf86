import { requestApproval } from "../authoring/approvals.ts";
import type { CheckedDraft } from "../authoring/drafts.ts";
import { disableRecipe, publishDrafts } from "../authoring/publish.ts";
import type { Shelf } from "../authoring/shelf.ts";
import type { ServerConfig } from "../config.ts";
import { hasStore, type StorePlace } from "../data-folder.ts";
import { openStore, openWorkplace, serverUrlOf } from "../workplace.ts";
import { bearer } from "./bearer.ts";
import { awaitServed } from "./presence.ts";

/** A recipe as it is kept after a change. */
export interface Kept {
  readonly id: number;
  readonly slug: string;
  /** Number of its newest revision. */
  readonly revision: number;
  readonly sha256: string;
}

/** Where recipes are kept and changed: a data folder, or a server that is asked over its API. */
export interface Depot extends AsyncDisposable {
  readonly shelf: Shelf;
  /** How a sentence names it. */
  readonly called: string;
  /** Whether whoever asks for approval has a name here. */
  readonly isNamed: boolean;
  /**
   * Makes revisions, none of which is live by it unless `isApproved`, in the order of the drafts. Where
   * nothing is new, what is there comes back.
   */
  write(
    drafts: readonly CheckedDraft[],
    options: { readonly comment: string; readonly isApproved: boolean },
  ): Promise<readonly Kept[]>;
  /** Asks that a recipe's newest revision goes live. */
  request(kept: Pick<Kept, "id" | "revision">): Promise<void>;
  /** Takes a recipe away from clients. */
  disable(id: number): Promise<void>;
  /** Waits until what was changed is served, where something went live or ended. */
  settle(): Promise<void>;
}

/**
 * The data folder of this command, and whoever runs it. Nothing is made in it before something is to be
 * changed.
 *
 * @param tell - as `openWorkplace`
 */
export async function openLocalDepot(
  config: ServerConfig,
  tell: (type: "keys.made" | "keys.renewed") => void,
): Promise<Depot> {
  const by = await bearer();
  const looking = await openLocalShelf(config);
  let opened: ReturnType<typeof openWorkplace> | undefined;
  const workplace = (): NonNullable<typeof opened> =>
    (opened ??= openWorkplace(config, Date.now, tell));
  return {
    shelf: looking.shelf,
    called: config.dataDir,
    isNamed: by !== "operator",
    async write(drafts, { comment, isApproved }) {
      const publishing = await workplace();
      const approval = isApproved ? "approved" : "waiting";
      const serverUrl = await serverUrlOf(config);
      const options = { by, approval, comment, serverUrl } as const;
      const kept: Kept[] = [];
      for (const { id, slug, sha256 } of await publishDrafts(publishing, drafts, options)) {
        const revision = (await publishing.store.recipe(id))?.latest ?? 0;
        kept.push({ id, slug, revision, sha256 });
      }
      return kept;
    },
    async request({ id, revision }) {
      await requestApproval(await workplace(), by, id, revision);
    },
    async disable(id) {
      await disableRecipe(await workplace(), id, by);
    },
    settle: () => awaitServed(config),
    async [Symbol.asyncDispose]() {
      await looking[Symbol.asyncDispose]();
      await (await opened)?.close();
    },
  };
}

/** What a data folder holds, for who only looks: no folder is made where there is none. */
export async function openLocalShelf(
  place: StorePlace,
): Promise<{ shelf: Shelf } & AsyncDisposable> {
  if (!hasStore(place)) return { shelf: emptyShelf, [Symbol.asyncDispose]: async () => undefined };
  const store = await openStore(place);
  return { shelf: store, [Symbol.asyncDispose]: () => store.close() };
}

const emptyShelf: Shelf = {
  recipes: () => Promise.resolve([]),
  revision: () => Promise.resolve(undefined),
  requests: () => Promise.resolve([]),
};
