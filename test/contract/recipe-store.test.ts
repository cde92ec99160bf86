import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "#kit/server.ts";
import type { RecipeStore, StoredPublication, StoredRevision } from "#server/store/ports.ts";
import { storeEngines } from "./store-engines.ts";

describe.each(Object.entries(storeEngines))("the recipe store on %s", (_name, open) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: RecipeStore;
  beforeEach(async () => {
    folder = await temporaryFolder();
    store = await open(folder.path);
  });
  afterEach(async () => {
    await store.close();
    await folder[Symbol.asyncDispose]();
  });

  test("gives back a revision exactly as it was added", async () => {
    const revision = aRevision({
      body: '{"name":"\\u00e9 \u{1F333}"}',
      createdMs: 1_795_342_530_123,
    });
    await add(store, revision);

    expect(await store.revision(1)).toEqual(revision);
    expect(await store.revisionsOf(7)).toEqual([revision]);
    expect(await store.body(revision.sha256)).toBe(revision.body);
  });

  test("makes a recipe with its first revision, not live", async () => {
    await add(store, aRevision());

    expect(await store.recipes()).toEqual([
      { id: 7, slug: "a", latest: 1, live: null, createdMs: 1_000, endedMs: null },
    ]);
    expect(await store.liveRevisions()).toEqual([]);
  });

  test("keeps the live revision when a newer one is added", async () => {
    await add(store, aRevision());
    await store.transaction((writer) => writer.setLive(7, 1));
    await add(store, aRevision({ number: 2, sha256: "two", slug: "b" }));

    expect(await store.recipe(7)).toMatchObject({ latest: 2, live: 1, slug: "b" });
    expect(await store.liveRevisions()).toMatchObject([{ number: 1 }]);
  });

  test("knows when a recipe was taken away, until it is live again", async () => {
    await add(store, aRevision());
    await store.transaction((writer) => writer.setLive(7, 1));
    await store.transaction((writer) => writer.endLive(7, 5_000));
    expect(await store.recipe(7)).toMatchObject({ live: null, endedMs: 5_000 });
    expect(await store.liveRevisions()).toEqual([]);

    await store.transaction((writer) => writer.setLive(7, 1));
    expect(await store.recipe(7)).toMatchObject({ live: 1, endedMs: null });
  });

  test("lists live revisions by recipe id, whatever order they came in", async () => {
    await add(store, aRevision({ recipeId: 9, number: 1 }));
    await add(store, aRevision({ recipeId: 2, number: 2 }));
    await store.transaction(async (writer) => {
      await writer.setLive(9, 1);
      await writer.setLive(2, 2);
    });

    expect((await store.liveRevisions()).map(({ recipeId }) => recipeId)).toEqual([2, 9]);
  });

  test("counts revisions upwards from the highest", async () => {
    await add(store, aRevision({ recipeId: 40, number: 12 }));

    await store.transaction(async (writer) => {
      expect(await writer.nextRevisionNumber()).toBe(13);
    });
  });

  test("refuses a revision number that is taken", async () => {
    await add(store, aRevision());

    await expect(add(store, aRevision({ recipeId: 8 }))).rejects.toThrow();
    expect(await store.recipe(8)).toBeUndefined();
  });

  test("refuses a second publication with one number", async () => {
    await store.transaction((writer) => writer.addPublication(aPublication(1, 5)));

    const again = store.transaction((writer) => writer.addPublication(aPublication(1, 5)));
    await expect(again).rejects.toThrow();
  });

  test("finds the newest publication by epoch first, then by number", async () => {
    for (const [ep, n] of [
      [1, 9],
      [2, 1],
      [1, 10],
    ] as const)
      await store.transaction((writer) => writer.addPublication(aPublication(ep, n)));

    expect(await store.latestPublication()).toEqual(aPublication(2, 1));
  });

  test("forgets everything of a transaction that fails", async () => {
    const failing = store.transaction(async (writer) => {
      await writer.addRevision(aRevision());
      await writer.addPublication(aPublication(1, 1));
      throw new Error("no");
    });

    await expect(failing).rejects.toThrow("no");
    expect(await store.recipes()).toEqual([]);
    expect(await store.latestPublication()).toBeUndefined();
  });

  test("keeps what is stopped, in the order in which it was, until it is let go", async () => {
    const kills = [
      { kind: "slug", value: "b", createdMs: 2 },
      { kind: "id", value: "7", createdMs: 2 },
      { kind: "all", value: "", createdMs: 3 },
    ] as const;
    for (const kill of kills) await store.transaction((writer) => writer.addKill(kill));
    expect(await store.kills()).toEqual(kills);

    await store.transaction((writer) => writer.removeKill({ kind: "id", value: "7" }));
    await store.transaction((writer) => writer.removeKill({ kind: "pref", value: "b" }));
    expect(await store.kills()).toEqual([kills[0], kills[2]]);
  });

  test("stops nothing twice", async () => {
    const kill = { kind: "pref", value: "a.b", createdMs: 1 } as const;
    await store.transaction((writer) => writer.addKill(kill));
    await expect(
      store.transaction((writer) => writer.addKill({ ...kill, createdMs: 2 })),
    ).rejects.toThrow();
    expect(await store.kills()).toEqual([kill]);
  });

  test("keeps extensions apart by id", async () => {
    const extension = {
      name: "Study",
      addonId: "study@example.com",
      version: "1.0",
      sha256: "ab",
      size: 3,
      createdMs: 5,
    };
    const first = await store.transaction((writer) => writer.addExtension(extension));
    const second = await store.transaction((writer) =>
      writer.addExtension({ ...extension, version: "2.0" }),
    );

    expect(await store.extension(first)).toEqual({ id: first, ...extension });
    expect((await store.extensions()).map(({ id }) => id)).toEqual([first, second]);
    expect(await store.extension(99)).toBeUndefined();
  });

  test("lets one transaction after another through, over two connections", async () => {
    const other = await open(folder.path);
    try {
      let runs = 0;
      const countUp = (through: RecipeStore): Promise<void> =>
        through.transaction(async (writer) => {
          runs += 1;
          const n = ((await writer.latestPublication())?.n ?? 0) + 1;
          // Gives the other one every chance to come in between.
          await new Promise(setImmediate);
          await writer.addPublication(aPublication(1, n));
        });
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => countUp(index % 2 === 0 ? store : other)),
      );

      expect(await store.latestPublication()).toMatchObject({ n: 20 });
      // Work that ran twice would sign twice.
      expect(runs).toBe(20);
    } finally {
      await other.close();
    }
  });

  test("has everything again after it was closed", async () => {
    await add(store, aRevision());
    await store.close();
    store = await open(folder.path);

    expect(await store.revision(1)).toEqual(aRevision());
  });
});

function add(store: RecipeStore, revision: StoredRevision): Promise<void> {
  return store.transaction((writer) => writer.addRevision(revision));
}

function aRevision(overrides: Partial<StoredRevision> = {}): StoredRevision {
  return {
    number: 1,
    recipeId: 7,
    revisionId: "1",
    slug: "a",
    name: "A",
    action: "console-log",
    parent: null,
    author: null,
    comment: "",
    createdMs: 1_000,
    sha256: "hash",
    contentSha256: "content",
    body: "{}",
    ...overrides,
  };
}

function aPublication(ep: number, n: number): StoredPublication {
  return { ep, n, digest: "d", payload: "{}", bundle: "{}", createdMs: 1 };
}
