import { compactVerify, decodeProtectedHeader, flattenedVerify, importJWK, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { actionNames } from "#recipes/arguments.ts";
import { parseKeycertClaims, parseRoot, parseSignedRoot } from "#recipes/manifest-parse.ts";
import { listCredentials } from "#server/publish/credentials.ts";
import { loadSigner, makeKeys, renewKeycert } from "#server/publish/keys.ts";

const nowMs = Date.UTC(2026, 10, 22);
const dayMs = 86_400_000;

describe("new keys", () => {
  test("are a root that three keys signed and two must, with exact headers", async () => {
    const files = await makeKeys("production", nowMs);
    const signed = parseSignedRoot(JSON.parse(files.root));
    const root = parseRoot(JSON.parse(Buffer.from(signed.payload, "base64url").toString()));

    expect(root).toMatchObject({ v: 1, env: "production", version: 1, roles: { root: { m: 2 } } });
    expect(signed.signatures).toHaveLength(3);
    for (const signature of signed.signatures) {
      const header = decodeProtectedHeader(signature);
      expect(header).toEqual({ alg: "ES384", typ: "mulberry-root+jws", kid: header.kid });
      const key = root.keys[header.kid ?? ""];
      await flattenedVerify(
        { payload: signed.payload, ...signature },
        await importJWK({ ...key }, "ES384"),
      );
    }
  });

  test("come with a keycert that the root signed, for 35 days and our actions only", async () => {
    const files = await makeKeys("production", nowMs);
    const signer = await loadSigner(files, "production");
    const { kid, ...header } = decodeProtectedHeader(files.keycert);
    const { payload } = await jwtVerify(
      files.keycert,
      await importJWK({ ...signer.rootPayload.keys[kid ?? ""] }, "ES384"),
      { currentDate: new Date(nowMs), issuer: "mulberry-root", audience: "mulberry-client" },
    );

    expect(header).toEqual({ alg: "ES384", typ: "mulberry-keycert+jwt" });
    expect(parseKeycertClaims(payload)).toMatchObject({
      env: "production",
      use: "manifest",
      ep: 1,
      iat: nowMs / 1_000,
      nbf: nowMs / 1_000 - 2 * 86_400,
      exp: nowMs / 1_000 + 35 * 86_400,
      acts: actionNames,
    });
    expect(JSON.stringify(payload)).not.toContain('"d"');
  });

  test("let a development server publish any action", async () => {
    const signer = await loadSigner(await makeKeys("development", nowMs), "development");
    expect(signer.claims.acts).toEqual(["*"]);
  });

  test("sign manifests that the key in the keycert verifies", async () => {
    const signer = await loadSigner(await makeKeys("development", nowMs), "development");
    const token = await signer.sign('{"v":1}');
    const { payload, protectedHeader } = await compactVerify(
      token,
      await importJWK({ ...signer.claims.cnf.jwk }, "ES384"),
    );

    expect(new TextDecoder().decode(payload)).toBe('{"v":1}');
    expect(protectedHeader).toEqual({
      alg: "ES384",
      typ: "mulberry-manifest+jws",
      kid: signer.claims.sub,
    });
  });
});

describe("loading keys", () => {
  test("refuses those of another environment", async () => {
    const files = await makeKeys("development", nowMs);
    await expect(loadSigner(files, "production")).rejects.toThrow(
      expect.objectContaining({ code: "keys/wrong-environment" }),
    );
  });

  test("refuses a keycert, an online key or a root of another set", async () => {
    const files = await makeKeys("development", nowMs);
    const others = await makeKeys("development", nowMs);
    for (const part of ["keycert", "online", "root"] as const)
      await expect(
        loadSigner({ ...files, [part]: others[part] }, "development"),
        part,
      ).rejects.toThrow(expect.objectContaining({ code: "keys/malformed" }));
  });

  test("refuses a root that one key alone has signed", async () => {
    const files = await makeKeys("development", nowMs);
    const signed = parseSignedRoot(JSON.parse(files.root));
    const [first, second] = signed.signatures;
    const withSignatures = (signatures: readonly unknown[]) =>
      loadSigner({ ...files, root: JSON.stringify({ ...signed, signatures }) }, "development");

    await expect(withSignatures([first, second])).resolves.toBeDefined();
    await expect(withSignatures([first, first])).rejects.toThrow(
      expect.objectContaining({ code: "keys/malformed" }),
    );
  });

  test.each(["", "{", '{"kty":"EC"}'])("refuses %j in place of the online key", async (online) => {
    const files = await makeKeys("development", nowMs);
    await expect(loadSigner({ ...files, online }, "development")).rejects.toThrow(
      expect.objectContaining({ code: "keys/malformed" }),
    );
  });
});

describe("a keycert", () => {
  test("is renewed for the same key and epoch, with a new life", async () => {
    const files = await makeKeys("development", nowMs);
    const before = await loadSigner(files, "development");
    const keycert = await renewKeycert(files, nowMs + 20 * dayMs);
    const after = await loadSigner({ ...files, keycert }, "development");

    expect(after.claims).toMatchObject({ sub: before.claims.sub, ep: before.claims.ep });
    expect(after.claims.exp - before.claims.exp).toBe(20 * 86_400);
    expect(after.claims.jti).not.toBe(before.claims.jti);
  });

  test("is not renewed where the root keys have gone offline", async () => {
    const files = await makeKeys("development", nowMs);
    await expect(renewKeycert({ ...files, rootKeys: new Map() }, nowMs)).rejects.toThrow(
      expect.objectContaining({ code: "keys/missing" }),
    );
  });

  test.each([
    { days: 0, state: "good" },
    { days: 20, state: "good" },
    { days: 22, state: "renew" },
    { days: 35, state: "expired" },
    { days: 400, state: "expired" },
  ])("is $state after $days days", async ({ days, state }) => {
    const signer = await loadSigner(await makeKeys("development", nowMs), "development");
    const credentials = listCredentials(signer, {}, nowMs + days * dayMs);

    expect(credentials.map(({ name }) => name)).toEqual(["root 1", "keycert"]);
    expect(credentials[1]).toMatchObject({ state });
  });
});
