import { describe, expect, test } from "vitest";
import { MemoryStore } from "#core/memory.ts";
import { createManagedSettings, managedKey } from "#extension/platform/managed-settings.ts";
import type { RawSettings } from "#extension/platform/settings.ts";
import { TestClock } from "#kit/client.ts";

const off = { "extensions.mulberry.enabled": false };

function aBrowser({
  isExpected = false,
  known,
}: { isExpected?: boolean; known?: RawSettings } = {}) {
  const store = new MemoryStore();
  const clock = new TestClock(0);
  const answers: {
    readonly resolve: (values: RawSettings) => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  const read = createManagedSettings({
    ask: () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
    isExpected: () => Promise.resolve(isExpected),
    store,
    clock,
  });
  const ready = known === undefined ? Promise.resolve() : store.set({ [managedKey]: known });
  return { store, clock, answers, read, ready };
}

/** Lets everything happen that waits for nothing. */
const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

describe("an administrator's settings", () => {
  test("are what the browser answers, each time", async () => {
    const { read, answers } = aBrowser();
    const first = read();
    await settled();
    answers[0]?.resolve(off);
    expect(await first).toEqual(off);
    const second = read();
    await settled();
    answers[1]?.resolve({});
    expect(await second).toEqual({});
  });

  test("are none where the browser has no policy", async () => {
    const { read, answers } = aBrowser();
    const reading = read();
    await settled();
    answers[0]?.reject(new Error("no managed storage manifest"));
    expect(await reading).toEqual({});
  });

  test("are those of the last answer where the browser gives none, and are waited for once", async () => {
    const { read, clock, answers, ready } = aBrowser({ known: off });
    await ready;
    const reading = read();
    await settled();
    clock.advance(2_000);
    expect(await reading).toEqual(off);
    expect(await read()).toEqual(off);
    expect(answers).toHaveLength(1);
  });

  test("are none where the browser never answered, and are made good when it does", async () => {
    const { read, clock, answers, store } = aBrowser();
    const reading = read();
    await settled();
    clock.advance(2_000);
    expect(await reading).toEqual({});
    answers[0]?.resolve(off);
    await settled();
    expect(await store.get(managedKey)).toEqual(off);
  });

  test("are waited for where an administrator installed the extension and no answer was ever seen", async () => {
    const { read, clock, answers } = aBrowser({ isExpected: true });
    let isRead = false;
    const reading = read().finally(() => (isRead = true));
    await settled();
    clock.advance(600_000);
    await settled();
    expect(isRead).toBe(false);
    answers[0]?.resolve(off);
    expect(await reading).toEqual(off);
  });
});
