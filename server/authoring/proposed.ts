import type { ProposedSet } from "#core/simulate.ts";
import { canonicalJson } from "#recipes/canonical.ts";
import type { ManifestEntry } from "#recipes/manifest.ts";
import { isCoded, RefusedFiles } from "../errors.ts";
import { toEntry } from "../publish/compose.ts";
import { sha256 } from "../publish/hash.ts";
import type { RecipeReader, StoredRevision } from "../store/ports.ts";
import { withAddons } from "./addons.ts";
import { type CheckedDraft, toFinding } from "./drafts.ts";
import { freeIds } from "./ids.ts";
import type { BodyContent } from "./revise.ts";

/** A set of recipes on paper, and the slugs of the drafts in it, in the order of the drafts. */
interface Proposal {
  readonly set: ProposedSet;
  readonly slugs: readonly string[];
}

/** The set that clients get now. */
export function liveSet(revisions: readonly StoredRevision[]): ProposedSet {
  return setOf(revisions.map(asPaper));
}

/**
 * The set that clients would get once these drafts are live: entries and bodies as publishing would
 * make them, except for ids and revisions of the server's own.
 *
 * @param options.extensions - where `extensionApiId` is looked up
 * @param options.live - what stays beside them; a draft takes the place of its earlier revision
 * @throws RefusedFiles `extension/not-found`
 */
export async function propose(
  drafts: readonly CheckedDraft[],
  options: {
    readonly nowMs: number;
    readonly extensions: Pick<RecipeReader, "extension">;
    readonly live?: readonly StoredRevision[];
  },
): Promise<Proposal> {
  const live = options.live ?? [];
  const known = drafts.map(
    ({ draft }) =>
      draft.id ??
      live.find(({ slug }) => draft.slug !== undefined && slug === draft.slug)?.recipeId,
  );
  const taken = [...known.filter((id) => id !== undefined), ...live.map((one) => one.recipeId)];
  const fresh = freeIds(taken);
  const proposed: Paper[] = [];
  for (const [index, { file, draft, capabilities }] of drafts.entries()) {
    const id = known[index] ?? fresh.next().value;
    const { name, action, filter_expression, slug = `recipe-${String(id)}` } = draft;
    const said = await withAddons(draft, options.extensions, {
      serverUrl: "https://simulation.invalid",
      isStrict: true,
    }).catch((error: unknown) => {
      if (!isCoded(error)) throw error;
      throw new RefusedFiles([toFinding(file, error)]);
    });
    const content = { id, slug, name, action, arguments: said, filter_expression, capabilities };
    proposed.push(paperOf(content, options.nowMs));
  }
  const replaced = new Set(proposed.map(({ entry }) => entry.id));
  const staying = live.filter(({ recipeId }) => !replaced.has(recipeId)).map(asPaper);
  return {
    set: setOf([...staying, ...proposed]),
    slugs: proposed.map(({ entry }) => entry.slug),
  };
}

/** A recipe's entry with its body. */
interface Paper {
  readonly entry: ManifestEntry;
  readonly body: string;
}

function paperOf(content: BodyContent, nowMs: number): Paper {
  const rev = "1";
  const { id, slug, action: act } = content;
  const body = canonicalJson({ ...content, revision_id: rev });
  const len = Buffer.byteLength(body);
  const mod = Math.floor(nowMs / 1_000);
  return { entry: { id, slug, rev, act, sha256: sha256(body), len, mod }, body };
}

function asPaper(revision: StoredRevision): Paper {
  return { entry: toEntry(revision), body: revision.body };
}

/** In a manifest ids ascend, and the order decides who is first at a preference. */
function setOf(papers: readonly Paper[]): ProposedSet {
  return {
    entries: papers.map(({ entry }) => entry).toSorted((a, b) => a.id - b.id),
    bodies: new Map(papers.map(({ entry, body }) => [entry.sha256, body])),
  };
}
