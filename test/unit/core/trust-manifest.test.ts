import { beforeAll, describe, expect, test } from "vitest";
import { tokens } from "#extension/platform/tokens.ts";
import { tokenTypes } from "#recipes/manifest.ts";
import { verifyBundle, verifyRoot } from "#core/trust.ts";
import { type Authority, type SigningKey, token } from "#kit/authority.ts";
import { aConsoleLog, aRollout } from "#kit/recipes.ts";
import { aCourt, type Court } from "#kit/verdict.ts";

// Step 6 of the signing design, clause by clause: each hostile manifest differs in one thing from
// one that is believed.

const day = 86_400;
let authority: Authority;
let stranger: SigningKey;
let now: number;
let verdict: Court["verdict"];
let verdictOn: Court["verdictOn"];

beforeAll(async () => {
  ({ authority, stranger, now, verdict, verdictOn } = await aCourt());
});

describe("a manifest", () => {
  test("signed by another key than the keycert's is refused", async () => {
    expect(await verdict({ signManifest: { signedBy: stranger } })).toBe("unknown-key");
    const { kid } = authority.online;
    expect(await verdict({ signManifest: { signedBy: stranger, header: { kid } } })).toBe(
      "bad-signature",
    );
    expect(await verdict({ signManifest: { header: { kid: stranger.kid } } })).toBe("unknown-key");
  });

  test("signed by a root key is refused: each key has one use", async () => {
    for (const signedBy of authority.rootKeys)
      expect(await verdict({ signManifest: { signedBy } })).toBe("unknown-key");
  });

  test.each([
    { what: "the type of a keycert", header: { typ: tokenTypes.keycert }, code: "wrong-type" },
    { what: "another algorithm", header: { alg: "HS256" }, code: "malformed" },
    { what: "a fourth member", header: { note: "" }, code: "malformed" },
    { what: "no kid", header: { kid: undefined }, code: "malformed" },
  ])("whose header has $what is refused as $code", async ({ header, code }) => {
    expect(await verdict({ signManifest: { header } })).toBe(code);
  });

  test("with white space in a segment is malformed, however well signed", async () => {
    const { bundle } = await authority.bundle();
    const [header, payload, signature = ""] = bundle.manifest.split(".");
    const spaced = `${signature.slice(0, 9)} ${signature.slice(9)}`;
    expect(await verdictOn({ ...bundle, manifest: `${header}.${payload}.${spaced}` })).toBe(
      "malformed",
    );
    expect(await verdictOn({ ...bundle, manifest: `${header}.\n${payload}.${signature}` })).toBe(
      "malformed",
    );
  });

  test("that the verifier itself finds malformed is refused", async () => {
    const { bundle } = await authority.bundle();
    const { root } = await verifyRoot(authority.root, tokens);
    const picky = { ...tokens, verifyCompact: () => Promise.resolve("malformed" as const) };
    await expect(verifyBundle(bundle, root, undefined, now, picky)).rejects.toMatchObject({
      code: "malformed",
      message: expect.stringContaining("signed token") as unknown,
    });
  });

  test.each([
    { what: "not JSON", payload: "hello" },
    { what: "JSON with a key twice", payload: '{"v":1,"v":1}' },
    { what: "JSON nested 17 deep", payload: "[".repeat(17) + "]".repeat(17) },
    { what: "no manifest", payload: "{}" },
  ])("whose payload is $what is malformed", async ({ payload }) => {
    const { bundle } = await authority.bundle();
    const manifest = await token(payload, tokenTypes.manifest, authority.online);
    expect(await verdictOn({ ...bundle, manifest })).toBe("malformed");
  });

  test("whose payload is not UTF-8 is malformed", async () => {
    const { bundle } = await authority.bundle();
    const { root } = await verifyRoot(authority.root, tokens);
    const bytes = Uint8Array.of(0x22, 0xff, 0x22);
    const lenient = { ...tokens, verifyCompact: () => Promise.resolve(bytes) };
    await expect(verifyBundle(bundle, root, undefined, now, lenient)).rejects.toMatchObject({
      code: "malformed",
      message: expect.stringContaining("UTF-8") as unknown,
    });
  });

  test.each([
    { what: "a broken number", manifest: { n: 1.5 } },
    { what: "a number in quotes", manifest: { n: "10" } },
    { what: "a later format", manifest: { v: 2 } },
  ])("with $what is malformed", async ({ manifest }) => {
    expect(await verdict({ manifest })).toBe("malformed");
  });

  test("whose recipes do not ascend is malformed", async () => {
    const recipes = [aConsoleLog({ id: 2 }), aConsoleLog({ id: 1 })];
    expect(await verdict({ recipes })).toBe("malformed");
    expect(await verdict({ recipes: [aConsoleLog(), aConsoleLog()] })).toBe("malformed");
  });

  test("for another environment than its keycert's is refused", async () => {
    expect(await verdict({ manifest: { env: "production" } })).toBe("wrong-audience");
  });

  test("of another epoch than its keycert's is refused", async () => {
    expect(await verdict({ manifest: { ep: 2 } })).toBe("epoch");
    expect(await verdict({ keycert: { ep: 2 } })).toBe("epoch");
  });

  test("may count as far as the keycert lets it", async () => {
    expect(await verdict({ keycert: { nmax: 10 } })).toBe("believed");
    expect(await verdict({ keycert: { nmax: 9 } })).toBe("fast-forward");
  });

  test("may live as long as the keycert lets it, and never over 14 days", async () => {
    const iat = now - 60;
    const lives = (seconds: number) => ({ manifest: { exp: iat + seconds } });
    expect(await verdict(lives(7 * day))).toBe("believed");
    expect(await verdict(lives(7 * day + 1))).toBe("manifest-life");
    const keycert = { life: 30 * day };
    expect(await verdict({ keycert, ...lives(14 * day) })).toBe("believed");
    expect(await verdict({ keycert, ...lives(14 * day + 1) })).toBe("manifest-life");
  });

  test("may name only actions that the keycert covers", async () => {
    const recipes = [aRollout({ id: 1 }), aConsoleLog({ id: 2 })];
    expect(await verdict({ recipes, keycert: { acts: ["console-log"] } })).toBe("scope");
    expect(
      await verdict({ recipes, keycert: { acts: ["console-log", "preference-rollout"] } }),
    ).toBe("believed");
    expect(await verdict({ recipes, keycert: { acts: ["*"] } })).toBe("believed");
    expect(await verdict({ keycert: { acts: [] } })).toBe("believed");
  });

  test("holds from 300 seconds before its beginning", async () => {
    expect(await verdict({ manifest: { nbf: now + 300 } })).toBe("believed");
    expect(await verdict({ manifest: { nbf: now + 301 } })).toBe("clock");
  });

  test("holds until 300 seconds after its end", async () => {
    expect(await verdict({ manifest: { exp: now - 300 } })).toBe("believed");
    expect(await verdict({ manifest: { exp: now - 301 } })).toBe("manifest-expired");
  });

  test("that asks for what this version does not know is refused", async () => {
    expect(await verdict({ manifest: { must: ["mass-ok"] } })).toBe("believed");
    expect(await verdict({ manifest: { must: ["mass-ok", "telepathy"] } })).toBe("unknown-feature");
  });

  test("is dated two days ahead of the clock at most, however early it says it holds", async () => {
    const exp = now + 6 * day;
    const aheadBy = (seconds: number) => verdict({ manifest: { nbf: 0, iat: now + seconds, exp } });
    expect(await aheadBy(2 * day + 300)).toBe("believed");
    expect(await aheadBy(2 * day + 301)).toBe("clock");
  });

  test("is dated before its keycert's end", async () => {
    const datedAt = (iat: number) =>
      verdict({ keycert: { exp: now - 100 }, manifest: { iat, exp: iat + day } });
    expect(await datedAt(now - 100)).toBe("believed");
    expect(await datedAt(now - 99)).toBe("manifest-life");
  });

  test("is for the version that it names and later ones", async () => {
    const { bundle } = await authority.bundle({ manifest: { min_client: "0.2.0" } });
    const { root } = await verifyRoot(authority.root, tokens);
    const read = (version?: string) => verifyBundle(bundle, root, undefined, now, tokens, version);
    await expect(read("0.1.9")).rejects.toMatchObject({
      code: "client-version",
      message: "the manifest is for version 0.2.0 and later",
    });
    expect((await read("0.2.0")).state.n).toBe(10);
    expect((await read()).state.n).toBe(10);
  });
});
