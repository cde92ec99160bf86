import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sync } from "#core/sync.ts";
import { aKey, anAuthority, aRootPayload, type Authority, signRoot } from "#kit/authority.ts";
import { aJsonAnswer, anAnswer, aWorld, serverUrl, type World } from "#kit/client.ts";

const bundleUrl = `${serverUrl}/v2/bundle.json`;
const rootUrl = (version: number) => `${serverUrl}/v2/root/${String(version)}.json`;
let authority: Authority;
let world: World;

beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority);
});

const syncNow = (pinned: unknown = authority.root) =>
  sync({ serverUrl, pinnedRoot: pinned, nowMs: world.clock.nowMs() }, world.ports);
const trust = async () => (await world.store.get("trust")) as Record<string, unknown>;
async function serve(saying: Parameters<Authority["bundle"]>[0] = {}) {
  const published = await authority.bundle(saying);
  world.network.serve(published);
  return published;
}
describe("a record of trust that was damaged", () => {
  test.each([{ v: 2 }, "text", null, { v: 1, ep: "1" }])("as %j is built anew", async (stored) => {
    const { manifest } = await serve();
    await world.store.set({ trust: stored });
    expect(await syncNow()).toMatchObject({ kind: "verified", manifest, wasDamaged: true });
    expect(await trust()).toMatchObject({ ep: 1, n: 10 });
    expect(await syncNow()).toMatchObject({ wasDamaged: false });
  });

  test("in its root is walked to again, and counts on where it stood", async () => {
    await serve();
    await syncNow();
    await world.store.set({ trust: { ...(await trust()), root: { payload: "e30" } } });
    expect((await syncNow()).kind).toBe("verified");
    expect(await trust()).toMatchObject({ root: authority.root });
    await world.store.set({ trust: { ...(await trust()), root: 1 } });
    await serve({ manifest: { n: 9 } });
    expect(await syncNow()).toMatchObject({ reason: "rollback" });
  });
});

