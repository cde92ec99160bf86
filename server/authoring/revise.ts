import { wireLimits } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import { sha256 } from "../publish/hash.ts";
import type { RecipeWriter, StoredRevision } from "../store/ports.ts";
import { record, voidPending } from "./record.ts";

/** What a body says, before it has a revision of its own. */
export interface BodyContent {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly action: string;
  readonly arguments: unknown;
  readonly filter_expression: string;
  readonly capabilities: readonly string[];
}

/**
 * Adds a revision with this content to its recipe, making the recipe when it is new. Where the
 * newest revision says the same already, that one is returned and nothing is added. What waited for
 * approval waits no longer: it is not the newest any more.
 *
 * @param options.author - a person's name; `null` for whoever holds the data folder
 * @param options.revisionId - given by the author; else the revision's own number
 * @param options.write - from a value to the exact text that is hashed and published
 * @throws ServerError `recipe/too-large`, and what `write` throws
 */
export async function revise(
  writer: RecipeWriter,
  content: BodyContent,
  options: {
    readonly author: string | null;
    readonly comment: string;
    readonly nowMs: number;
    readonly write: (value: unknown) => string;
    readonly revisionId?: string | undefined;
  },
): Promise<StoredRevision> {
  const { author, comment, nowMs, write, revisionId } = options;
  const contentSha256 = sha256(write({ ...content, revision_id: "" }));
  const recipe = await writer.recipe(content.id);
  const newest = recipe && (await writer.revision(recipe.latest));
  const isSame =
    newest?.contentSha256 === contentSha256 &&
    (revisionId === undefined || revisionId === newest.revisionId);
  if (isSame) return newest;

  const number = await writer.nextRevisionNumber();
  const given = revisionId ?? String(number);
  const body = write({ ...content, revision_id: given });
  const size = Buffer.byteLength(body);
  if (size > wireLimits.bodyBytes)
    throw new ServerError(
      "recipe/too-large",
      `a recipe may have ${String(wireLimits.bodyBytes)} bytes, this one has ${String(size)}`,
    );
  const revision: StoredRevision = {
    number,
    recipeId: content.id,
    revisionId: given,
    slug: content.slug,
    name: content.name,
    action: content.action,
    parent: newest?.number ?? null,
    author,
    comment,
    createdMs: nowMs,
    sha256: sha256(body),
    contentSha256,
    body,
  };
  await writer.addRevision(revision);
  const { recipeId } = revision;
  const done = { who: author, atMs: nowMs, recipeId, sha256: revision.sha256, comment };
  await record(writer, { ...done, what: "revision.added" });
  if (recipe !== undefined)
    await voidPending(writer, recipeId, { who: author, atMs: nowMs, why: "it was edited" });
  return revision;
}
