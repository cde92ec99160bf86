import { describe, expect, test } from "vitest";
import { EnrollmentBook } from "#core/book.ts";
import { bytesFromBase64url } from "#core/encoding.ts";
import { parseEnrollment } from "#core/enrollment-parse.ts";
import { MemoryStore } from "#core/memory.ts";
import { base64url } from "#kit/authority.ts";
import type { LogLine } from "#kit/client.ts";
import {
  aRolloutEnrollment,
  aStudyEnrollment,
  anAddonEnrollment,
  anAddonRolloutEnrollment,
} from "#kit/situation.ts";

const all = [
  aStudyEnrollment({ forced: true, temporaryErrorDays: [20_000] }),
  aStudyEnrollment({ slug: "over", state: "ended", endedAtMs: 1, endReason: "unknown" }),
  aRolloutEnrollment(),
  anAddonEnrollment(),
  anAddonEnrollment({ recipeId: 2, addon: null, state: "installing" }),
  anAddonRolloutEnrollment(),
];

describe("the book of enrolments", () => {
  const open = async (store: MemoryStore, log: LogLine[] = []) =>
    EnrollmentBook.open(store, { write: (level, message) => log.push({ level, message }) });

  test("gives every kind back as it was saved", async () => {
    const store = new MemoryStore();
    await (await open(store)).saveAll(all);
    const again = await open(store);
    expect(again.all()).toEqual(all);
    expect(again.get("preference-study/over")).toEqual(all[1]);
    expect(again.get("preference-study/none")).toBeUndefined();
  });

  test("counts what an older version granted as a week from the first error as one day", () => {
    const old = { ...aStudyEnrollment(), temporaryErrorDeadlineMs: 20_007.5 * 86_400_000 };
    expect(parseEnrollment(old)).toEqual(aStudyEnrollment({ temporaryErrorDays: [20_000] }));
    const both = { ...old, temporaryErrorDays: [20_001] };
    expect(parseEnrollment(both)).toEqual(aStudyEnrollment({ temporaryErrorDays: [20_001] }));
  });

  test("keeps one per kind and slug, and add-on studies by their recipe", async () => {
    const book = await open(new MemoryStore());
    await book.save(aStudyEnrollment());
    await book.save(aStudyEnrollment({ branch: "control" }));
    await book.save(aRolloutEnrollment({ slug: "tab-study" }));
    await book.save(anAddonEnrollment());
    await book.save(anAddonEnrollment({ slug: "renamed" }));
    await book.save(anAddonEnrollment({ recipeId: 2 }));
    expect(book.all()).toMatchObject([
      { branch: "control" },
      { kind: "preference-rollout" },
      { slug: "renamed", recipeId: 1 },
      { slug: "reader-study", recipeId: 2 },
    ]);
  });

  test("forgets one for good, and writes nothing when there is nothing to forget", async () => {
    const store = new MemoryStore();
    const book = await open(store);
    await book.forget("preference-study/tab-study");
    expect(await store.get("enrollments")).toBeUndefined();
    await book.save(aStudyEnrollment());
    await book.forget("preference-study/tab-study");
    expect((await open(store)).all()).toEqual([]);
    await book.saveAll([]);
  });

  test("leaves out what cannot be read, says so, and keeps the rest", async () => {
    const store = new MemoryStore();
    const log: LogLine[] = [];
    await store.set({ enrollments: { a: { kind: "preference-study" }, b: aRolloutEnrollment() } });
    expect((await open(store, log)).all()).toEqual([aRolloutEnrollment()]);
    expect(log).toMatchObject([{ level: "error" }]);
  });

  test.each([null, "x", 7])("is empty when it was damaged to %j", async (damage) => {
    const store = new MemoryStore();
    await store.set({ enrollments: damage });
    expect((await open(store)).all()).toEqual([]);
  });

  test.each(all)("reads no $kind $slug that lacks one of its members", (one) => {
    const optional = new Set(["endedAtMs", "endReason", "filter", "forced", "temporaryErrorDays"]);
    for (const key of Object.keys(one).filter((name) => !optional.has(name))) {
      const { [key]: _gone, ...rest } = { ...one } as Record<string, unknown>;
      expect(parseEnrollment(rest), key).toBeUndefined();
    }
    expect(parseEnrollment({ ...one, state: "asleep" })).toBeUndefined();
    expect(parseEnrollment(one)).toEqual(one);
  });
});

test("base64url is read as Node writes it, and nothing else is", () => {
  for (const text of ["", "f", "fo", "foo", "foob", "\u00ff\u00fe\u0000"])
    expect(bytesFromBase64url(base64url(text))).toEqual(new TextEncoder().encode(text));
  for (const text of ["a+", "a/", "YQ==", "a b", "ä"])
    expect(bytesFromBase64url(text)).toBeUndefined();
});
