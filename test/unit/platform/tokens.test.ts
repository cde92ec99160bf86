import {
  calculateJwkThumbprint,
  CompactSign,
  exportJWK,
  FlattenedSign,
  generateKeyPair,
  SignJWT,
} from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { tokens } from "#extension/platform/tokens.ts";
import { type PublicJwk, tokenTypes, wireLimits } from "#recipes/manifest.ts";

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const utf8 = new TextEncoder();
const typ = tokenTypes.manifest;
const header = { alg: "ES384", typ, kid: "k" };
const nowSeconds = 1_800_000_000;

let pair: Pair;
let key: PublicJwk;
let otherKey: PublicJwk;
let token: string;

beforeAll(async () => {
  pair = await generateKeyPair("ES384");
  key = await publicOf(pair);
  otherKey = await publicOf(await generateKeyPair("ES384"));
  token = await sign(header);
});

async function publicOf({ publicKey }: Pair): Promise<PublicJwk> {
  const { x = "", y = "" } = await exportJWK(publicKey);
  return { kty: "EC", crv: "P-384", x, y };
}

function sign(protectedHeader: { alg: string } & Record<string, unknown>): Promise<string> {
  return new CompactSign(utf8.encode('{"v":1}'))
    .setProtectedHeader(protectedHeader)
    .sign(pair.privateKey);
}

describe("a compact token", () => {
  test("gives its payload's exact bytes", async () => {
    expect(await tokens.verifyCompact(token, key, typ)).toEqual(utf8.encode('{"v":1}'));
  });

  test("of another key is a bad signature", async () => {
    expect(await tokens.verifyCompact(token, otherKey, typ)).toBe("bad-signature");
  });

  test("of another type is malformed, however well signed", async () => {
    expect(await tokens.verifyCompact(token, key, tokenTypes.halt)).toBe("malformed");
  });

  test.each([
    { why: "names a key itself", extra: { jwk: { kty: "EC" } } },
    { why: "names an address for keys", extra: { jku: "https://example.org/keys" } },
    { why: "names a certificate", extra: { x5u: "https://example.org/cert" } },
    { why: "has a member that nobody knows", extra: { note: "hello" } },
  ])("whose header $why is malformed", async ({ extra }) => {
    expect(await tokens.verifyCompact(await sign({ ...header, ...extra }), key, typ)).toBe(
      "malformed",
    );
  });

  test("without a kid is malformed", async () => {
    expect(await tokens.verifyCompact(await sign({ alg: "ES384", typ }), key, typ)).toBe(
      "malformed",
    );
  });

  test.each([
    { why: "white space in its signature", change: (text: string) => `${text}\n` },
    { why: "padding", change: (text: string) => `${text}==` },
    { why: "a fourth segment", change: (text: string) => `${text}.AAAA` },
    { why: "two segments", change: (text: string) => text.slice(0, text.lastIndexOf(".")) },
    { why: "no signature", change: (text: string) => text.slice(0, text.lastIndexOf(".") + 1) },
    { why: "too many bytes", change: (text: string) => text + "A".repeat(wireLimits.bundleBytes) },
    { why: "nothing in it", change: () => "" },
  ])("with $why is malformed", async ({ change }) => {
    expect(await tokens.verifyCompact(change(token), key, typ)).toBe("malformed");
  });

  test("that needs no signature, or one by a shared secret, is malformed", async () => {
    const encode = (value: unknown): string =>
      Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const alg of ["none", "HS256"]) {
      const forged = `${encode({ ...header, alg })}.${encode({ v: 1 })}.AAAA`;
      expect(await tokens.verifyCompact(forged, key, typ)).toBe("malformed");
    }
  });

  test("changed in any one character is never accepted", async () => {
    const original = utf8.encode('{"v":1}');
    for (let at = 0; at < token.length; at++) {
      const other = token[at] === "A" ? "B" : "A";
      const outcome = await tokens.verifyCompact(
        token.slice(0, at) + other + token.slice(at + 1),
        key,
        typ,
      );
      // The last character of a segment may hold bits that no byte uses: then nothing has changed.
      if (typeof outcome !== "string") expect(outcome).toEqual(original);
    }
  });

  test("is refused, not a fault, when the key is no point of the curve", async () => {
    const broken = { ...key, y: key.x };
    expect(await tokens.verifyCompact(token, broken, typ)).toBe("bad-signature");
  });
});

