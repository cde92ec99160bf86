import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { fetchBodies } from "#core/bodies.ts";
import { MemoryStore } from "#core/memory.ts";
import type { NetworkOutcome } from "#core/ports.ts";
import { Stopwatch } from "#core/stopwatch.ts";
import { publish } from "#kit/authority.ts";
import { anAnswer, ScriptedNetwork, serverUrl, TestClock } from "#kit/client.ts";
import { aConsoleLog } from "#kit/recipes.ts";

const published = Array.from({ length: 8 }, (_, index) =>
  publish({ recipe: aConsoleLog({ id: index + 1 }) }),
);
const entries = published.map(({ entry }) => entry);
const [first] = published;
if (first === undefined) throw new Error("there is a first");
const urlOf = (sha256: string) => `${serverUrl}/v2/r/${sha256}`;

const log = { write: () => undefined };
let store: MemoryStore;
let network: ScriptedNetwork;
beforeEach(() => {
  store = new MemoryStore();
  network = new ScriptedNetwork();
  for (const { entry, bytes } of published) network.on(urlOf(entry.sha256), anAnswer(bytes));
});

const fetchAll = async (wanted = entries) =>
  fetchBodies(wanted, serverUrl, { store, network, log }, new Stopwatch(new TestClock(0)));

describe("bodies", () => {
  test("are fetched by their hash, with as many bytes as were signed", async () => {
    const bodies = await fetchAll();
    expect(bodies.size).toBe(8);
    expect(network.asked).toHaveLength(8);
    expect(network.asked[0]).toEqual({
      method: "GET",
      url: urlOf(first.entry.sha256),
      maxBytes: first.entry.len,
    });
    expect(bodies.get(1)).toEqual({
      kind: "body",
      body: { text: new TextDecoder().decode(first.bytes) },
    });
  });

  test("that are in the store are not fetched again", async () => {
    await fetchAll();
    network.asked.length = 0;
    expect((await fetchAll()).size).toBe(8);
    expect(network.asked).toEqual([]);
  });

  test("that nobody names any more are dropped from the store", async () => {
    await fetchAll();
    await fetchAll(entries.slice(0, 2));
    expect(Object.keys((await store.get("bodies")) as object)).toEqual(
      entries.slice(0, 2).map(({ sha256 }) => sha256),
    );
  });

  test("that are stored and not to be changed are not written again", async () => {
    await fetchAll();
    const writes: unknown[] = [];
    const watched = {
      get: (key: string) => store.get(key),
      remove: (keys: readonly string[]) => store.remove(keys),
      set: async (values: Readonly<Record<string, unknown>>) => {
        writes.push(values);
      },
    };
    const watch = new Stopwatch(new TestClock(0));
    await fetchBodies(entries, serverUrl, { store: watched, network, log }, watch);
    expect(writes).toEqual([]);
    await fetchBodies(entries.slice(1), serverUrl, { store: watched, network, log }, watch);
    expect(writes).toHaveLength(1);
  });

  test("that were damaged in the store are fetched again", async () => {
    const { sha256 } = first.entry;
    for (const damage of [{ [sha256]: "{}" }, { [sha256]: 1 }, "nothing", null]) {
      await store.set({ bodies: damage });
      network.asked.length = 0;
      expect((await fetchAll([first.entry])).get(1)).toMatchObject({ kind: "body" });
      expect(network.asked).toHaveLength(1);
      expect(await store.get("bodies")).toEqual({
        [sha256]: new TextDecoder().decode(first.bytes),
      });
    }
  });

  test("that are not there do not hold up those that are", async () => {
    const failing = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(failing, async (isBad) => {
        store = new MemoryStore();
        for (const [index, { entry, bytes }] of published.entries())
          network.on(
            urlOf(entry.sha256),
            isBad[index] === true ? anAnswer(bytes.map((byte) => byte ^ 1)) : anAnswer(bytes),
          );
        const bodies = await fetchAll();
        expect(entries.map(({ id }) => bodies.get(id)?.kind)).toEqual(
          isBad.map((bad) => (bad ? "mismatch" : "body")),
        );
        expect(Object.keys(Object(await store.get("bodies")) as object)).toHaveLength(
          isBad.filter((bad) => !bad).length,
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("a body", () => {
  const cases: readonly [string, NetworkOutcome, string, string][] = [
    ["nobody gives", { kind: "unreachable", detail: "" }, "missing", "unreachable"],
    ["is late", { kind: "timeout" }, "missing", "timeout"],
    ["leads elsewhere", { kind: "redirected" }, "missing", "redirected"],
    ["is not found", anAnswer("", { status: 404 }), "missing", "status-404"],
    ["is longer", { kind: "too-large" }, "mismatch", "length"],
    ["is shorter", anAnswer(first.bytes.slice(1)), "mismatch", "length"],
    ["is other bytes", anAnswer(first.bytes.toReversed()), "mismatch", "body-mismatch"],
    ["is no UTF-8", anAnswer(first.bytes.map(() => 0xff)), "mismatch", "utf-8"],
  ];

  test.each(cases)("that %s is no body", async (_what, answer, kind, reason) => {
    network.on(urlOf(first.entry.sha256), answer);
    expect((await fetchAll([first.entry])).get(1)).toEqual({ kind, reason });
    expect(await store.get("bodies")).toBeUndefined();
  });

  test("is never asked for with more bytes than any body may have", async () => {
    await fetchAll([{ ...first.entry, len: 300_000 }]);
    expect(network.asked[0]?.maxBytes).toBe(262_144);
  });
});

test("six bodies are asked for at once, and no more", async () => {
  let open = 0;
  let most = 0;
  const release: (() => void)[] = [];
  const slow = {
    post: () => Promise.reject(new Error("nothing is posted")),
    get: async (...args: Parameters<ScriptedNetwork["get"]>) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise<void>((go) => release.push(go));
      open -= 1;
      return network.get(...args);
    },
  };
  const done = fetchBodies(
    entries,
    serverUrl,
    { store, network: slow, log },
    new Stopwatch(new TestClock(0)),
  );
  for (let turns = 0; turns < 200 && network.asked.length < 8; turns += 1) {
    await Promise.resolve();
    release.shift()?.();
  }
  expect((await done).size).toBe(8);
  expect(most).toBe(6);
});

test("a server that is slow with each is given up for all of them after two minutes", async () => {
  const clock = new TestClock(0);
  for (const { entry, bytes } of published)
    network.on(urlOf(entry.sha256), () => {
      clock.advance(30_000);
      return anAnswer(bytes);
    });
  const bodies = await fetchBodies(
    entries,
    serverUrl,
    { store, network, log },
    new Stopwatch(clock),
  );
  const kinds = [...bodies.values()].map(({ kind }) => kind);
  expect(kinds).toContain("body");
  expect(bodies.get(8)).toEqual({ kind: "missing", reason: "timeout" });
  // The next run begins with what this one got.
  const again = await fetchBodies(
    entries,
    serverUrl,
    { store, network, log },
    new Stopwatch(clock),
  );
  expect([...again.values()].filter(({ kind }) => kind === "missing").length).toBeLessThan(
    kinds.filter((kind) => kind === "missing").length,
  );
});
