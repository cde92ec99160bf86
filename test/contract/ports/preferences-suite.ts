import { describe, expect, test } from "vitest";
import type { PreferenceValue } from "#recipes/arguments.ts";
import type { PreferenceEngine } from "#core/ports.ts";
import type { Claim, JournalEntry } from "#core/preferences.ts";

/** An engine under test, and the hands of the person and the browser around it. */
export interface PreferencesUnderTest {
  readonly engine: PreferenceEngine;
  /** What a person does in about:config; `null` resets. */
  setByPerson(name: string, value: PreferenceValue | null): Promise<void>;
  /** A restart of the browser with these defaults built in. */
  restart(builtIn: Readonly<Record<string, PreferenceValue>>): Promise<void>;
}

const one = "test.contract.one";
const two = "test.contract.two";
const onDefault: Claim = { owner: "rollout", slug: "r", branch: "default", value: 5 };
const onUser: Claim = { owner: "study", slug: "s", branch: "user", value: 6 };

/** An undo record as the core writes it: what the change makes true is what it claims. */
function record(...claims: readonly Claim[]): JournalEntry {
  return { v: 1, base: { default: 1, user: null }, claims };
}
const entry = record(onDefault);

/**
 * What the core counts on in any engine that writes both branches.
 *
 * @param open - an engine whose browser has these defaults built in
 * @param hearsThePerson - whether the browser lets the engine know what a person sets below a value of ours
 */
