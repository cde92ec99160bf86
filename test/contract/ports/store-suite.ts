import { describe, expect, test } from "vitest";
import type { Store } from "#core/ports.ts";

/**
 * What the core counts on in any store.
 *
 * @param open - a store that holds nothing
 */
export function storeSuite(open: () => Promise<Store>): void {
  describe("a store", () => {
    test("knows nothing of what was never stored", async () => {
      const store = await open();
      expect(await store.get("none")).toBeUndefined();
      expect(await store.get("constructor")).toBeUndefined();
    });

    test.each([
      { value: "text" },
      { value: 0 },
      { value: false },
      { value: null },
      { value: [1, ["two"], null] },
      { value: { a: { b: [] }, "a.b": "", "": 1 } },
      { value: "🫐\u0000\ud83e" },
    ])("gives $value back as it was", async ({ value }) => {
      const store = await open();
      await store.set({ key: value });
      expect(await store.get("key")).toEqual(value);
    });

    test("keeps several keys apart, whatever their names", async () => {
      const store = await open();
      const values = { a: 1, "a/b": 2, "outbox/x": 3, toString: 4 };
      await store.set(values);
      for (const [key, value] of Object.entries(values)) expect(await store.get(key)).toBe(value);
    });

    test("writes over what was there, and leaves what it is not told of", async () => {
      const store = await open();
      await store.set({ a: { old: 1 }, b: 2 });
      await store.set({ a: { new: 1 } });
      expect(await store.get("a")).toEqual({ new: 1 });
      expect(await store.get("b")).toBe(2);
    });

    test("keeps a copy: what is changed afterwards is not stored", async () => {
      const store = await open();
      const value = { list: [1] };
      await store.set({ value });
      value.list.push(2);
      expect(await store.get("value")).toEqual({ list: [1] });
      ((await store.get("value")) as typeof value).list.push(3);
      expect(await store.get("value")).toEqual({ list: [1] });
    });

    test("forgets what it is told to, and minds no key that is not there", async () => {
      const store = await open();
      await store.set({ a: 1, b: 2, c: 3 });
      await store.remove(["a", "b", "none"]);
      await store.remove([]);
      expect(await Promise.all(["a", "b", "c"].map((key) => store.get(key)))).toEqual([
        undefined,
        undefined,
        3,
      ]);
    });
  });
}
