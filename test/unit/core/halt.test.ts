import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkHalt, sync } from "#core/sync.ts";
import { type HaltPayload, tokenTypes } from "#recipes/manifest.ts";
import { aKey, anAuthority, type Authority, token } from "#kit/authority.ts";
import { anAnswer, aWorld, serverUrl, type World } from "#kit/client.ts";
import { aRollout } from "#kit/recipes.ts";

// The second way to stop things, by another key and from another origin: it can only remove.

const haltUrl = "https://halt.example/mulberry/halt.jws";
const bundleUrl = `${serverUrl}/v2/bundle.json`;
const day = 86_400;
let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority, { defaults: { "test.tabs.fast": false } });
});

const kill = { all: false, ids: [1], slugs: [], prefs: [], addons: [] };
const input = () => ({
  serverUrl,
  haltUrl,
  pinnedRoot: authority.root,
  nowMs: world.clock.nowMs(),
});
const aHalt = (said: Partial<HaltPayload> = {}): HaltPayload => ({
  v: 1,
  env: "test",
  hn: 1,
  iat: authority.nowSeconds - 60,
  exp: authority.nowSeconds + 30 * day,
  min_ep: 0,
  kill,
  ...said,
});
type Lies = Parameters<typeof token>[3] & { readonly typ?: string };
async function halt(
  said: Partial<HaltPayload> = {},
  { typ = tokenTypes.halt, ...lies }: Lies = {},
) {
  world.network.on(haltUrl, anAnswer(await token(aHalt(said), typ, authority.rootKeys[2], lies)));
}
const withheld = () => {
  world.network.on(haltUrl, { kind: "timeout" });
};
async function serve(n: number, said: Parameters<Authority["bundle"]>[0] = {}) {
  world.network.serve(await authority.bundle({ recipes: [aRollout()], manifest: { n }, ...said }));
}
const stops = async () => {
  const outcome = await sync(input(), world.ports);
  return outcome.kind === "verified" ? outcome.kill.ids : outcome.reason;
};

