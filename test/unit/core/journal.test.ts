import { describe, expect, test } from "vitest";
import { claimPreference, releasePreference, visibleDefault } from "#core/journal.ts";
import type { Claim, JournalEntry } from "#core/preferences.ts";
import { aState } from "#kit/situation.ts";

const name = "test.pref";
const rollout = (value: number): Claim => ({
  owner: "rollout",
  slug: "r",
  branch: "default",
  value,
});
const study = (value: number, branch: "default" | "user" = "default"): Claim => ({
  owner: "study",
  slug: "s",
  branch,
  value,
});

describe("a claim", () => {
  test("remembers what was there and makes its value current", () => {
    expect(claimPreference(name, undefined, aState({ default: 1, user: 2 }), study(3))).toEqual({
      name,
      default: 3,
      journal: { v: 1, base: { default: 1, user: 2 }, claims: [study(3)] },
    });
  });

  test("on the user branch leaves the default alone, and the other way round", () => {
    const state = aState({ default: 1, user: 2 });
    expect(claimPreference(name, undefined, state, study(3, "user"))).toEqual({
      name,
      user: 3,
      journal: { v: 1, base: { default: 1, user: 2 }, claims: [study(3, "user")] },
    });
    expect(claimPreference(name, undefined, state, study(3))).not.toHaveProperty("user");
  });

  test("writes no value that is there already", () => {
    const state = aState({ default: 3, user: 4 });
    expect(claimPreference(name, undefined, state, study(3))).not.toHaveProperty("default");
    expect(claimPreference(name, undefined, state, study(4, "user"))).not.toHaveProperty("user");
  });

  test("for the next start writes nothing now", () => {
    const state = aState({ default: 1, user: 2 });
    expect(claimPreference(name, undefined, state, { ...study(3), atNextStart: true })).toEqual({
      name,
      journal: { v: 1, base: { default: 1, user: 2 }, claims: [study(3)] },
    });
  });

  test("that was there before shows at its end what was below it then", () => {
    const lingering = aState({ default: 3 });
    const base = (below: number | null) =>
      claimPreference(name, undefined, lingering, { ...rollout(5), below }).journal?.base;
    expect(base(null)).toEqual({ default: null, user: null });
    expect(base(1)).toEqual({ default: 1, user: null });
    const entry: JournalEntry = { v: 1, base: { default: 2, user: null }, claims: [study(9)] };
    const held = claimPreference(name, entry, lingering, { ...rollout(5), below: 1 });
    expect(held.journal?.base.default).toBe(2);
  });

  test("of a default under a study's user value that equalled the old one lets that be seen", () => {
    // The browser keeps no user value that equals the default.
    const entry: JournalEntry = {
      v: 1,
      base: { default: 3, user: null },
      claims: [study(3, "user")],
    };
    const under = (record: JournalEntry, state = aState({ default: 3 })) =>
      claimPreference(name, record, state, rollout(5));
    expect(under(entry)).toMatchObject({ default: 5, user: 3 });
    expect(under(entry, aState({ default: 3, user: 8 }))).not.toHaveProperty("user");
    // Unless it is the person who took it away.
    const taken = under({ ...entry, isTaken: true });
    expect(taken).not.toHaveProperty("user");
    expect(taken.journal).toHaveProperty("isTaken", true);
  });

  test("of a rollout under a study is remembered and not seen", () => {
    const entry: JournalEntry = { v: 1, base: { default: 1, user: null }, claims: [study(9)] };
    const change = claimPreference(name, entry, aState({ default: 9 }), rollout(5));
    expect(change).not.toHaveProperty("default");
    expect(change.journal?.claims).toEqual([rollout(5), study(9)]);
    expect(change.journal?.base.default).toBe(1);
  });

  test("takes the place of one of the same kind of owner", () => {
    const entry: JournalEntry = { v: 1, base: { default: 1, user: null }, claims: [rollout(5)] };
    const change = claimPreference(name, entry, aState({ default: 5 }), rollout(6));
    expect(change).toMatchObject({ default: 6, journal: { claims: [rollout(6)] } });
  });

  test("on the user branch remembers what the person had when it came, not what a rollout saw", () => {
    const entry: JournalEntry = { v: 1, base: { default: 1, user: null }, claims: [rollout(5)] };
    const change = claimPreference(name, entry, aState({ default: 5, user: 7 }), study(9, "user"));
    expect(change.journal?.base).toEqual({ default: 1, user: 7 });
  });

  test("made anew on the user branch does not take itself for the person", () => {
    const entry: JournalEntry = {
      v: 1,
      base: { default: 1, user: 7 },
      claims: [study(9, "user")],
    };
    const change = claimPreference(name, entry, aState({ default: 1, user: 9 }), study(9, "user"));
    expect(change.journal?.base.user).toBe(7);
  });
});

