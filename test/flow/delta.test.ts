import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryMirror, MemoryStore } from "#core/memory.ts";
import type { Network } from "#core/ports.ts";
import { sync } from "#core/sync.ts";
import { clock } from "#extension/platform/clock.ts";
import { createNetwork } from "#extension/platform/network.ts";
import { tokens } from "#extension/platform/tokens.ts";
import { asFile, type Desk, openDesk } from "#kit/desk.ts";
import { aConsoleLog } from "#kit/recipes.ts";

// The client's own sync over real HTTP to a real server: what it asks for, and what it does not.

/** Asked for in every run, and hardly ever there: a next root, a halt. */
const probes = /^\/v2\/(?:root\/\d+\.json|halt\.jws) 404$/u;

let desk: Desk;
let asked: string[];
let store: MemoryStore;
let mirror: MemoryMirror;
const log = { write: () => undefined };
beforeEach(async () => {
  desk = await openDesk();
  store = new MemoryStore();
  mirror = new MemoryMirror();
});
afterEach(() => desk[Symbol.asyncDispose]());

describe("a client that syncs", () => {
  test("asks for every body once, and for a set that did not change with one request that is answered by 304", async () => {
    await desk.server.publishFiles(["a", "b", "c"].map((slug) => recipe(slug, "first")));
    expect(await syncNow()).toHaveLength(3);
    expect(rest()).toEqual(["/v2/bundle.json 200", ...Array<string>(3).fill("/v2/r/# 200")]);

    for (let run = 0; run < 3; run += 1) {
      expect(await syncNow()).toHaveLength(3);
      expect(rest()).toEqual(["/v2/bundle.json 304"]);
      // One probe of each kind, no more.
      expect(new Set(asked).size).toBe(asked.length);
    }
  });

  test("asks for the one body that changed and for no other", async () => {
    await desk.server.publishFiles(["a", "b", "c"].map((slug) => recipe(slug, "first")));
    await syncNow();
    await desk.server.publishFiles([recipe("b", "second")]);
    const bodies = await syncNow();
    expect(rest()).toEqual(["/v2/bundle.json 200", "/v2/r/# 200"]);
    expect(bodies.filter((body) => body.includes("second"))).toHaveLength(1);
    expect(bodies).toHaveLength(3);
  });

  test("asks for no body where the set was only signed anew, or lost a recipe", async () => {
    await desk.server.publishFiles(["a", "b"].map((slug) => recipe(slug, "first")));
    await syncNow();
    await desk.pass(25 * 3_600_000);
    await syncNow();
    expect(rest()).toEqual(["/v2/bundle.json 200"]);

    await desk.server.publishLive([{ ...aConsoleLog({ id: 1, slug: "a" }) }]);
    await syncNow();
    await desk.server.publishLive([]);
    await syncNow();
    expect(rest()).toEqual(["/v2/bundle.json 200"]);
  });
});

/** One sync; the bodies that came out of it. */
async function syncNow(): Promise<readonly string[]> {
  asked = [];
  const root: unknown = JSON.parse(await readFile(join(desk.dataDir, "keys/root.json"), "utf8"));
  const ports = { store, mirror, network: noted(createNetwork()), tokens, clock, log };
  const outcome = await sync({ serverUrl: desk.url, pinnedRoot: root, nowMs: desk.now() }, ports);
  if (outcome.kind === "failed") throw new Error(`${outcome.status}: ${outcome.reason}`);
  return [...outcome.bodies.values()].map((body) =>
    body.kind === "body" ? body.body.text : `${body.kind}: ${body.reason}`,
  );
}

function noted(network: Network): Network {
  return {
    ...network,
    async get(url, options) {
      const answer = await network.get(url, options);
      const path = new URL(url).pathname.replace(/[\w-]{43}$/u, "#");
      asked.push(`${path} ${answer.kind === "answer" ? String(answer.status) : answer.kind}`);
      if (answer.kind !== "answer") return answer;
      // The desk's clock is its own, and Node dates answers by the machine's.
      const { date: _machines, ...headers } = answer.headers;
      return { ...answer, headers };
    },
  };
}

/** What was asked for beside probes. */
function rest(): readonly string[] {
  return asked.filter((line) => !probes.test(line));
}

function recipe(slug: string, message: string): ReturnType<typeof asFile> {
  return asFile(aConsoleLog({ slug, name: slug, arguments: { message } }));
}