describe("roots", () => {
  const follow = async (version: number, said = {}) => {
    const payload = { ...aRootPayload(authority.rootKeys, authority.nowSeconds), version, ...said };
    return signRoot(payload, authority.rootKeys);
  };

  test("are walked one by one to the last, which is kept", async () => {
    await serve();
    world.network.on(rootUrl(2), aJsonAnswer(await follow(2)));
    const last = await follow(3);
    world.network.on(rootUrl(3), aJsonAnswer(last));
    expect((await syncNow()).kind).toBe("verified");
    expect(await trust()).toMatchObject({ root: last });
    world.network.asked.length = 0;
    await syncNow();
    expect(world.network.asked.map(({ url }) => url)).toEqual([
      rootUrl(4),
      `${serverUrl}/v2/halt.jws`,
      bundleUrl,
    ]);
  });

  test("that hold no more keycert keys end what their keys signed", async () => {
    await serve();
    const others = [await aKey(), await aKey()];
    const payload = {
      ...aRootPayload([...authority.rootKeys, ...others], authority.nowSeconds),
      version: 2,
    };
    const k = others.map(({ kid }) => kid);
    const next = { ...payload, roles: { ...payload.roles, keycert: { k, m: 1 } } };
    world.network.on(rootUrl(2), aJsonAnswer(await signRoot(next, authority.rootKeys)));
    expect(await syncNow()).toMatchObject({ status: "signature_error", reason: "unknown-key" });
    expect(await world.store.get("trust")).toBeUndefined();
  });

  test.each([
    { what: "skips one", root: () => follow(3), reason: "root-version" },
    { what: "is for others", root: () => follow(2, { env: "x" }), reason: "root-version" },
    { what: "is none", root: () => Promise.resolve({}), reason: "malformed" },
  ])("of which one $what are refused", async ({ root, reason }) => {
    await serve();
    world.network.on(rootUrl(2), aJsonAnswer(await root()));
    expect(await syncNow()).toEqual({ kind: "failed", status: "signature_error", reason });
  });

  test("that are no JSON are refused as that", async () => {
    await serve();
    world.network.on(
      rootUrl(2),
      anAnswer("{", { headers: { "content-type": "application/json" } }),
    );
    expect(await syncNow()).toEqual({ kind: "failed", status: "parse_error", reason: "json" });
  });

  test("that were believed once are not walked back from, whatever became of the storage", async () => {
    await serve();
    const next = await follow(2);
    world.network.on(rootUrl(2), aJsonAnswer(next));
    // The set that came with it never arrived: the root was believed all the same.
    world.network.on(bundleUrl, { kind: "timeout" });
    expect(await syncNow()).toMatchObject({ status: "timeout_error" });
    await serve();
    world.network.on(rootUrl(2), anAnswer("", { status: 404 }));
    expect(await syncNow()).toMatchObject({ status: "signature_error", reason: "root-version" });
    world.network.on(rootUrl(2), aJsonAnswer(next));
    expect((await syncNow()).kind).toBe("verified");
    await world.store.remove(["trust", "trust_copy"]);
    world.network.on(rootUrl(2), anAnswer("", { status: 404 }));
    expect(await syncNow()).toMatchObject({ status: "signature_error", reason: "root-version" });
  });

  test("of another pinned root altogether begin anew, with the sets under them", async () => {
    await serve({ manifest: { n: 20 } });
    await syncNow();
    const stranger = await anAuthority();
    world.network.serve(await stranger.bundle({ manifest: { n: 3 } }));
    expect((await syncNow(stranger.root)).kind).toBe("verified");
    expect(await trust()).toMatchObject({ n: 3 });
  });

  test("that do not arrive leave the one that is there in force", async () => {
    await serve();
    world.network.on(rootUrl(2), { kind: "timeout" });
    expect((await syncNow()).kind).toBe("verified");
  });

  test("are walked 32 at a time", async () => {
    await serve();
    for (let version = 2; version <= 40; version += 1)
      world.network.on(rootUrl(version), aJsonAnswer(await follow(version)));
    await syncNow();
    expect(world.network.asked.filter(({ url }) => url.includes("/root/"))).toHaveLength(32);
  });

  test("are walked for a minute and no longer", async () => {
    await serve();
    for (let version = 2; version <= 9; version += 1) {
      const root = aJsonAnswer(await follow(version));
      world.network.on(rootUrl(version), () => {
        world.clock.advance(25_000);
        return root;
      });
    }
    expect((await syncNow()).kind).toBe("verified");
    expect(world.network.asked.filter(({ url }) => url.includes("/root/"))).toHaveLength(3);
  });

  test("of which a newer build pins a newer one start there", async () => {
    await serve();
    await syncNow();
    const pinned = await follow(5);
    world.network.asked.length = 0;
    expect((await syncNow(pinned)).kind).toBe("verified");
    expect(world.network.asked[0]?.url).toBe(rootUrl(6));
    world.network.asked.length = 0;
    // An older build in the same profile does not fall back behind what was walked to.
    expect((await syncNow()).kind).toBe("verified");
    expect(world.network.asked[0]?.url).toBe(rootUrl(6));
  });

  test("that were kept for another environment than the build's are not used", async () => {
    await serve();
    await syncNow();
    const foreign = await follow(9, { env: "production" });
    await world.store.set({ trust: { ...(await trust()), root: foreign } });
    world.network.asked.length = 0;
    expect((await syncNow()).kind).toBe("verified");
    expect(world.network.asked[0]?.url).toBe(rootUrl(2));
  });

  test("that are over let nothing new be believed, 300 seconds after their end", async () => {
    const end = authority.nowSeconds + 1_000;
    const pinned = await signRoot({ ...authority.rootPayload, exp: end }, authority.rootKeys);
    await serve();
    world.clock.set((end + 300) * 1000);
    expect((await syncNow(pinned)).kind).toBe("verified");
    world.clock.set((end + 301) * 1000);
    expect(await syncNow(pinned)).toEqual({
      kind: "failed",
      status: "certificate_error",
      reason: "root-expired",
    });
  });

  test("of which an older build pins one on the way are not forgotten, whatever keys they have", async () => {
    const fresh = async () => [await aKey(), await aKey(), await aKey()];
    const [first, second, third] = [authority.rootKeys, await fresh(), await fresh()];
    const rootOf = async (version: number, keys: typeof first, before: typeof first) => {
      const payload = aRootPayload([...keys, ...first], authority.nowSeconds);
      const root = { k: keys.map(({ kid }) => kid), m: 2 };
      const next = { ...payload, version, roles: { ...payload.roles, root } };
      return signRoot(next, [...keys, ...before]);
    };
    const pinned = await rootOf(2, second, first);
    world.network.on(rootUrl(2), aJsonAnswer(pinned));
    world.network.on(rootUrl(3), aJsonAnswer(await rootOf(3, third, second)));
    await serve({ manifest: { n: 20 } });
    expect((await syncNow()).kind).toBe("verified");
    await serve({ manifest: { n: 11 } });
    expect(await syncNow(pinned)).toMatchObject({ reason: "rollback" });
    await world.store.remove(["trust", "trust_copy"]);
    world.network.on(rootUrl(3), anAnswer("", { status: 404 }));
    expect(await syncNow(pinned)).toMatchObject({ reason: "root-version" });
  });
});
