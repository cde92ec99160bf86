import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sync } from "#core/sync.ts";
import type { NetworkOutcome } from "#core/ports.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aJsonAnswer, anAnswer, aWorld, serverUrl, type World } from "#kit/client.ts";
import { aConsoleLog, aRollout } from "#kit/recipes.ts";

const bundleUrl = `${serverUrl}/v2/bundle.json`;
const rootUrl = (version: number) => `${serverUrl}/v2/root/${String(version)}.json`;
const day = 86_400_000;
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
const asked = (url: string) => world.network.asked.filter((one) => one.url === url);
describe("a set that verifies", () => {
  test("is given with its bodies, and is what is believed from then on", async () => {
    const { manifest, bundle } = await serve({ recipes: [aConsoleLog(), aRollout({ id: 2 })] });
    const outcome = await syncNow();
    expect(outcome).toMatchObject({ kind: "verified", manifest, wasDamaged: false });
    if (outcome.kind !== "verified") return;
    expect([...outcome.bodies].map(([id, { kind }]) => [id, kind])).toEqual([
      [1, "body"],
      [2, "body"],
    ]);
    expect(await trust()).toMatchObject({ v: 1, ep: 1, n: 10, bundle, root: authority.root });
  });

  test("is asked for within the wire's limits, and nobody is told who asks", async () => {
    await serve();
    await syncNow();
    expect(world.network.asked).toEqual([
      { method: "GET", url: rootUrl(2), maxBytes: 65_536 },
      { method: "GET", url: `${serverUrl}/v2/halt.jws`, maxBytes: 65_536 },
      { method: "GET", url: bundleUrl, maxBytes: 1_048_576 },
    ]);
  });
});

describe("an answer that is no bundle", () => {
  const answers: readonly [string, NetworkOutcome, string, string][] = [
    ["nobody", { kind: "unreachable", detail: "DNS" }, "network_error", "unreachable"],
    ["no network", { kind: "offline" }, "offline_error", "offline"],
    ["silence", { kind: "timeout" }, "timeout_error", "timeout"],
    ["too much", { kind: "too-large" }, "content_error", "size"],
    ["a redirect", { kind: "redirected" }, "content_error", "redirect"],
    ["429", anAnswer("", { status: 429 }), "backoff", "status-429"],
    [
      "503 with a time",
      anAnswer("", { status: 503, headers: { "retry-after": "9" } }),
      "backoff",
      "status-503",
    ],
    ["503", anAnswer("", { status: 503 }), "server_error", "status-503"],
    ["500", anAnswer("", { status: 500 }), "server_error", "status-500"],
    ["404", anAnswer("", { status: 404 }), "content_error", "status-404"],
    ["204", anAnswer("", { status: 204 }), "content_error", "status-204"],
    ["304 to one who has nothing", anAnswer("", { status: 304 }), "content_error", "status-304"],
    [
      "a page of a captive portal",
      anAnswer("<html>", { headers: { "content-type": "text/html" } }),
      "content_error",
      "content-type",
    ],
    ["no type", anAnswer("{}"), "content_error", "content-type"],
    [
      "a type that only begins alike",
      anAnswer("{}", { headers: { "content-type": "application/jsonp" } }),
      "content_error",
      "content-type",
    ],
    ["what is no JSON", json("{"), "parse_error", "json"],
    ["a key twice", json('{"keycert":"","keycert":""}'), "parse_error", "json"],
    ["what is nested too deep", json("[".repeat(40) + "]".repeat(40)), "parse_error", "json"],
    ["what is no UTF-8", json(Uint8Array.of(0xff)), "parse_error", "utf-8"],
    ["another object", aJsonAnswer({}), "signature_error", "malformed"],
  ];

  test.each(answers)(
    "of %s is named and changes nothing",
    async (_what, answer, status, reason) => {
      await serve({ recipes: [aConsoleLog()] });
      world.network.on(bundleUrl, answer);
      expect(await syncNow()).toEqual({ kind: "failed", status, reason });
      expect(await world.store.get("trust")).toBeUndefined();
      expect(await world.store.get("bodies")).toBeUndefined();
    },
  );

  test("leaves what was believed before as it was", async () => {
    await serve({ recipes: [aConsoleLog()] });
    await syncNow();
    const before = await trust();
    for (const [, answer] of answers.filter(([what]) => !what.startsWith("304"))) {
      world.network.on(bundleUrl, answer);
      expect((await syncNow()).kind).toBe("failed");
      expect(await trust()).toEqual(before);
    }
  });

  test("has a charset or none beside its type", async () => {
    const { bundle } = await serve();
    world.network.on(
      bundleUrl,
      aJsonAnswer(bundle, { "content-type": "application/json; charset=utf-8" }),
    );
    expect((await syncNow()).kind).toBe("verified");
  });
});

