import { describe, expect, test } from "vitest";
import { MemoryStore } from "#core/memory.ts";
import type { Claim, JournalEntry } from "#core/preferences.ts";
import type { LogLine } from "#kit/client.ts";
import { anEngine, aSetting, FakeSettings, type Manners } from "#kit/settings.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";

// What only settings have: others with more say, calls without effect, one level for two branches.

const one = "test.one";
const two = "test.two";
const table = {
  [one]: aSetting("privacy.one", 1, [2, 3, 4]),
  [two]: { api: "privacy.two", builtIn: true },
};
const word = JSON.stringify;

const rollout = (value: PreferenceValue): Claim => ({
  owner: "rollout",
  slug: "r",
  branch: "default",
  value,
});
const study = (value: PreferenceValue): Claim => ({
  owner: "study",
  slug: "s",
  branch: "user",
  value,
});
const record = (user: PreferenceValue | null, ...claims: readonly Claim[]): JournalEntry => ({
  v: 1,
  base: { default: 1, user },
  claims,
});

function aBrowser(manners: Manners = "chromium") {
  const api = new FakeSettings(table, manners);
  const store = new MemoryStore();
  const log: LogLine[] = [];
  const start = () =>
    anEngine(table, api, store, {
      log: { write: (level, message, fields) => log.push({ level, message, fields }) },
      own: { "extensions.mulberry.testing_for_recipes": "a,b" },
    });
  const engine = start();
  const state = async (subject = engine) => (await subject.read([one])).get(one);
  return { api, store, log, engine, start, state };
}

describe("a setting that somebody else holds", () => {
  test("is locked, and shows what holds", async () => {
    const { api, state } = aBrowser();
    api.setFromAbove("privacy.one", word(4));
    expect(await state()).toEqual({ type: "integer", user: null, default: 4, locked: true });
  });

  test("cannot be claimed, and nothing else of the write happens", async () => {
    const { api, engine } = aBrowser();
    api.setFromAbove("privacy.one", word(4));
    await expect(
      engine.write([
        { name: two, user: false, journal: record(null, study(false)) },
        { name: one, user: 2, journal: record(null, study(2)) },
      ]),
    ).rejects.toThrow("preference/locked");
    expect(api.asked).toEqual([]);
    expect(await engine.journal()).toEqual({});
  });

  test("is let go of beneath them, and is the person's when they go", async () => {
    const { api, engine, state } = aBrowser();
    await engine.write([{ name: one, user: 2, journal: record(null, study(2)) }]);
    api.setFromAbove("privacy.one", word(4));
    await engine.write([{ name: one, user: null, journal: null }]);
    api.setFromAbove("privacy.one", null);
    expect(await state()).toMatchObject({ user: null, default: 1, locked: false });
    expect(api.ours.size).toBe(0);
  });

  test("shows a study in it that it is not in force", async () => {
    const { api, engine, state } = aBrowser();
    await engine.write([{ name: one, default: 2, journal: record(null, rollout(2)) }]);
    api.setFromAbove("privacy.one", word(1));
    const { user, default: below } = (await state()) ?? {};
    expect(user ?? below).toBe(1);
  });
});

describe("a setting that does not do as it is told", () => {
  test("is an error, and everything is as it was", async () => {
    const { api, engine, store, start } = aBrowser();
    api.deaf.add("privacy.two");
    await expect(
      engine.write([
        { name: one, user: 2, journal: record(null, study(2)) },
        { name: two, user: false, journal: record(null, study(false)) },
      ]),
    ).rejects.toThrow("preference/no-effect");
    expect(api.ours.size).toBe(0);
    expect(await engine.journal()).toEqual({});
    expect(await store.get("preference_records")).toEqual({ records: {}, pending: [] });
    expect(await start().journal()).toEqual({});
  });

  test("at a start is said, and keeps no other from being mended", async () => {
    const { api, engine, start, log } = aBrowser();
    await engine.write([
      { name: one, user: 2, journal: record(null, study(2)) },
      { name: two, user: false, journal: record(null, study(false)) },
    ]);
    api.ours.clear();
    api.deaf.add("privacy.one");
    await start().journal();
    expect(api.ours.get("privacy.two")).toBe(false);
    expect(log.map(({ fields }) => fields)).toEqual([{ name: one, cause: "preference/no-effect" }]);
  });
});

describe("a setting that nobody knows", () => {
  test("is refused, and so is a value that it cannot hold", async () => {
    const { engine, api } = aBrowser();
    await expect(
      engine.write([{ name: "test.none", user: 2, journal: record(null, study(2)) }]),
    ).rejects.toThrow("preference/unknown");
    await expect(
      engine.write([{ name: one, user: 9, journal: record(null, study(9)) }]),
    ).rejects.toThrow("preference/bad-value");
    expect(api.asked).toEqual([]);
  });

  test("is not among the names of a browser that does not have it", () => {
    const { engine, store } = aBrowser();
    const older = new FakeSettings({ [two]: table[two] });
    expect([...engine.names]).toEqual([
      [one, [1, 2, 3, 4]],
      [two, [true, false]],
    ]);
    expect([...anEngine(table, older, store).names.keys()]).toEqual([two]);
  });

  test("may be one of our own settings, which filters read", async () => {
    const { engine } = aBrowser();
    const names = ["extensions.mulberry.testing_for_recipes", "extensions.mulberry.none"];
    expect([...(await engine.read(names)).values()]).toEqual([
      { type: "string", user: "a,b", default: null, locked: false, denied: true },
      { type: undefined, user: null, default: null, locked: false, denied: true },
    ]);
  });
});

