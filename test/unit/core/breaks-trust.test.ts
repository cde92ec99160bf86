import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tokenTypes } from "#recipes/manifest.ts";
import { anAuthority, aRootPayload, type Authority, signRoot, token } from "#kit/authority.ts";
import {
  aJsonAnswer,
  anAnswer,
  aWorld,
  rememberingTokens,
  serverUrl,
  type World,
} from "#kit/client.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { runSet, statesIn } from "#kit/sets.ts";
import { noKill } from "#core/kill.ts";

// What once kept honest sets from being believed, long after whoever caused it was gone.

const bundleUrl = `${serverUrl}/v2/bundle.json`;
const tokens = rememberingTokens();
let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority, { tokens, defaults: { "test.tabs.fast": false } });
});

const run = (...set: [n: number, said?: Parameters<Authority["bundle"]>[0]]) =>
  runSet(world, ...set);
const states = () => statesIn(world);

describe("the mirror of what is believed", () => {
  test.each(["version", "ep", "n", "tmax"])(
    "with one digit of %s spoilt counts as none, and is written anew",
    async (member) => {
      await run(10);
      const whole = world.mirror.text ?? "";
      world.mirror.text = whole.replace(new RegExp(`"${member}":`, "u"), `"${member}":9`);
      expect(world.mirror.text).not.toBe(whole);
      expect(await run(10)).toMatchObject({ runner: "success" });
      expect(world.mirror.text).toBe(whole);
    },
  );

  test("that cannot be written keeps no run from its report, and nothing from being stopped", async () => {
    await run(10, { recipes: [aPreferenceStudy()] });
    world.mirror.write = () => Promise.reject(new Error("preference/not-saved"));
    const kill = { ...noKill, ids: [1] };
    const report = await run(11, {
      recipes: [aPreferenceStudy(), aRollout({ id: 2 })],
      manifest: { kill },
    });
    expect(report).toMatchObject({ runner: "success", recipes: { 1: "success", 2: "success" } });
    expect(await states()).toEqual(["ended killed", "active"]);
    expect(await run(10)).toMatchObject({ reason: "rollback" });
  });
});

describe("an ETag, which nobody signs,", () => {
  /** The server as it is once whoever gave that ETag is gone; `isTooMuch` are conditions that it refuses. */
  async function after(etag: string, isTooMuch: (condition: string) => boolean) {
    const { bundle } = await authority.bundle();
    world.network.on(bundleUrl, aJsonAnswer(bundle, { etag }));
    await world.client().request("timer");
    const next = await authority.bundle({ manifest: { n: 11 } });
    world.network.on(bundleUrl, ({ headers }) =>
      isTooMuch(headers?.["if-none-match"] ?? "")
        ? anAnswer("", { status: 431 })
        : aJsonAnswer(next.bundle, { etag: '"11"' }),
    );
    return world.client().request("timer");
  }

  test("is not sent back where it is so long that a server would cut the request off", async () => {
    const report = await after(`"${"x".repeat(20_000)}"`, ({ length }) => length > 8_000);
    expect(report).toMatchObject({ runner: "success", n: 11 });
    expect(world.network.asked.every(({ headers = {} }) => !("if-none-match" in headers))).toBe(
      true,
    );
  });

  test("that somebody on the way refuses to hear is left away, once", async () => {
    const report = await after(`"<script>"`, (condition) => condition.includes("<script>"));
    expect(report).toMatchObject({ runner: "success", n: 11 });
    world.network.asked.length = 0;
    world.network.on(bundleUrl, anAnswer("", { status: 404 }));
    expect(await world.client().request("timer")).toMatchObject({ reason: "status-404" });
    expect(world.network.asked.filter(({ url }) => url === bundleUrl)).toHaveLength(2);
  });
});

describe("a stolen online key", () => {
  test("that dates its sets ahead keeps honest ones waiting for no longer than it is believed", async () => {
    const day = 86_400;
    const { nowSeconds } = authority;
    const signedAt = (n: number, iat: number) =>
      run(n, { manifest: { iat, nbf: 0, exp: iat + 7 * day } });
    expect(await signedAt(11, nowSeconds + 2 * day)).toMatchObject({ runner: "success" });
    // What counts as now is two days ahead already.
    world.clock.advance(60_000);
    expect(await signedAt(12, nowSeconds + 4 * day)).toMatchObject({ reason: "clock" });
    const online = { ep: 2 };
    const now = Math.floor(world.clock.nowMs() / 1000);
    world.network.serve(
      await authority.bundle({
        keycert: online,
        manifest: { ...online, n: 1, iat: now, nbf: now, exp: now + 7 * day },
      }),
    );
    expect(await world.client().request("timer")).toMatchObject({ runner: "success", ep: 2 });
  });
});

describe("a stolen halt key", () => {
  test.each(["kept", "emptied"])(
    "that counted to the end is heard no more once it is rotated out, and its successor is: storage %s",
    async (storage) => {
      const [first, second, stolen] = authority.rootKeys;
      const serveHalt = async (hn: number, signedBy: typeof first, ids: readonly number[]) => {
        const { nowSeconds: iat } = authority;
        const halt = { v: 1, env: "test", hn, iat, exp: iat + 86_400, min_ep: 0 };
        const said = { ...halt, kill: { ...noKill, ids } };
        const signed = await token(said, tokenTypes.halt, signedBy);
        world.network.on(`${serverUrl}/v2/halt.jws`, anAnswer(signed));
      };
      await serveHalt(Number.MAX_SAFE_INTEGER, stolen, []);
      await run(10, { recipes: [aPreferenceStudy(), aRollout({ id: 2 })] });
      const next = { ...aRootPayload(authority.rootKeys, authority.nowSeconds), version: 2 };
      const halt = { k: [first?.kid ?? "", second?.kid ?? ""], m: 1 };
      const root = { ...next, roles: { ...next.roles, halt } };
      const signed = aJsonAnswer(await signRoot(root, authority.rootKeys));
      world.network.on(`${serverUrl}/v2/root/2.json`, signed);
      if (storage === "emptied") await world.store.remove(["trust", "trust_copy"]);
      await serveHalt(7, first, [1]);
      await run(11, { recipes: [aPreferenceStudy(), aRollout({ id: 2 })] });
      expect(await states()).toEqual(["ended killed", "active"]);
      // From there on it counts as ever, whichever key signs.
      await serveHalt(6, second, [2]);
      await run(12, { recipes: [aPreferenceStudy(), aRollout({ id: 2 })] });
      expect(await states()).toEqual(["ended killed", "active"]);
      expect(world.log.at(-1)).toMatchObject({ fields: { reason: "rollback" } });
    },
  );
});
