import { describe, expect, test } from "vitest";
import fc from "fast-check";
import {
  atStart,
  begin,
  end,
  freshRecord,
  glimpsed,
  isOutOfForce,
  isWithheld,
  parseSafeRecord,
  type SafeRecord,
  type Suspect,
  toRevive,
  well,
  withNewSet,
} from "#core/safe-mode.ts";

const suspect = (id: number, enrollment = `preference-study/study-${String(id)}`): Suspect => ({
  id,
  sha256: `hash-${String(id)}`,
  enrollment,
});
const a = suspect(1);
const b = suspect(2);
const addon = suspect(3, "addon-study/3");
const nothingProven: ReadonlySet<string> = new Set();

/** What a browser of this session does, one after the other. */
function lived(record: SafeRecord, session: number, ...made: readonly Suspect[]): SafeRecord {
  let now = atStart(record, String(session), true);
  for (const one of made) now = begin(now, one);
  return end(now);
}
const amid = (record: SafeRecord, session: number, ...made: readonly Suspect[]): SafeRecord => {
  let now = atStart(record, String(session), true);
  for (const one of made) now = begin(now, one);
  return now;
};
const closed = (record: SafeRecord): SafeRecord => ({ ...record, isClean: true });
const next = (record: SafeRecord, session: number): SafeRecord =>
  atStart(record, String(session), true);

describe("a recipe that crashes the browser", () => {
  test("is withheld after two crashes amid its change, and what came before it is not", () => {
    const first = next(amid(freshRecord, 1, a, b), 2);
    expect(first).toMatchObject({ streak: 1, quarantined: [] });
    const second = next(amid(first, 2, a, b), 3);
    expect(second.quarantined).toEqual([b]);
    expect(isWithheld(second, b, nothingProven)).toBe(true);
    // What was held with it is tried again at once; it is not blamed.
    expect(toRevive(second)).toEqual([a]);
    const third = lived(well(closed(second)), 4, a);
    expect(isWithheld(third, a, nothingProven)).toBe(false);
    expect(isWithheld(third, b, nothingProven)).toBe(true);
  });

  test("is withheld after two crashes some time after its change, where it made the only one", () => {
    const first = next(lived(freshRecord, 1, a), 2);
    expect(first.quarantined).toEqual([]);
    const second = next(lived(first, 2, a), 3);
    expect(second.quarantined).toEqual([a]);
    expect(second.held).toEqual([]);
  });

  test("is out of force from the next start on, before anything can have told of a second crash", () => {
    const record = next(lived(freshRecord, 1, a, b), 2);
    expect(isOutOfForce(record, { owner: "study", slug: "study-1" })).toBe(true);
    expect(isOutOfForce(record, { owner: "rollout", slug: "study-1" })).toBe(false);
    expect(isOutOfForce(record, { owner: "study", slug: "other" })).toBe(false);
    expect(toRevive(record)).toEqual([a, b]);
  });

  test("among others that could be to blame is found by trying one at a time", () => {
    let record = next(lived(freshRecord, 1, a, b), 2);
    record = next(lived(record, 2, a, b), 3);
    // Nobody was alone: all are out of force, and the browser is usable.
    expect(record).toMatchObject({ quarantined: [], held: [a, b], isOnProbation: true });
    expect(toRevive(record)).toEqual([]);
    record = well(record);
    expect(toRevive(record)).toEqual([a]);
    record = well(end(begin(record, a)));
    expect(toRevive(record)).toEqual([b]);
    record = next(end(begin(record, b)), 4);
    expect(record).toMatchObject({ quarantined: [], held: [b], streak: 1 });
    record = next(lived(record, 4, b), 5);
    expect(record.quarantined).toEqual([b]);
    expect(record.held).toEqual([]);
  });

  test("on the user branch is a suspect already while it is taken out of force", () => {
    const study = "preference-study/study-1";
    const first = glimpsed(next(lived(freshRecord, 1, a), 2), new Set([study]));
    expect(next(first, 3).quarantined).toEqual([a]);
    const other = glimpsed(
      next(lived(freshRecord, 1, a), 2),
      new Set(["preference-study/study-2"]),
    );
    expect(next(other, 3).quarantined).toEqual([]);
  });

  test("by its add-on stays a suspect, since an add-on starts with the browser", () => {
    const first = next(lived(freshRecord, 1, addon), 2);
    expect(first).toMatchObject({ recent: [addon], held: [] });
    expect(next(first, 3).quarantined).toEqual([addon]);
  });

  test("gets a new chance with a new revision, and only then", () => {
    const record = next(lived(next(lived(freshRecord, 1, a), 2), 2, a), 3);
    const revised = { ...a, sha256: "hash-of-revision-2" };
    expect(isWithheld(record, revised, nothingProven)).toBe(false);
    const same = withNewSet(record, new Set(["1/hash-1", "9/other"]));
    expect(isWithheld(same, a, nothingProven)).toBe(true);
    const other = withNewSet(record, new Set(["1/hash-of-revision-2"]));
    expect(other.quarantined).toEqual([]);
  });
});

