import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryFolder } from "#kit/server.ts";
import type { Decision, StoredAudit, StoredToken } from "#server/store/ports-people.ts";
import type { RecipeStore, RecipeWriter } from "#server/store/ports.ts";
import { storeEngines } from "./store-engines.ts";

describe.each(Object.entries(storeEngines))("people and approval on %s", (_name, open) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let store: RecipeStore;
  beforeEach(async () => {
    folder = await temporaryFolder();
    store = await open(folder.path);
    await store.transaction(async (writer) => {
      for (const name of ["ada", "bob"])
        await writer.addPerson({ name, role: "approver", createdMs: 1, disabledMs: null });
      await addRevision(writer, 1);
    });
  });
  afterEach(async () => {
    await store.close();
    await folder[Symbol.asyncDispose]();
  });

  test("keeps people by name, with the role that they have now and the day on which they left", async () => {
    await store.transaction(async (writer) => {
      await writer.setRole("bob", "viewer");
      await writer.disablePerson("bob", 9);
    });

    const bob = { id: 2, name: "bob", role: "viewer", createdMs: 1, disabledMs: 9 };
    expect(await store.person("bob")).toEqual(bob);
    expect((await store.people()).map(({ name }) => name)).toEqual(["ada", "bob"]);
    expect(await store.person("Bob")).toBeUndefined();
  });

  test("lets no name be used twice", async () => {
    const again = { name: "bob", role: "viewer", createdMs: 2, disabledMs: null } as const;
    await expect(store.transaction((writer) => writer.addPerson(again))).rejects.toThrow();
    expect(await store.person("bob")).toMatchObject({ role: "approver" });
  });

  test("finds a token by its hash alone, and keeps it when it is taken back", async () => {
    const token: Omit<StoredToken, "id"> = {
      person: "ada",
      sha256: "hash",
      scopes: ["read", "approve"],
      createdMs: 1,
      expiresMs: 1_795_342_530_123,
      revokedMs: null,
    };
    const id = await store.transaction((writer) => writer.addToken(token));
    expect(await store.token("hash")).toEqual({ id, ...token });
    expect(await store.token("other")).toBeUndefined();

    await store.transaction((writer) => writer.revokeToken(id, 7));
    expect(await store.tokens()).toEqual([{ id, ...token, revokedMs: 7 }]);
  });

  test("gives out no token to nobody, and no hash twice", async () => {
    const token = { sha256: "h", scopes: [], createdMs: 1, expiresMs: 2, revokedMs: null };
    const add = (person: string): Promise<number> =>
      store.transaction((writer) => writer.addToken({ ...token, person }));
    await expect(add("eve")).rejects.toThrow();
    await add("ada");
    await expect(add("bob")).rejects.toThrow();
  });

  test("knows a session by its hash until it ends, and when it was used last", async () => {
    const session = { sha256: "s", person: "ada", token: null, createdMs: 1, seenMs: 1 };
    await store.transaction((writer) => writer.addSession(session));
    expect(await store.session("s")).toEqual(session);
    expect(await store.session("other")).toBeUndefined();
    await expect(store.transaction((writer) => writer.addSession(session))).rejects.toThrow();

    await store.transaction((writer) => writer.seeSession("s", 1_795_342_530_123));
    expect(await store.session("s")).toEqual({ ...session, seenMs: 1_795_342_530_123 });
    await store.transaction((writer) => writer.endSession("s"));
    expect(await store.session("s")).toBeUndefined();
    await store.transaction(async (writer) => {
      await writer.seeSession("s", 2);
      await writer.endSession("s");
    });
    expect(await store.session("s")).toBeUndefined();
  });

  test("opens no session for nobody, and none with a token that is not there", async () => {
    const session = { sha256: "s", person: "ada", token: null, createdMs: 1, seenMs: 1 };
    for (const wrong of [{ person: "eve" }, { token: 9 }])
      await expect(
        store.transaction((writer) => writer.addSession({ ...session, ...wrong })),
      ).rejects.toThrow();
  });

  test("ends every session that was opened, or used last, before a moment", async () => {
    await store.transaction(async (writer) => {
      for (const [sha256, createdMs, seenMs] of [
        ["old", 1, 20],
        ["unused", 10, 11],
        ["fresh", 10, 12],
      ] as const)
        await writer.addSession({ sha256, person: "ada", token: null, createdMs, seenMs });
      await writer.endSessionsBefore({ createdMs: 10, seenMs: 12 });
    });
    const left = await Promise.all(["old", "unused", "fresh"].map((hash) => store.session(hash)));
    expect(left.map((session) => session?.sha256)).toEqual([undefined, undefined, "fresh"]);
  });

  test("lets one request of a recipe wait at a time", async () => {
    const id = await ask(store, 1);
    expect(await store.pendingRequest(7)).toEqual({
      id,
      recipeId: 7,
      revision: 1,
      sha256: "hash 1",
      requester: "ada",
      createdMs: 5,
      state: "pending",
      decider: null,
      comment: "",
      decidedMs: null,
    });
    await expect(ask(store, 1)).rejects.toThrow();

    expect(await close(store, id, { state: "rejected" })).toBe(true);
    expect(await store.pendingRequest(7)).toBeUndefined();
    await ask(store, 1);
    expect((await store.requests()).map(({ state }) => state)).toEqual(["rejected", "pending"]);
  });

  test("ends a request once: who comes second is told so, and changes nothing", async () => {
    const id = await ask(store, 1);
    expect(await close(store, id, { state: "approved", comment: "fine" })).toBe(true);
    expect(await close(store, id, { state: "withdrawn" })).toBe(false);
    expect(await close(store, 99, { state: "withdrawn" })).toBe(false);
    expect(await store.request(id)).toMatchObject({ state: "approved", comment: "fine" });
  });

  test("refuses by itself that somebody approves what they asked for, or nobody does", async () => {
    const id = await ask(store, 1);
    for (const decider of ["ada", null])
      await expect(close(store, id, { state: "approved", decider })).rejects.toThrow();
    expect(await store.request(id)).toMatchObject({ state: "pending" });
    expect(await close(store, id, { state: "withdrawn", decider: "ada" })).toBe(true);
  });

  test("ends one request for two connections that decide at one moment", async () => {
    const other = await open(folder.path);
    try {
      const id = await ask(store, 1);
      const ended = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          close(index % 2 === 0 ? store : other, id, { state: "approved" }),
        ),
      );
      expect(ended.filter(Boolean)).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  test("keeps what was done in its order, and gives a recipe its part of it", async () => {
    const entry: Omit<StoredAudit, "seq"> = {
      atMs: 3,
      who: null,
      what: "revision.added",
      recipeId: 7,
      sha256: "hash 1",
      subject: "",
      comment: "first",
    };
    const other = { ...entry, who: "ada", what: "person.added", recipeId: null } as const;
    await store.transaction(async (writer) => {
      await writer.addAudit(entry);
      await writer.addAudit({ ...other, sha256: null, subject: "bob" });
    });

    expect(await store.audit()).toEqual([
      { seq: 1, ...entry },
      { seq: 2, ...other, sha256: null, subject: "bob" },
    ]);
    expect(await store.audit(7)).toEqual([{ seq: 1, ...entry }]);
    await store.transaction((writer) => writer.addAudit({ ...entry, comment: "second" }));
    expect(await store.latestAudit("revision.added")).toMatchObject({ seq: 3, comment: "second" });
    expect(await store.latestAudit("kill.lifted")).toBeUndefined();
  });
});

async function addRevision(writer: RecipeWriter, number: number): Promise<void> {
  await writer.addRevision({
    number,
    recipeId: 7,
    revisionId: String(number),
    slug: "a",
    name: "A",
    action: "console-log",
    parent: null,
    author: "ada",
    comment: "",
    createdMs: 1,
    sha256: `hash ${String(number)}`,
    contentSha256: `content ${String(number)}`,
    body: "{}",
  });
}

function ask(store: RecipeStore, revision: number): Promise<number> {
  const sha256 = `hash ${String(revision)}`;
  const request = { recipeId: 7, revision, sha256, requester: "ada", createdMs: 5 };
  return store.transaction((writer) => writer.addRequest(request));
}

function close(
  store: RecipeStore,
  id: number,
  decision: Partial<Decision> & Pick<Decision, "state">,
): Promise<boolean> {
  const whole = { decider: "bob", comment: "", decidedMs: 6, ...decision };
  return store.transaction((writer) => writer.closeRequest(id, whole));
}
