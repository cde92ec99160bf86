import { beforeAll, describe, expect, test } from "vitest";
import { tokens } from "#extension/platform/tokens.ts";
import { type RootPayload, tokenTypes } from "#recipes/manifest.ts";
import { TrustError } from "#core/trust-error.ts";
import { verifyRoot } from "#core/trust.ts";
import {
  aKey,
  anAuthority,
  aRootPayload,
  type Authority,
  signRoot,
  type SigningKey,
} from "#kit/authority.ts";
import { codeOf } from "#kit/verdict.ts";

// Step 2 of the signing design: thresholds, counted by keys and not by names or signatures.

let authority: Authority;
let a: SigningKey;
let b: SigningKey;
let c: SigningKey;
let stranger: SigningKey;

beforeAll(async () => {
  authority = await anAuthority();
  [a, b, c] = authority.rootKeys as [SigningKey, SigningKey, SigningKey];
  stranger = await aKey();
});

async function verdict(input: unknown, previous?: RootPayload): Promise<string> {
  try {
    await verifyRoot(input, tokens, previous);
    return "believed";
  } catch (error) {
    if (error instanceof TrustError) return codeOf(error);
    throw error;
  }
}

const signed = (signers: readonly SigningKey[], said: Record<string, unknown> = {}) =>
  signRoot({ ...authority.rootPayload, ...said }, signers);

describe("a root by itself", () => {
  test("is believed with as many of its keys as it asks for, whichever they are", async () => {
    for (const pair of [
      [a, b],
      [b, c],
      [a, c],
      [a, b, c],
    ])
      expect(await verdict(await signed(pair))).toBe("believed");
    const { root, signed: served } = await verifyRoot(authority.root, tokens);
    expect(root).toEqual(authority.rootPayload);
    expect(served).toEqual(authority.root);
  });

  test("is refused with one key fewer", async () => {
    expect(await verdict(await signed([a]))).toBe("too-few-signatures");
  });

  test("counts a key once, however often it signs", async () => {
    expect(await verdict(await signed([a, a, a]))).toBe("too-few-signatures");
  });

  test("counts no stranger, and no stranger under a member's name", async () => {
    expect(await verdict(await signed([a, stranger]))).toBe("too-few-signatures");
    const forged = await signRoot(authority.rootPayload, [stranger], { kid: b.kid });
    const [mine] = (await signed([a])).signatures;
    const both = { payload: forged.payload, signatures: [mine, ...forged.signatures] };
    expect(await verdict(both)).toBe("too-few-signatures");
  });

  test("counts one key under two names once", async () => {
    const alias = stranger.kid;
    const root = {
      ...authority.rootPayload,
      keys: { [a.kid]: a.jwk, [alias]: a.jwk },
      roles: roles([a.kid, alias]),
    };
    const first = await signRoot(root, [a]);
    const second = await signRoot(root, [a], { kid: alias });
    const both = { ...first, signatures: [...first.signatures, ...second.signatures] };
    expect(await verdict(both)).toBe("too-few-signatures");
  });

  test("counts only keys that may sign roots", async () => {
    const root = {
      ...authority.rootPayload,
      roles: { ...authority.rootPayload.roles, root: { k: [a.kid, b.kid], m: 2 } },
    };
    expect(await verdict(await signRoot(root, [a, c]))).toBe("too-few-signatures");
    expect(await verdict(await signRoot(root, [a, b]))).toBe("believed");
  });

  test("does not look up names that every object has", async () => {
    const forged = await signRoot(authority.rootPayload, [a], { kid: "constructor" });
    const [mine] = (await signed([a])).signatures;
    const both = { payload: forged.payload, signatures: [mine, ...forged.signatures] };
    expect(await verdict(both)).toBe("too-few-signatures");
  });

  test.each([
    { what: "is of another type", header: { typ: tokenTypes.manifest }, code: "wrong-type" },
    { what: "has a fourth member in its header", header: { jwk: {} }, code: "malformed" },
    { what: "is of another algorithm", header: { alg: "ES256" }, code: "malformed" },
  ])("with a signature that $what is refused", async ({ header, code }) => {
    expect(await verdict(await signRoot(authority.rootPayload, [a, b], header))).toBe(code);
  });

  test.each([
    { what: "nothing", input: undefined },
    { what: "no signatures", input: { payload: "e30", signatures: [] } },
    { what: "a payload that is no base64url", input: { payload: "!", signatures: [{}] } },
  ])("of $what is malformed", async ({ input }) => {
    expect(await verdict(input)).toBe("malformed");
  });

  test.each([
    { what: "asks for more signatures than it has keys", root: { root: { m: 4 } } },
    { what: "lets a key sign that it does not hold", root: { root: { k: ["A".repeat(43)] } } },
  ])("that $what is malformed", async ({ root }) => {
    const { roles: usual } = authority.rootPayload;
    const lying = { ...usual, root: { ...usual.root, ...root.root } };
    expect(await verdict(await signed([a, b, c], { roles: lying }))).toBe("malformed");
  });

  test("that holds a private key is malformed", async () => {
    const keys = { ...authority.rootPayload.keys, [a.kid]: { ...a.jwk, d: a.jwk.x } };
    expect(await verdict(await signed([a, b], { keys }))).toBe("malformed");
  });

  test("whose payload is not what was signed is refused", async () => {
    const [one, two] = [await signed([a, b]), await signed([a, b], { min_ep: 7 })];
    expect(await verdict({ ...one, payload: two.payload })).toBe("too-few-signatures");
  });
});

describe("a root that follows another", () => {
  let newKeys: SigningKey[];
  beforeAll(async () => {
    newKeys = [await aKey(), await aKey()];
  });

  const next = (said: Partial<RootPayload> = {}): RootPayload => ({
    ...aRootPayload([...newKeys, a], authority.nowSeconds),
    version: 2,
    ...said,
  });

  test("is believed when enough keys of both signed it", async () => {
    const root = await signRoot(next(), [...newKeys, a, b]);
    expect(await verdict(root, authority.rootPayload)).toBe("believed");
  });

  test("is refused when only its own keys signed it", async () => {
    const root = await signRoot(next(), newKeys);
    expect(await verdict(root)).toBe("believed");
    expect(await verdict(root, authority.rootPayload)).toBe("too-few-signatures");
  });

  test("is refused when only the keys before it signed it", async () => {
    const root = await signRoot(next(), [b, c]);
    expect(await verdict(root, authority.rootPayload)).toBe("too-few-signatures");
  });

  test.each([
    { version: 1, code: "root-version" },
    { version: 3, code: "root-version" },
  ])("is refused when it is version $version", async ({ version, code }) => {
    const root = await signRoot(next({ version }), [...newKeys, a, b]);
    expect(await verdict(root, authority.rootPayload)).toBe(code);
  });

  test("is refused when it is for another environment", async () => {
    const root = await signRoot(next({ env: "production" }), [...newKeys, a, b]);
    expect(await verdict(root, authority.rootPayload)).toBe("root-version");
  });
});

function roles(k: readonly string[]): RootPayload["roles"] {
  return { root: { k, m: 2 }, keycert: { k, m: 1 }, halt: { k, m: 1 } };
}