describe("the order of owners", () => {
  test("rollout, study, person: what ends reveals the next", async () => {
    const { api, engine, state } = aBrowser();
    await engine.write([{ name: one, default: 2, journal: record(null, rollout(2)) }]);
    expect(api.ours.get("privacy.one")).toBe(word(2));
    await engine.write([{ name: one, user: 3, journal: record(null, rollout(2), study(3)) }]);
    expect(api.ours.get("privacy.one")).toBe(word(3));
    await engine.write([{ name: one, user: null, journal: record(null, rollout(2)) }]);
    expect(api.ours.get("privacy.one")).toBe(word(2));
    expect(await state()).toMatchObject({ default: 2, user: null });
    await engine.write([{ name: one, default: 1, journal: null }]);
    expect(api.ours.size).toBe(0);
  });

  test("the person's own value hides a rollout for as long as it is there", async () => {
    const { api, engine, start, state } = aBrowser();
    api.setByPerson("privacy.one", word(4));
    await engine.write([{ name: one, default: 2, journal: record(4, rollout(2)) }]);
    expect(api.ours.size).toBe(0);
    expect(await state()).toMatchObject({ default: 2, user: 4 });
    api.setByPerson("privacy.one", null);
    expect(await state(start())).toMatchObject({ default: 2, user: null });
    expect(api.ours.get("privacy.one")).toBe(word(2));
    // And stays, now that the person's choice is known to be gone.
    expect(await state(start())).toMatchObject({ default: 2, user: null });
    expect(api.asked).toEqual(["set privacy.one"]);
  });

  test("what the person had under a study shows again over a rollout", async () => {
    const { api, engine, state } = aBrowser();
    await engine.write([{ name: one, default: 2, journal: record(null, rollout(2)) }]);
    await engine.write([{ name: one, user: 3, journal: record(null, rollout(2), study(3)) }]);
    // Chromium shows this to nobody while the study holds the setting.
    api.setByPerson("privacy.one", word(4));
    expect(await state()).toMatchObject({ user: 3 });
    await engine.write([{ name: one, user: null, journal: record(null, rollout(2)) }]);
    expect(await state()).toMatchObject({ default: 2, user: 4 });
  });
});

describe("what a person does below our control, in Firefox,", () => {
  test("is theirs, also where it equals the built-in value", async () => {
    const { api, engine, start, state } = aBrowser("firefox");
    await engine.write([{ name: one, user: 2, journal: record(null, study(2)) }]);
    api.setByPerson("privacy.one", word(1));
    expect(await state()).toMatchObject({ user: 1 });
    expect(await state(start())).toMatchObject({ user: 1 });
    expect(api.asked).toEqual(["set privacy.one"]);
  });

  test("stays when the study ends, and is not overwritten by the rollout beneath", async () => {
    const { api, engine, state } = aBrowser("firefox");
    await engine.write([{ name: one, user: 3, journal: record(null, rollout(2), study(3)) }]);
    api.setByPerson("privacy.one", word(4));
    await engine.write([{ name: one, journal: record(null, rollout(2)) }]);
    expect(await state()).toMatchObject({ default: 2, user: 4 });
  });

  test("outlives a rollout that ends beneath the study", async () => {
    const { api, engine, state } = aBrowser("firefox");
    await engine.write([{ name: one, user: 3, journal: record(null, rollout(2), study(3)) }]);
    api.setByPerson("privacy.one", word(4));
    await engine.write([{ name: one, default: 1, journal: record(null, study(3)) }]);
    expect(await state()).toMatchObject({ user: 4 });
  });
});

describe("a start of the background script", () => {
  test("sets again what the browser lost when it was killed", async () => {
    const { api, engine, start, state } = aBrowser();
    await engine.write([{ name: one, user: 2, journal: record(null, study(2)) }]);
    api.ours.clear();
    expect(await state(start())).toMatchObject({ user: 2 });
  });

  test("replaces a value of ours that is out of date, where only ours can be there", async () => {
    const { api, engine, start, state } = aBrowser();
    await engine.write([{ name: one, default: 2, journal: record(null, rollout(2)) }]);
    await engine.write([{ name: one, default: 3, journal: record(null, rollout(3)) }]);
    api.ours.set("privacy.one", word(2));
    expect(await state(start())).toMatchObject({ default: 3, user: null });
  });

  test("lets go of what no record stands behind", async () => {
    const { api, engine, store, start } = aBrowser();
    await engine.write([{ name: one, user: 2, journal: record(null, study(2)) }]);
    await store.set({ preference_records: { records: { [one]: "damaged" }, pending: [] } });
    expect(await start().journal()).toEqual({});
    expect(api.ours.size).toBe(0);
  });

  test("carries out what was begun, whoever changed it", async () => {
    const { api, engine, store, start, state } = aBrowser("firefox");
    await engine.write([{ name: one, user: 2, journal: record(null, study(2)) }]);
    const stored = { records: { [one]: record(null, study(3)) }, pending: [one] };
    await store.set({ preference_records: stored });
    expect(await state(start())).toMatchObject({ user: 3 });
    expect(await store.get("preference_records")).toEqual({ ...stored, pending: [] });
    expect(api.ours.get("privacy.one")).toBe(word(3));
  });

  test("asks once for all that follows, and again when that failed", async () => {
    const { store, start } = aBrowser();
    const engine = start();
    const get = store.get.bind(store);
    store.get = () => Promise.reject(new Error("the store is away"));
    await expect(engine.journal()).rejects.toThrow("the store is away");
    store.get = get;
    expect(await engine.journal()).toEqual({});
  });
});