describe("a release", () => {
  const both: JournalEntry = {
    v: 1,
    base: { default: 1, user: 7 },
    claims: [rollout(5), study(9)],
  };

  test("reveals the next below", () => {
    const state = aState({ default: 9, user: 7 });
    expect(releasePreference(name, both, state, { ...study(9), keepUser: false })).toEqual({
      name,
      default: 5,
      journal: { ...both, claims: [rollout(5)] },
    });
    expect(releasePreference(name, both, state, { ...rollout(5), keepUser: false })).toEqual({
      name,
      journal: { ...both, claims: [study(9)] },
    });
  });

  test("of the last claim takes the undo record away", () => {
    const last = { ...both, claims: [study(9)] };
    expect(
      releasePreference(name, last, aState({ default: 9 }), { ...study(9), keepUser: false }),
    ).toEqual({ name, default: 1, journal: null });
  });

  test("under a lock takes ours away unseen, even where the lock shows what the person had", () => {
    const mine = { ...both, claims: [study(9, "user")] };
    const state = aState({ default: 7, user: 7, locked: true });
    const owner = { ...study(9), keepUser: false };
    expect(releasePreference(name, mine, state, owner)).toMatchObject({ user: 7 });
    expect(releasePreference(name, mine, state, { ...owner, keepUser: true })).not.toHaveProperty(
      "user",
    );
  });

  test("gives the person's value back, or takes ours away where there was none", () => {
    const mine = { ...both, claims: [study(9, "user")] };
    const state = aState({ default: 1, user: 9 });
    const owner = { ...study(9), keepUser: false };
    expect(releasePreference(name, mine, state, owner)).toMatchObject({ user: 7 });
    const none = { ...mine, base: { default: 1, user: null } };
    expect(releasePreference(name, none, state, owner)).toMatchObject({ user: null });
    expect(
      releasePreference(name, mine, aState({ default: 1, user: 7 }), owner),
    ).not.toHaveProperty("user");
    expect(releasePreference(name, mine, state, { ...owner, keepUser: true })).not.toHaveProperty(
      "user",
    );
  });

  test("of the user branch leaves a default alone that another hand has changed", () => {
    const mine: JournalEntry = { v: 1, base: { default: 1, user: 7 }, claims: [study(9, "user")] };
    const owner = { ...study(9), keepUser: false };
    const changed = aState({ default: 2, user: 9 });
    expect(releasePreference(name, mine, changed, owner)).toEqual({ name, user: 7, journal: null });
  });

  test("of the user branch keeps what showed before, where another hand has changed the default", () => {
    const none: JournalEntry = {
      v: 1,
      base: { default: 1, user: null },
      claims: [rollout(5), study(9, "user")],
    };
    const owner = { ...study(9), keepUser: false };
    const release = (state: ReturnType<typeof aState>) =>
      releasePreference(name, none, state, owner)?.user;
    expect(release(aState({ default: 2, user: 9 }))).toBe(1);
    expect(release(aState({ default: 5, user: 9 }))).toBeNull();
    expect(release(aState({ default: 2, locked: true }))).toBeNull();
  });

  test("puts back what the person had set and the browser dropped as equal to our default", () => {
    const mine: JournalEntry = { v: 1, base: { default: 1, user: 9 }, claims: [study(9)] };
    const owner = { ...study(9), keepUser: false };
    const release = (entry: JournalEntry, user: number | null) =>
      releasePreference(name, entry, aState({ default: 9, user }), owner);
    expect(release(mine, null)).toEqual({ name, default: 1, user: 9, journal: null });
    for (const [entry, user] of [
      [mine, 9],
      [mine, 3],
      [{ ...mine, base: { default: 1, user: null } }, null],
      [{ ...mine, base: { default: 1, user: 3 } }, null],
    ] as const)
      expect(release(entry, user)).toEqual({ name, default: 1, journal: null });
  });

  test("of nobody's claim is nothing", () => {
    const owner = { owner: "study", slug: "s", keepUser: false } as const;
    expect(releasePreference(name, undefined, aState(), owner)).toBeUndefined();
    const other = { ...owner, slug: "another" };
    expect(releasePreference(name, both, aState(), other)).toBeUndefined();
    const kind = { ...owner, owner: "rollout" } as const;
    expect(releasePreference(name, both, aState(), kind)).toBeUndefined();
  });

  test("cannot take a default away where there was none", () => {
    const bare: JournalEntry = { v: 1, base: { default: null, user: null }, claims: [study(9)] };
    const change = releasePreference(name, bare, aState({ default: 9 }), {
      ...study(9),
      keepUser: false,
    });
    expect(change).toEqual({ name, journal: null });
    expect(visibleDefault({ ...bare, claims: [] })).toBeNull();
  });
});