describe("a halt", () => {
  test("is obeyed whether or not a set arrives", async () => {
    const heard: unknown[] = [];
    await halt();
    world.network.on(bundleUrl, { kind: "timeout" });
    const obey = (what: unknown): Promise<void> => {
      heard.push(what);
      return Promise.resolve();
    };
    expect(await sync({ ...input(), obey }, world.ports)).toMatchObject({ reason: "timeout" });
    expect(heard).toEqual([kill]);
  });

  test("is obeyed whatever is served in the place of the next root", async () => {
    const heard: unknown[] = [];
    await halt();
    world.network.on(
      `${serverUrl}/v2/root/2.json`,
      anAnswer("{}", { headers: { "content-type": "application/json" } }),
    );
    const obey = (what: unknown): Promise<void> => {
      heard.push(what);
      return Promise.resolve();
    };
    expect(await sync({ ...input(), obey }, world.ports)).toMatchObject({ reason: "malformed" });
    expect(heard).toEqual([kill]);
  });

  test("holds while it is withheld, until it is over or a later one lifts it", async () => {
    await serve(10);
    await halt();
    expect(await stops()).toEqual([1]);
    withheld();
    expect(await stops()).toEqual([1]);
    await halt({ hn: 2, kill: { ...kill, ids: [] } });
    expect(await stops()).toEqual([]);
    withheld();
    expect(await stops()).toEqual([]);
    await halt({ hn: 3, exp: authority.nowSeconds + 60 });
    expect(await stops()).toEqual([1]);
    world.clock.advance(600_000);
    expect(await stops()).toEqual([]);
  });

  test("that is older than one already believed lifts nothing, also with the storage emptied", async () => {
    await serve(10);
    await halt({ hn: 5 });
    expect(await stops()).toEqual([1]);
    await halt({ hn: 4, kill: { ...kill, ids: [] } });
    expect(await stops()).toEqual([1]);
    await world.store.remove(["trust", "trust_copy"]);
    expect(await stops()).toEqual([]);
    expect(world.log.at(-1)).toMatchObject({ fields: { reason: "rollback" } });
  });

  test("of a number that another bears stops what it says, lifts nothing, and is told", async () => {
    const heard = async () => {
      const outcome = await sync(input(), world.ports);
      if (outcome.kind !== "verified") throw new Error(outcome.reason);
      return [outcome.isHaltEquivocal, outcome.kill.ids];
    };
    await serve(10);
    await halt({ hn: 5 });
    expect(await heard()).toEqual([false, [1]]);
    await halt({ hn: 5, kill: { ...kill, ids: [2] } });
    expect(await heard()).toEqual([true, [1, 2]]);
    expect(world.log).toMatchObject([{ level: "error", fields: { hn: 5 } }]);
    await halt({ hn: 5, exp: authority.nowSeconds - 3_000 });
    expect(await heard()).toEqual([true, [1]]);
    withheld();
    expect(await heard()).toEqual([false, [1]]);
    // The same words, signed once more.
    await halt({ hn: 5 });
    expect(await heard()).toEqual([false, [1]]);
    await halt({ hn: 6, kill: { ...kill, ids: [2] } });
    expect(await heard()).toEqual([false, [2]]);
  });

  test("that does not agree with another of its number is what the run reports, which goes on", async () => {
    const beside = (ids: readonly number[]) =>
      token(aHalt({ kill: { ...kill, ids } }), tokenTypes.halt, authority.rootKeys[2]);
    await serve(10);
    world.network.on(`${serverUrl}/v2/halt.jws`, anAnswer(await beside([7])));
    await world.client().request("timer");
    world.network.on(`${serverUrl}/v2/halt.jws`, anAnswer(await beside([8])));
    expect(await world.client().request("timer")).toMatchObject({
      runner: "signature_error",
      reason: "equivocation",
      recipes: { 1: "success" },
    });
  });

  const wrong: readonly [string, () => Promise<void>, string][] = [
    ["by a stranger", async () => halt({}, { signedBy: await aKey() }), "unknown-key"],
    [
      "by a stranger under a known name",
      async () =>
        halt({}, { signedBy: { ...(await aKey()), kid: authority.rootKeys[0]?.kid ?? "" } }),
      "bad-signature",
    ],
    ["by the online key", async () => halt({}, { signedBy: authority.online }), "unknown-key"],
    ["of another type", async () => halt({}, { typ: tokenTypes.manifest }), "wrong-type"],
    ["for another environment", async () => halt({ env: "other" }), "wrong-audience"],
    [
      "that never ends",
      async () => halt({ exp: authority.nowSeconds + 4_000 * day }),
      "manifest-life",
    ],
    [
      "that begins in a hundred years",
      async () =>
        halt({
          iat: authority.nowSeconds + 36_500 * day,
          exp: authority.nowSeconds + 36_501 * day,
        }),
      "manifest-life",
    ],
    ["without a number", async () => halt({ hn: 0 }), "malformed"],
  ];
  test.each(wrong)(
    "%s is as good as none, and the log says why",
    async (_what, serveIt, reason) => {
      await serve(10);
      await serveIt();
      expect(await stops()).toEqual([]);
      expect(world.log).toMatchObject([{ level: "warn", fields: { reason } }]);
    },
  );

  test("ends an epoch: what its key signs is not believed any more, the next is", async () => {
    await serve(10);
    expect(await stops()).toEqual([]);
    await halt({ min_ep: 2, kill: { ...kill, ids: [] } });
    await serve(11);
    expect(await stops()).toBe("epoch");
    const online = await aKey();
    await serve(1, {
      keycert: { ep: 2, sub: online.kid, cnf: { jwk: online.jwk } },
      manifest: { ep: 2, n: 1 },
      signManifest: { signedBy: online },
    });
    expect(await stops()).toEqual([]);
  });

  test("is looked for beside the bundle where the build names no other place", async () => {
    await serve(10);
    const { haltUrl: _none, ...plain } = input();
    await sync(plain, world.ports);
    expect(world.network.asked.map(({ url }) => url)).toContain(`${serverUrl}/v2/halt.jws`);
  });

  test("is looked for at every start of the browser, also when no run is due", async () => {
    const beside = `${serverUrl}/v2/halt.jws`;
    await serve(10);
    await world.client().start();
    const live = async () =>
      (await world.client().look()).enrollments.filter(({ state }) => state === "active");
    expect(await live()).toHaveLength(1);
    world.network.on(
      beside,
      anAnswer(await token(aHalt(), tokenTypes.halt, authority.rootKeys[2])),
    );
    const { facts } = aWorld(authority, { facts: { sessionStart: 7 } }).ports;
    // As Firefox notes it when it ends as it should.
    world.beacon.text = JSON.stringify({ ...JSON.parse(world.beacon.text ?? ""), isClean: true });
    const client = world.client({ ...world.ports, facts });
    expect(await client.start()).toBeUndefined();
    await client.inTurn(() => Promise.resolve());
    expect(await live()).toEqual([]);
    expect(world.network.asked.filter(({ url }) => url === bundleUrl)).toHaveLength(1);
  });

  test("asked for alone stores no set and needs none", async () => {
    await halt();
    expect(await checkHalt(input(), world.ports)).toEqual(kill);
    expect(await world.store.get("trust")).toBeUndefined();
    withheld();
    expect((await checkHalt(input(), world.ports)).ids).toEqual([]);
  });
});