test("another set ends the probation of what it still lists, and what it no longer lists is not tried", () => {
  const record = next(lived(next(lived(freshRecord, 1, a, b), 2), 2, a, b), 3);
  expect(toRevive(record)).toEqual([]);
  const other = withNewSet(record, new Set(["1/hash-of-revision-2", "9/other"]));
  expect(toRevive(other)).toEqual([a]);
  expect(other.streak).toBe(0);
});

describe("crashes in a row", () => {
  const crashes = (count: number): SafeRecord => {
    let record = lived(freshRecord, 0, a, b);
    for (let session = 1; session <= count; session += 1) record = next(record, session);
    return record;
  };

  test("of three leave only what the last good set said", () => {
    const record = crashes(3);
    expect(record).toMatchObject({ streak: 3, mode: "proven-only" });
    const proven = new Set(["7/old"]);
    expect(isWithheld(record, { id: 7, sha256: "old" }, proven)).toBe(false);
    expect(isWithheld(record, { id: 7, sha256: "new" }, proven)).toBe(true);
    expect(crashes(2).mode).toBe("normal");
  });

  test("of four leave nothing, and nothing is tried again before there is a new set", () => {
    const record = crashes(4);
    expect(record.mode).toBe("nothing");
    expect(isWithheld(record, { id: 7, sha256: "old" }, new Set(["7/old"]))).toBe(true);
    expect(isOutOfForce(record, { owner: "rollout", slug: "any" })).toBe(true);
    const later = well(next(closed(record), 9));
    expect(later.mode).toBe("nothing");
    expect(toRevive(later)).toEqual([]);
    expect(withNewSet(later, new Set(["8/newer"])).mode).toBe("normal");
  });

  test("are no longer in a row once a session ended well or lived for half an hour", () => {
    expect(next(closed(crashes(3)), 9).streak).toBe(0);
    expect(next(well(crashes(3)), 9).streak).toBe(1);
  });
});

describe("a session that ended as it should", () => {
  test("blames nobody, however often and whatever was changed in it", () => {
    const change = fc.constantFrom(a, b, addon);
    fc.assert(
      fc.property(fc.array(fc.array(change), { maxLength: 60 }), (sessions) => {
        let record = freshRecord;
        for (const [session, made] of sessions.entries())
          record = closed(lived(record, session + 1, ...made));
        const last = next(record, 1_000);
        expect(last).toMatchObject({ streak: 0, mode: "normal", quarantined: [], held: [] });
      }),
    );
  });

  test("is taken for one where nobody sees the end, unless it ended amid a change", () => {
    const unseen = (record: SafeRecord, session: number): SafeRecord =>
      atStart(record, String(session), false);
    expect(unseen(lived(freshRecord, 1, a), 2)).toMatchObject({ streak: 0, recent: [] });
    const first = unseen(amid(freshRecord, 1, a), 2);
    expect(first.streak).toBe(1);
    expect(unseen(begin(first, a), 3).quarantined).toEqual([a]);
  });
});

test("a page of ours that was stopped amid a change is no crash", () => {
  const record = amid(freshRecord, 1, a);
  expect(next(record, 1)).toMatchObject({ open: null, recent: [a], streak: 0 });
});

test("whatever a browser with one bad recipe among ten lives through, no other is quarantined", () => {
  const recipes = Array.from({ length: 10 }, (_, index) => suspect(index + 1));
  const life = fc.record({
    bad: fc.integer({ min: 0, max: 9 }),
    // How many changes later the crash comes: 0 is amid the change.
    delays: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 8, maxLength: 8 }),
  });
  fc.assert(
    fc.property(life, ({ bad, delays }) => {
      let record = freshRecord;
      let tried: readonly Suspect[] = recipes;
      for (const [start, delay] of delays.entries()) {
        record = next(record, start + 1);
        if (start > 0) tried = toRevive(record);
        const wrong = recipes[bad];
        const at = wrong === undefined ? -1 : tried.indexOf(wrong);
        // A change is watched for a moment after the first crash: then nothing else is open meanwhile.
        const until = at < 0 ? tried.length : at + 1 + (start === 0 ? delay : 0);
        for (const one of tried.slice(0, until)) record = begin(record, one);
        if (until > tried.length || delay > 6) record = end(record);
        if (at < 0) record = closed(record);
      }
      const innocent = record.quarantined.filter(({ id }) => id !== bad + 1);
      expect(innocent).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["no text", undefined],
  ["no JSON", "{"],
  ["another kind of value", "[]"],
  ["another version", JSON.stringify({ ...freshRecord, v: 2 })],
  ["a suspect that is none", JSON.stringify({ ...freshRecord, held: [{ id: "1" }] })],
  ["a mode that is none", JSON.stringify({ ...freshRecord, mode: "panic" })],
])("a record that is %s says nothing", (_, text) => {
  expect(parseSafeRecord(text)).toBe(freshRecord);
});

test("a record is read as it was written", () => {
  const record = next(lived(freshRecord, 1, a, b), 2);
  expect(parseSafeRecord(JSON.stringify(record))).toEqual(record);
});