describe("one signature of several", () => {
  test("is checked by itself", async () => {
    const {
      payload,
      signature,
      protected: encoded = "",
    } = await new FlattenedSign(utf8.encode("{}"))
      .setProtectedHeader({ alg: "ES384", typ: tokenTypes.root, kid: "k" })
      .sign(pair.privateKey);
    const one = { protected: encoded, signature };

    expect(await tokens.verifyOneOf(payload, one, key, tokenTypes.root)).toEqual(utf8.encode("{}"));
    expect(await tokens.verifyOneOf(payload, one, otherKey, tokenTypes.root)).toBe("bad-signature");
    expect(await tokens.verifyOneOf(payload, one, key, typ)).toBe("malformed");
    expect(await tokens.verifyOneOf("e30K", one, key, tokenTypes.root)).toBe("bad-signature");
  });
});

describe("a keycert", () => {
  const claims = {
    iss: "mulberry-root",
    aud: "mulberry-client",
    sub: "thumbprint",
    jti: "1",
    iat: nowSeconds,
    nbf: nowSeconds - 1_000,
    exp: nowSeconds + 1_000,
    env: "development",
    use: "manifest",
    ep: 1,
    nmax: 10,
    life: 604_800,
    acts: ["*"],
    cnf: { jwk: {} },
  };
  const certHeader = { alg: "ES384", typ: tokenTypes.keycert, kid: "k" };

  const check = async (
    changes: Readonly<Record<string, unknown>>,
    atSeconds = nowSeconds,
  ): Promise<unknown> => {
    const jwt = await new SignJWT({ ...claims, ...changes })
      .setProtectedHeader(certHeader)
      .sign(pair.privateKey);
    return tokens.verifyKeycert(jwt, key, atSeconds);
  };

  test("gives its claims while it is valid", async () => {
    expect(await check({})).toEqual({ kind: "claims", claims });
  });

  test("is out of time before it begins and after it ends, but for five minutes", async () => {
    expect(await check({}, claims.exp + 299)).toMatchObject({ kind: "claims" });
    expect(await check({}, claims.exp + 301)).toEqual({ kind: "expired" });
    expect(await check({}, claims.nbf - 299)).toMatchObject({ kind: "claims" });
    expect(await check({}, claims.nbf - 301)).toEqual({ kind: "expired" });
  });

  test.each(Object.keys(claims))("without %s is malformed", async (name) => {
    expect(await check({ [name]: undefined })).toEqual({ kind: "malformed" });
  });

  test.each([{ iss: "someone" }, { aud: "someone" }])(
    "for others is malformed: %o",
    async (other) => {
      expect(await check(other)).toEqual({ kind: "malformed" });
    },
  );

  test("under another type or another key is refused", async () => {
    const jwt = await new SignJWT(claims)
      .setProtectedHeader({ ...certHeader, typ })
      .sign(pair.privateKey);
    expect(await tokens.verifyKeycert(jwt, key, nowSeconds)).toEqual({ kind: "malformed" });
    const good = await new SignJWT(claims).setProtectedHeader(certHeader).sign(pair.privateKey);
    expect(await tokens.verifyKeycert(good, otherKey, nowSeconds)).toEqual({
      kind: "bad-signature",
    });
  });
});

describe("digests", () => {
  test("are base64url without padding", async () => {
    expect(await tokens.sha256(utf8.encode("abc"))).toBe(
      "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
    );
  });

  test("of a key do not depend on members that it brings along", async () => {
    const print = await tokens.thumbprint(key);
    expect(print).toBe(await calculateJwkThumbprint(key, "sha256"));
    expect(await tokens.thumbprint({ ...key, ...{ kid: "x", d: "y" } })).toBe(print);
  });
});
