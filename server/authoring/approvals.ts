import { ServerError } from "../errors.ts";
import { type Publishing, publishChange } from "../publish/publication.ts";
import type { Decision, RequestState, StoredRequest } from "../store/ports-people.ts";
import type { RecipeStore, RecipeWriter } from "../store/ports.ts";
import { admit, type By } from "./access.ts";
import {
  approvalRefusal,
  decisionRefusal,
  requestRefusal,
  type Waiting,
} from "./approval-rules.ts";
import { refuseTakenSlug } from "./publish.ts";
import { record } from "./record.ts";

/** The store and the clock: what changes no published set needs. */
export interface Register {
  readonly store: RecipeStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What somebody says of a request. */
export interface Verdict {
  /** The request's id. */
  readonly request: number;
  /** SHA-256 (base64url) of the body that they have looked at. */
  readonly sha256?: string | undefined;
  readonly comment: string;
}

/**
 * Asks that the newest revision of a recipe goes live.
 *
 * @param revision - the number of the one that is meant, where somebody names it
 * @throws ServerError `recipe/not-found`, `recipe/live-already`, `approval/pending`,
 *   `approval/outdated`, `access/*`
 */
export function requestApproval(
  { store, now }: Register,
  by: By,
  recipeId: number,
  revision?: number,
): Promise<StoredRequest> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const { name: requester } = await admit(writer, by, "write", atMs);
    if (requester === null)
      throw new ServerError(
        "access/token-missing",
        "whoever asks for approval has a name: put a token into MULBERRY_TOKEN",
      );
    const recipe = await writer.recipe(recipeId);
    if (recipe === undefined)
      throw new ServerError("recipe/not-found", `no recipe has the id ${String(recipeId)}`);
    throwIf(requestRefusal(recipe, await writer.pendingRequest(recipeId), revision));
    const newest = await writer.revision(recipe.latest);
    if (newest === undefined)
      throw new ServerError("data/damaged", `recipe ${String(recipeId)} has lost its revision`);
    const { sha256, number } = newest;
    const id = await writer.addRequest({
      recipeId,
      revision: number,
      sha256,
      requester,
      createdMs: atMs,
    });
    await record(writer, { who: requester, what: "approval.requested", atMs, recipeId, sha256 });
    return (await waitingFor(writer, id)).request;
  });
}

/**
 * Lets what waits go live: the second of the two people that it takes.
 *
 * @throws ServerError `approval/*`, `recipe/live-already`, `recipe/duplicate-slug`, `access/*`, and
 *   what publishing throws; then nothing is changed
 */
export async function approve(
  publishing: Publishing,
  by: By,
  verdict: Verdict,
): Promise<{ readonly request: StoredRequest; readonly slug: string; readonly n: number }> {
  const { result, n } = await publishChange(publishing, [], async (writer) => {
    const atMs = publishing.now();
    const { name } = await admit(writer, by, "approve", atMs);
    const waiting = await waitingFor(writer, verdict.request);
    throwIf(decisionRefusal(waiting, verdict.sha256));
    throwIf(approvalRefusal(waiting, name ?? ""));
    const { recipe, revision } = waiting;
    refuseTakenSlug(await writer.recipes(), { id: recipe.id, slug: revision.slug });
    const request = await close(writer, waiting, "approved", { who: name, atMs, verdict });
    await writer.setLive(recipe.id, revision.number);
    const { sha256 } = revision;
    await record(writer, { who: name, what: "recipe.live", atMs, recipeId: recipe.id, sha256 });
    return { result: { request, slug: revision.slug }, isChanged: true };
  });
  return { ...result, n };
}

/**
 * Says no to what waits, and why.
 *
 * @throws ServerError `approval/*`, `access/*`
 */
export function reject({ store, now }: Register, by: By, verdict: Verdict): Promise<StoredRequest> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const { name } = await admit(writer, by, "approve", atMs);
    if (verdict.comment.trim() === "")
      throw new ServerError("approval/comment-missing", "say why: the author has to know", {
        at: "/comment",
      });
    const waiting = await waitingFor(writer, verdict.request);
    throwIf(decisionRefusal(waiting, verdict.sha256));
    return close(writer, waiting, "rejected", { who: name, atMs, verdict });
  });
}

/**
 * Takes a request back. It starts nothing, so anybody who writes may do it.
 *
 * @throws ServerError `approval/*`, `access/*`
 */
export function withdraw(
  { store, now }: Register,
  by: By,
  verdict: Verdict,
): Promise<StoredRequest> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const { name } = await admit(writer, by, "write", atMs);
    const waiting = await waitingFor(writer, verdict.request);
    throwIf(decisionRefusal(waiting, undefined));
    return close(writer, waiting, "withdrawn", { who: name, atMs, verdict });
  });
}

async function waitingFor(writer: RecipeWriter, id: number): Promise<Waiting> {
  const request = await writer.request(id);
  const recipe = request && (await writer.recipe(request.recipeId));
  const revision = request && (await writer.revision(request.revision));
  if (request === undefined || recipe === undefined || revision === undefined)
    throw new ServerError("approval/not-found", `there is no approval request ${String(id)}`);
  return { request, recipe, revision };
}

/** The transition itself: of two that decide at one moment, one finds it decided. */
async function close(
  writer: RecipeWriter,
  { request: { id, recipeId, sha256 } }: Waiting,
  state: Exclude<RequestState, "pending" | "void">,
  done: { readonly who: string | null; readonly atMs: number; readonly verdict: Verdict },
): Promise<StoredRequest> {
  const { who, atMs } = done;
  const { comment } = done.verdict;
  const decision: Decision = { state, decider: who, comment, decidedMs: atMs };
  if (!(await writer.closeRequest(id, decision)))
    throw new ServerError("approval/decided", "somebody else has decided this meanwhile");
  await record(writer, { who, what: `approval.${state}`, atMs, recipeId, sha256, comment });
  return (await waitingFor(writer, id)).request;
}

function throwIf(refusal: ServerError | undefined): void {
  if (refusal !== undefined) throw refusal;
}
