import type { PeopleReader, PeopleWriter } from "./ports-people.ts";

// What the authoring and publishing side needs of a store. One contract suite
// (test/contract/recipe-store.test.ts) says what every engine must do.

/** A recipe: an identity that its revisions share. */
export interface StoredRecipe {
  readonly id: number;
  readonly slug: string;
  /** Number of its newest revision. */
  readonly latest: number;
  /** Number of the revision that clients get; `null` when it is not live. */
  readonly live: number | null;
  readonly createdMs: number;
  /** When it was last taken away from clients; `null` while it is live, or where it never was. */
  readonly endedMs: number | null;
}

/** One immutable version of a recipe. */
export interface StoredRevision {
  /** Counts all revisions of a server; `revision_id` is this as a string unless the author gave one. */
  readonly number: number;
  readonly recipeId: number;
  readonly revisionId: string;
  readonly slug: string;
  readonly name: string;
  /** As in the body. */
  readonly action: string;
  /** Number of the revision that it replaces; `null` for the first. */
  readonly parent: number | null;
  /** The name of who wrote it; `null` where that was whoever holds the data folder. */
  readonly author: string | null;
  readonly comment: string;
  readonly createdMs: number;
  /** SHA-256 of the body's UTF-8 bytes, base64url. */
  readonly sha256: string;
  /** The same with the revision's own id left out: equal where nothing changed. */
  readonly contentSha256: string;
  /** The exact text that is published. */
  readonly body: string;
}

/** One signed manifest. `(ep, n)` is unique for ever. */
export interface StoredPublication {
  readonly ep: number;
  readonly n: number;
  /** SHA-256 of the payload's bytes, base64url. */
  readonly digest: string;
  /** The payload as signed, JSON. */
  readonly payload: string;
  /** The bundle as clients get it, JSON. */
  readonly bundle: string;
  readonly createdMs: number;
}

/** A study's add-on; its bytes lie in the file store under their hash. */
export interface StoredExtension {
  readonly id: number;
  readonly name: string;
  /** The id that the browser knows it by. */
  readonly addonId: string;
  readonly version: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  readonly createdMs: number;
}

/** One thing that every client is to drop, whatever the recipes say. */
export interface StoredKill {
  readonly kind: "all" | "id" | "slug" | "pref" | "addon";
  /** What of its kind; `""` for `all`. */
  readonly value: string;
  readonly createdMs: number;
}

export interface RecipeReader extends PeopleReader {
  /** Every recipe, ids ascending. */
  recipes(): Promise<readonly StoredRecipe[]>;
  recipe(id: number): Promise<StoredRecipe | undefined>;
  revision(number: number): Promise<StoredRevision | undefined>;
  /** A recipe's revisions, oldest first. */
  revisionsOf(recipeId: number): Promise<readonly StoredRevision[]>;
  /** The revisions that clients get, recipe ids ascending. */
  liveRevisions(): Promise<readonly StoredRevision[]>;
  /** The body with this hash (base64url), whichever revision it belongs to. */
  body(sha256: string): Promise<string | undefined>;
  /** The publication with the highest `(ep, n)`. */
  latestPublication(): Promise<StoredPublication | undefined>;
  /** All that is stopped, oldest first. */
  kills(): Promise<readonly StoredKill[]>;
  /** Every extension, ids ascending. */
  extensions(): Promise<readonly StoredExtension[]>;
  extension(id: number): Promise<StoredExtension | undefined>;
}

export interface RecipeWriter extends RecipeReader, PeopleWriter {
  /** The number that the next revision gets. */
  nextRevisionNumber(): Promise<number>;
  /** Adds a revision, and the recipe when it is the first; makes it the recipe's newest. */
  addRevision(revision: StoredRevision): Promise<void>;
  /** Makes a revision the one that clients get. */
  setLive(recipeId: number, revisionNumber: number): Promise<void>;
  /** Takes the recipe away from clients. */
  endLive(recipeId: number, atMs: number): Promise<void>;
  /** Rejects when this `(ep, n)` exists. */
  addPublication(publication: StoredPublication): Promise<void>;
  /** Rejects when it is stopped already. */
  addKill(kill: StoredKill): Promise<void>;
  /** Does nothing where it is not stopped. */
  removeKill(kill: Pick<StoredKill, "kind" | "value">): Promise<void>;
  /** @returns the new extension's id */
  addExtension(extension: Omit<StoredExtension, "id">): Promise<number>;
}

export interface RecipeStore extends RecipeReader {
  /**
   * Runs work alone among all writers, in this process and in others, as one atomic and durable
   * change: when it rejects, nothing happened. Work uses the writer that it is given and nothing else
   * of the store.
   */
  transaction<T>(work: (writer: RecipeWriter) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