export function preferencesSuite(
  open: (builtIn: Readonly<Record<string, PreferenceValue>>) => Promise<PreferencesUnderTest>,
  { hearsThePerson = true }: { readonly hearsThePerson?: boolean } = {},
): void {
  describe("preferences", () => {
    const state = async ({ engine }: PreferencesUnderTest, name = one) =>
      (await engine.read([name])).get(name);

    test.each([
      { value: "text", type: "string" },
      { value: "", type: "string" },
      { value: 7, type: "integer" },
      { value: false, type: "boolean" },
    ])("are read as they are: $type $value", async ({ value, type }) => {
      const subject = await open({ [one]: value });
      const held = { type, user: null, default: value, locked: false };
      expect(await state(subject)).toEqual(held);
    });

    test("that are nowhere are read as that, every name asked for", async () => {
      const { engine } = await open({ [one]: 1 });
      const states = await engine.read([one, "test.contract.none"]);
      expect([...states.keys()]).toEqual([one, "test.contract.none"]);
      expect(states.get("test.contract.none")).toEqual({
        type: undefined,
        user: null,
        default: null,
        locked: false,
      });
    });

    test("are written on the branch that is named, and on no other", async () => {
      const subject = await open({ [one]: 1 });
      await subject.engine.write([{ name: one, default: 5, journal: entry }]);
      expect(await state(subject)).toMatchObject({ default: 5, user: null });
      await subject.engine.write([{ name: one, user: 6, journal: record(onDefault, onUser) }]);
      expect(await state(subject)).toMatchObject({ default: 5, user: 6 });
      await subject.engine.write([{ name: one, user: null, journal: entry }]);
      expect(await state(subject)).toMatchObject({ default: 5, user: null });
    });

    test("come with their undo records, which are read whole", async () => {
      const subject = await open({ [one]: 1 });
      expect(await subject.engine.journal()).toEqual({});
      await subject.engine.write([{ name: one, default: 5, journal: entry }]);
      expect(await subject.engine.journal()).toEqual({ [one]: entry });
      await subject.engine.write([{ name: one, default: 1, journal: null }]);
      expect(await subject.engine.journal()).toEqual({});
      expect(await state(subject)).toMatchObject({ default: 1 });
    });

    test("are written several at once", async () => {
      const subject = await open({ [one]: 1, [two]: true });
      await subject.engine.write([
        { name: one, default: 5, journal: entry },
        {
          name: two,
          user: false,
          journal: { ...record({ ...onUser, value: false }), base: { default: true, user: null } },
        },
      ]);
      expect(await state(subject)).toMatchObject({ default: 5 });
      expect(await state(subject, two)).toMatchObject({ default: true, user: false });
      expect(Object.keys(await subject.engine.journal()).sort()).toEqual([one, two]);
    });

    test("that the person sets are theirs", async () => {
      const subject = await open({ [one]: 1 });
      await subject.setByPerson(one, 3);
      expect(await state(subject)).toMatchObject({ default: 1, user: 3 });
      await subject.setByPerson(one, null);
      expect(await state(subject)).toMatchObject({ default: 1, user: null });
    });

    if (hearsThePerson)
      test("that the person sets while the default alone is ours are in the record as well", async () => {
        const subject = await open({ [one]: 1 });
        await subject.engine.write([{ name: one, default: 5, journal: entry }]);
        await subject.setByPerson(one, 3);
        const had = { ...entry, base: { default: 1, user: 3 } };
        expect(await subject.engine.journal()).toEqual({ [one]: had });
        const onUser = {
          ...entry,
          claims: [{ ...entry.claims[0], branch: "user" }],
        } as JournalEntry;
        await subject.engine.write([{ name: one, user: 6, journal: onUser }]);
        await subject.setByPerson(one, 4);
        expect(await subject.engine.journal()).toEqual({ [one]: onUser });
        await subject.setByPerson(one, null);
        expect(await subject.engine.journal()).toEqual({ [one]: { ...onUser, isTaken: true } });
        await subject.setByPerson(one, 4);
        expect(await subject.engine.journal()).toEqual({ [one]: onUser });
      });

    test("are after a restart what the undo records ask for, on today's defaults", async () => {
      const subject = await open({ [one]: 1 });
      await subject.engine.write([{ name: one, default: 5, journal: entry }]);
      await subject.restart({ [one]: 2 });
      expect(await state(subject)).toMatchObject({ default: 5, user: null });
      expect((await subject.engine.journal())[one]).toEqual({
        ...entry,
        base: { default: 2, user: null },
      });
    });

    test("on the user branch outlive a restart", async () => {
      const subject = await open({ [one]: 1 });
      await subject.engine.write([{ name: one, user: 6, journal: record(onUser) }]);
      await subject.restart({ [one]: 1 });
      expect(await state(subject)).toMatchObject({ default: 1, user: 6 });
    });

    test("that the person had set are theirs again when the claim over them ends", async () => {
      const subject = await open({ [one]: 1 });
      await subject.setByPerson(one, 3);
      const base = { default: 1, user: 3 };
      await subject.engine.write([{ name: one, user: 6, journal: { ...record(onUser), base } }]);
      expect(await state(subject)).toMatchObject({ default: 1, user: 6 });
      await subject.engine.write([{ name: one, user: 3, journal: null }]);
      expect(await state(subject)).toMatchObject({ default: 1, user: 3 });
    });

    test("that the person had set show over a claim on the default branch", async () => {
      const subject = await open({ [one]: 1 });
      await subject.setByPerson(one, 3);
      const base = { default: 1, user: 3 };
      await subject.engine.write([{ name: one, default: 5, journal: { ...entry, base } }]);
      expect(await state(subject)).toMatchObject({ default: 5, user: 3 });
    });

    test("that no recipe may set say so, and refuse a claim with all that comes with it", async () => {
      const subject = await open({ [one]: 1 });
      const { engine } = subject;
      const denied = "security.contract.sample";
      expect(await state(subject, denied)).toMatchObject({ denied: true });
      for (const value of [{ default: 5 }, { user: 5 }]) {
        const writing = engine.write([
          { name: one, default: 5, journal: entry },
          { name: denied, ...value, journal: entry },
        ]);
        await expect(writing).rejects.toThrow("preference/denied");
      }
      expect(await state(subject)).toMatchObject({ default: 1 });
      expect(await engine.journal()).toEqual({});
    });

    test("can be written on both branches", async () => {
      const { engine } = await open({});
      expect([...engine.branches].sort()).toEqual(["default", "user"]);
    });
  });
}
