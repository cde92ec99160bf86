import { capabilitiesOf, capabilitiesOfAction } from "#recipes/capabilities.ts";
import { RecipeError } from "#recipes/errors.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { parseEnvelope } from "#recipes/parse.ts";
import type { RecipeEnvelope } from "#recipes/recipe.ts";
import { isCoded, ServerError } from "../errors.ts";
import { type Publishing, publishChange } from "../publish/publication.ts";
import type { RecipeWriter } from "../store/ports.ts";
import { withAddons } from "./addons.ts";
import { freeIds } from "./ids.ts";
import { revise } from "./revise.ts";

/** What `PUT /api/dev/live` answers. */
export interface LiveSet {
  readonly ep: number;
  readonly n: number;
  readonly recipes: readonly {
    readonly id: number;
    readonly slug: string;
    readonly sha256: string;
  }[];
}

/** A recipe of the set; `revisionId` only when it was given. */
interface Given {
  readonly envelope: RecipeEnvelope;
  readonly revisionId: string | undefined;
}

/**
 * Replaces the whole set of live recipes, for QA: what a client should judge (arguments, filters,
 * actions that do not exist) goes out as it is. Every call signs a new manifest, and the manifest
 * releases the client's brake on mass changes.
 *
 * @param value - an array of recipes, parsed from JSON and otherwise unknown
 * @throws ServerError `live/malformed`, `live/duplicate-id`; RecipeError from an envelope, with the
 *   place in the array before its pointer
 */
export async function publishLive(
  publishing: Publishing,
  value: unknown,
  serverUrl: string,
): Promise<LiveSet> {
  if (!Array.isArray(value))
    throw new ServerError("live/malformed", "the live set is an array of recipes");
  const items: readonly unknown[] = value;
  if (items.length > wireLimits.recipes)
    throw new ServerError(
      "publish/too-large",
      `${String(items.length)} recipes; at most ${String(wireLimits.recipes)} fit into one set`,
    );
  const { result, ep, n } = await publishChange(publishing, ["mass-ok"], async (writer) => {
    const given = await readAll(items, writer);
    const wanted = new Map<number, number>();
    const recipes: LiveSet["recipes"][number][] = [];
    for (const [index, one] of given.entries()) {
      const revision = await locate(index, () => store(writer, one, publishing.now(), serverUrl));
      wanted.set(revision.recipeId, revision.number);
      const { recipeId: id, slug, sha256 } = revision;
      recipes.push({ id, slug, sha256 });
    }
    for (const { id, live } of await writer.recipes()) {
      const number = wanted.get(id);
      if (number === undefined) {
        if (live !== null) await writer.endLive(id, publishing.now());
      } else if (live !== number) await writer.setLive(id, number);
    }
    return { result: recipes, isChanged: true };
  });
  return { ep, n, recipes: result };
}

async function readAll(items: readonly unknown[], writer: RecipeWriter): Promise<readonly Given[]> {
  const taken = new Set<number>();
  for (const [index, item] of items.entries()) {
    const id = memberOf(item, "id");
    if (typeof id !== "number") continue;
    if (taken.has(id))
      throw new ServerError("live/duplicate-id", "two recipes of the set have one id", {
        at: `/${String(index)}/id`,
      });
    taken.add(id);
  }
  for (const { id } of await writer.recipes()) taken.add(id);
  const fresh = freeIds(taken);
  return Promise.all(
    items.map((item, index) =>
      locate(index, () => {
        const isNew = isObject(item) && !Object.hasOwn(item, "id");
        return readOne(isNew ? { id: fresh.next().value, ...item } : item);
      }),
    ),
  );
}

/** The envelope, after the members that a server gives are filled in where they are missing. */
function readOne(item: unknown): Given {
  const isGiven = memberOf(item, "revision_id") !== undefined;
  const envelope = parseEnvelope(isObject(item) ? { name: "", revision_id: "0", ...item } : item);
  return { envelope, revisionId: isGiven ? envelope.revision_id : undefined };
}

async function store(
  writer: RecipeWriter,
  { envelope, revisionId }: Given,
  nowMs: number,
  serverUrl: string,
): ReturnType<typeof revise> {
  const { revision_id: _replaced, ...content } = envelope;
  const said = await withAddons(envelope, writer, { serverUrl, isStrict: false });
  return revise(
    writer,
    { ...content, arguments: said, capabilities: inferred(envelope) },
    // Values without an agreed canonical form, floats for example, are for the client to refuse.
    {
      author: null,
      comment: "live set",
      nowMs,
      write: (value) => JSON.stringify(value),
      revisionId,
    },
  );
}

/** A filter that cannot be read needs nothing that could be named. */
function inferred(envelope: RecipeEnvelope): readonly string[] {
  try {
    return capabilitiesOf(envelope);
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    return capabilitiesOfAction(envelope);
  }
}

/** Puts the place in the array before the pointer of whatever is refused. */
async function locate<T>(index: number, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const place = `/${String(index)}`;
    if (error instanceof RecipeError)
      throw new RecipeError(error.code, error.message, { at: place + error.at, cause: error });
    if (isCoded(error) && error instanceof ServerError)
      throw new ServerError(error.code, error.message, { at: place + error.at, cause: error });
    throw error;
  }
}