describe("a set that does not verify", () => {
  test.each([
    { saying: { signManifest: { header: { alg: "none" } } }, status: "signature_error" },
    { saying: { manifest: { ep: 2 } }, status: "signature_error", reason: "epoch" },
    { saying: { manifest: { exp: 1 } }, status: "sync_error", reason: "manifest-expired" },
    { saying: { manifest: { nbf: 2 ** 40 } }, status: "custom_1_error", reason: "clock" },
    { saying: { keycert: { exp: 1 } }, status: "certificate_error", reason: "keycert-expired" },
    { saying: { manifest: { must: ["x"] } }, status: "backoff", reason: "unknown-feature" },
  ])("is reported as $status ($reason)", async ({ saying, status, reason }) => {
    await serve(saying);
    expect(await syncNow()).toEqual({ kind: "failed", status, reason: reason ?? "malformed" });
    expect(await world.store.get("trust")).toBeUndefined();
  });

  test("leaves the older one believed: rollback, equivocation", async () => {
    await serve();
    await syncNow();
    const before = await trust();
    await serve({ manifest: { n: 9 } });
    expect(await syncNow()).toMatchObject({ status: "signature_error", reason: "rollback" });
    await serve({ manifest: { poll: 1 } });
    expect(await syncNow()).toMatchObject({ status: "signature_error", reason: "equivocation" });
    expect(await trust()).toEqual(before);
    await serve({ manifest: { n: 11 } });
    expect((await syncNow()).kind).toBe("verified");
    expect(await trust()).toMatchObject({ n: 11 });
  });

  test("is none where it cannot be stored, and the run says so", async () => {
    await serve();
    const { store } = world;
    const narrow = {
      get: (key: string) => store.get(key),
      remove: (keys: readonly string[]) => store.remove(keys),
      set: () => Promise.reject(new Error("quota")),
    };
    const full = { ...world.ports, store: narrow };
    const input = { serverUrl, pinnedRoot: authority.root, nowMs: world.clock.nowMs() };
    expect(await sync(input, full)).toMatchObject({ status: "custom_1_error", reason: "storage" });
  });

  test("by a fault of ours is thrown", async () => {
    await serve();
    const broken = { ...world.ports, tokens: { ...world.ports.tokens, sha256: fails } };
    await expect(
      sync({ serverUrl, pinnedRoot: authority.root, nowMs: world.clock.nowMs() }, broken),
    ).rejects.toThrow("our fault");
  });
});

describe("what did not change", () => {
  test("is asked for by its ETag, and taken from the store", async () => {
    const { manifest } = await serve({ recipes: [aConsoleLog()] });
    await syncNow();
    world.network.asked.length = 0;
    expect(await syncNow()).toMatchObject({ kind: "verified", manifest });
    const { etag } = await trust();
    expect(etag).toMatch(/^".+"$/u);
    expect(asked(bundleUrl)).toMatchObject([{ headers: { "if-none-match": etag } }]);
    // Beside it, whether there is a next root and whether something is to stop.
    expect(world.network.asked).toHaveLength(3);
  });

  test("is verified anew: a 304 extends nothing", async () => {
    await serve();
    await syncNow();
    world.clock.advance(8 * day);
    expect(await syncNow()).toEqual({
      kind: "failed",
      status: "sync_error",
      reason: "manifest-expired",
      overSince: (await trust())["exp"],
    });
  });

  test("is taken from its copy when the record was damaged, and from the server when both were", async () => {
    const { manifest } = await serve();
    await syncNow();
    const whole = await trust();
    await world.store.set({ trust: { ...whole, n: 99 } });
    world.network.asked.length = 0;
    expect(await syncNow()).toMatchObject({ kind: "verified", manifest, wasDamaged: true });
    expect(asked(bundleUrl)).toMatchObject([{ headers: {} }]);
    expect(await trust()).toEqual(whole);
    await world.store.set({ trust: { ...whole, n: 99 }, trust_copy: { ...whole, ep: 0 } });
    world.network.asked.length = 0;
    expect(await syncNow()).toMatchObject({ kind: "verified", manifest, wasDamaged: true });
    expect(asked(bundleUrl)[0]).not.toHaveProperty("headers");
  });

  test("is asked for whole, past caches, when one of them says so and is wrong", async () => {
    await serve();
    await syncNow();
    const { etag } = await trust();
    world.clock.advance(8 * day);
    const later = Math.floor(world.clock.nowMs() / 1000);
    const { bundle, manifest } = await authority.bundle({
      keycert: { iat: later, exp: later + 20 * 86_400 },
      manifest: { n: 11, iat: later, nbf: later, exp: later + 86_400 },
    });
    const stale = anAnswer("", { status: 304, headers: { etag: String(etag) } });
    world.network.on(bundleUrl, ({ bypassCaches }) =>
      bypassCaches === true ? aJsonAnswer(bundle, { etag: '"new"' }) : stale,
    );
    world.network.asked.length = 0;
    expect(await syncNow()).toMatchObject({ kind: "verified", manifest });
    const [conditional, whole] = asked(bundleUrl);
    expect(conditional).toHaveProperty("headers");
    expect(whole).toMatchObject({ bypassCaches: true });
    expect(whole).not.toHaveProperty("headers");
    expect(await trust()).toMatchObject({ bundle });
  });

  test("is asked for once more, past caches, when one of them spoilt it, and no oftener", async () => {
    const { bundle, manifest } = await serve();
    const spoilt = {
      ...bundle,
      manifest: bundle.manifest.replace(/.$/u, (last) => (last === "A" ? "B" : "A")),
    };
    world.network.on(bundleUrl, ({ bypassCaches }) =>
      aJsonAnswer(bypassCaches === true ? bundle : spoilt),
    );
    expect(await syncNow()).toMatchObject({ kind: "verified", manifest });
    expect(asked(bundleUrl)).toHaveLength(2);
    world.network.asked.length = 0;
    world.network.on(bundleUrl, aJsonAnswer(spoilt));
    expect(await syncNow()).toMatchObject({ status: "signature_error", reason: "bad-signature" });
    expect(asked(bundleUrl)).toHaveLength(2);
  });

  test("is asked for whole when the server gave no ETag", async () => {
    const { bundle } = await serve();
    world.network.on(bundleUrl, aJsonAnswer(bundle));
    await syncNow();
    expect(await trust()).toMatchObject({ etag: null });
    await syncNow();
    expect(asked(bundleUrl).every(({ headers }) => headers === undefined)).toBe(true);
  });
});

function json(content: string | Uint8Array): NetworkOutcome {
  return anAnswer(content, { headers: { "content-type": "application/json" } });
}

function fails(): never {
  throw new Error("our fault");
}
