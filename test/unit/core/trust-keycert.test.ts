import { beforeAll, describe, expect, test } from "vitest";
import { tokens } from "#extension/platform/tokens.ts";
import { tokenTypes } from "#recipes/manifest.ts";
import { verifyBundle, verifyRoot } from "#core/trust.ts";
import type { Authority, SigningKey } from "#kit/authority.ts";
import { aCourt, type Court } from "#kit/verdict.ts";

// Step 5 of the signing design, clause by clause: each hostile keycert differs in one thing from
// one that is believed.

const day = 86_400;
let authority: Authority;
let stranger: SigningKey;
let now: number;
let verdict: Court["verdict"];

beforeAll(async () => {
  ({ authority, stranger, now, verdict } = await aCourt());
});

describe("a keycert", () => {
  test("signed by a stranger under a root key's name is refused", async () => {
    const kid = authority.rootKeys[0]?.kid;
    expect(await verdict({ signKeycert: { signedBy: stranger, header: { kid } } })).toBe(
      "bad-signature",
    );
  });

  test("signed by a key that the root does not name is refused", async () => {
    expect(await verdict({ signKeycert: { signedBy: stranger } })).toBe("unknown-key");
    expect(await verdict({ signKeycert: { header: { kid: "toString" } } })).toBe("unknown-key");
  });

  test("signed by a key of the root that may not sign keycerts is refused", async () => {
    const [first, ...rest] = authority.rootPayload.roles.keycert.k;
    const only = { ...authority.rootPayload.roles, keycert: { k: rest, m: 1 } };
    const narrow = await anAuthorityLike({ roles: only });
    const { bundle } = await authority.bundle();
    expect(first).toBe(authority.rootKeys[0]?.kid);
    await expect(verifyBundle(bundle, narrow, undefined, now, tokens)).rejects.toMatchObject({
      code: "unknown-key",
    });
  });

  test("signed by the online key itself is refused", async () => {
    expect(await verdict({ signKeycert: { signedBy: authority.online } })).toBe("unknown-key");
  });

  test.each([
    { what: "another type", header: { typ: tokenTypes.manifest }, code: "wrong-type" },
    { what: "no type", header: { typ: undefined }, code: "malformed" },
    { what: "no kid", header: { kid: undefined }, code: "malformed" },
    { what: "a kid that is no string", header: { kid: 1 }, code: "malformed" },
    { what: "another algorithm", header: { alg: "ES256" }, code: "malformed" },
    { what: "no algorithm", header: { alg: "none" }, code: "malformed" },
    { what: "a key of its own", header: { jwk: {} }, code: "malformed" },
    { what: "an address for keys", header: { jku: "https://example.org" }, code: "malformed" },
    { what: "a certificate", header: { x5u: "https://example.org" }, code: "malformed" },
    { what: "critical members", header: { crit: ["b64"] }, code: "malformed" },
  ])("whose header has $what is refused as $code", async ({ header, code }) => {
    expect(await verdict({ signKeycert: { header } })).toBe(code);
  });

  test.each([
    { what: "issuer", claims: { iss: "mulberry-server" } },
    { what: "audience", claims: { aud: "another-client" } },
  ])("of another $what is refused", async ({ claims }) => {
    expect(await verdict({ keycert: claims })).toBe("malformed");
  });

  test("that the verifier itself finds malformed is refused before it is read", async () => {
    const { bundle } = await authority.bundle();
    const { root } = await verifyRoot(authority.root, tokens);
    const picky = { ...tokens, verifyKeycert: async () => ({ kind: "malformed" as const }) };
    await expect(verifyBundle(bundle, root, undefined, now, picky)).rejects.toMatchObject({
      code: "malformed",
      message: "the keycert is not a keycert",
    });
  });

  test.each(
    ["sub", "jti", "iat", "nbf", "exp", "env", "use", "ep", "nmax", "life", "acts", "cnf"].map(
      (claim) => ({ claim }),
    ),
  )("without $claim is malformed", async ({ claim }) => {
    expect(await verdict({ keycert: { [claim]: undefined } })).toBe("malformed");
  });

  test.each([
    { what: "a number that is none", claims: { ep: "1" } },
    { what: "a broken number", claims: { nmax: 1.5 } },
    { what: "a number beyond the safe ones", claims: { nmax: 2 ** 53 } },
    { what: "another use", claims: { use: "halt" } },
  ])("with $what is malformed", async ({ claims }) => {
    expect(await verdict({ keycert: claims })).toBe("malformed");
  });

  test("for another environment is refused", async () => {
    expect(await verdict({ keycert: { env: "production" }, manifest: { env: "production" } })).toBe(
      "wrong-audience",
    );
  });

  test("may live 35 days and not a second longer", async () => {
    const iat = now - 60;
    expect(await verdict({ keycert: { exp: iat + 35 * day } })).toBe("believed");
    expect(await verdict({ keycert: { exp: iat + 35 * day + 1 } })).toBe("keycert-life");
  });

  test("holds until 300 seconds after its end", async () => {
    const long = { manifest: { exp: now + 5 * day } };
    const keycert = { exp: now + day };
    expect(await verdict({ keycert, ...long }, { atSeconds: now + day + 299 })).toBe("believed");
    expect(await verdict({ keycert, ...long }, { atSeconds: now + day + 300 })).toBe(
      "keycert-expired",
    );
  });

  test("holds from 300 seconds before its beginning", async () => {
    const keycert = { nbf: now + 300 };
    expect(await verdict({ keycert })).toBe("believed");
    expect(await verdict({ keycert }, { atSeconds: now - 1 })).toBe("keycert-expired");
  });

  test("of an epoch below the one believed last is refused", async () => {
    const trusted = { ep: 2, n: 1, digest: "" };
    expect(await verdict({}, { trusted })).toBe("epoch");
    const later = { keycert: { ep: 2 }, manifest: { ep: 2 } };
    expect(await verdict(later, { trusted })).toBe("believed");
  });

  test("may be of the first epoch, which is 0", async () => {
    expect(await verdict({ keycert: { ep: 0 }, manifest: { ep: 0 } })).toBe("believed");
  });

  test("of an epoch below the root's floor is refused", async () => {
    expect(await verdict({}, { minEp: 2 })).toBe("epoch");
    expect(await verdict({}, { minEp: 1 })).toBe("believed");
    expect(await verdict({}, { minEp: 2, trusted: { ep: 1, n: 1, digest: "" } })).toBe("epoch");
  });

  test("that names another key than it holds is refused", async () => {
    expect(
      await verdict({
        keycert: { sub: stranger.kid },
        signManifest: { header: { kid: stranger.kid } },
      }),
    ).toBe("key-mismatch");
    expect(await verdict({ keycert: { cnf: { jwk: stranger.jwk } } })).toBe("key-mismatch");
  });

  test("with a private key or one of another curve in it is malformed", async () => {
    const { jwk } = authority.online;
    expect(await verdict({ keycert: { cnf: { jwk: { ...jwk, d: jwk.x } } } })).toBe("malformed");
    expect(await verdict({ keycert: { cnf: { jwk: { ...jwk, crv: "P-256" } } } })).toBe(
      "malformed",
    );
    expect(await verdict({ keycert: { cnf: { jwk, kid: authority.online.kid } } })).toBe(
      "malformed",
    );
  });
});

async function anAuthorityLike(root: Partial<Authority["rootPayload"]>) {
  const verified = await verifyRoot(authority.root, tokens);
  return { ...verified.root, ...root };
}
