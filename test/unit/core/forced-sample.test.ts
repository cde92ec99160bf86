import { describe, expect, test } from "vitest";
import { MemoryPreferences, MemorySettings, MemoryStore } from "#core/memory.ts";
import { QaSettings } from "#core/qa.ts";
import type { PreferenceValue } from "#recipes/arguments.ts";

const name = "experiments.force-sample-value";
const read = async (
  said: { readonly preference?: PreferenceValue; readonly stored?: PreferenceValue },
  devMode = true,
): Promise<number | undefined> => {
  const preferences = new MemoryPreferences();
  if (said.preference !== undefined) preferences.setByPerson(name, said.preference);
  const store = new MemoryStore();
  if (said.stored !== undefined) await store.set({ [name]: said.stored });
  const qa = new QaSettings({ settings: new MemorySettings({ devMode }), store, preferences });
  return (await qa.read()).forcedSample;
};

describe("a forced sample", () => {
  test.each([
    ["0.25", 0.25],
    ["0", 0],
    [1, 1],
    ["", undefined],
    [" ", undefined],
    ["much", undefined],
    ["-0.1", undefined],
    ["1.01", undefined],
    [true, undefined],
  ])("is read of %j as %j, from about:config or from the store", async (said, sample) => {
    expect(await read({ preference: said })).toBe(sample);
    expect(await read({ stored: said })).toBe(sample);
  });

  test("is what about:config says where both say something", async () => {
    expect(await read({ preference: "0.1", stored: "0.9" })).toBe(0.1);
  });

  test("has no power with dev mode off", async () => {
    expect(await read({ preference: "0.25", stored: "0.25" }, false)).toBeUndefined();
  });
});
