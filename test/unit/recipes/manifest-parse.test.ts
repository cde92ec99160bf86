import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecipeError } from "#recipes/errors.ts";
import {
  parseBundle,
  parseHalt,
  parseKeycertClaims,
  parseManifest,
  parseRoot,
  parseSignedRoot,
} from "#recipes/manifest-parse.ts";
import type {
  HaltPayload,
  KeycertClaims,
  ManifestEntry,
  ManifestPayload,
  PublicJwk,
  RootPayload,
} from "#recipes/manifest.ts";

const thumbprint = (letter: string) => letter.repeat(43);
const jwk: PublicJwk = { kty: "EC", crv: "P-384", x: "x".repeat(64), y: "y".repeat(64) };

const entry = (id: number, overrides: Partial<ManifestEntry> = {}): ManifestEntry => ({
  id,
  slug: `recipe-${id}`,
  rev: "1",
  act: "console-log",
  sha256: thumbprint("s"),
  len: 300,
  mod: 1_795_000_000,
  ...overrides,
});

const manifest: ManifestPayload = {
  v: 1,
  env: "development",
  ep: 1,
  n: 4,
  iat: 1_795_000_000,
  nbf: 1_795_000_000,
  exp: 1_795_604_800,
  prev: "",
  must: ["mass-ok"],
  recipes: [entry(1), entry(5)],
  kill: { all: false, ids: [3], slugs: ["s"], prefs: ["p"], addons: ["a@b"] },
  min_client: "0.1.0",
  poll: 21_600,
};

const keycert: KeycertClaims = {
  iss: "mulberry-root",
  aud: "mulberry-client",
  sub: thumbprint("o"),
  jti: "1",
  iat: 1,
  nbf: 1,
  exp: 2,
  env: "development",
  use: "manifest",
  ep: 1,
  nmax: 1_000,
  life: 604_800,
  acts: ["*"],
  cnf: { jwk },
};

const halt: HaltPayload = {
  v: 1,
  env: "development",
  hn: 3,
  iat: 1,
  exp: 2,
  min_ep: 2,
  kill: manifest.kill,
};

const root: RootPayload = {
  v: 1,
  env: "development",
  version: 1,
  iat: 1,
  exp: 2,
  keys: { [thumbprint("a")]: jwk, [thumbprint("b")]: jwk, [thumbprint("c")]: jwk },
  roles: {
    root: { k: [thumbprint("a"), thumbprint("b"), thumbprint("c")], m: 2 },
    keycert: { k: [thumbprint("a")], m: 1 },
    halt: { k: [thumbprint("b")], m: 1 },
  },
  min_ep: 0,
  min_client: "0.1.0",
};

const signedRoot = { payload: "e30", signatures: [{ protected: "e30", signature: "AA" }] };
const bundle = { keycert: "a.b.c", manifest: "d.e-_.f" };

describe("the signed wire", () => {
  test("is read as it is sent", () => {
    expect(parseManifest(manifest)).toEqual(manifest);
    expect(parseKeycertClaims(keycert)).toEqual(keycert);
    expect(parseRoot(root)).toEqual(root);
    expect(parseSignedRoot(signedRoot)).toEqual(signedRoot);
    expect(parseBundle(bundle)).toEqual(bundle);
  });

  test("may carry members of a later version, which are ignored", () => {
    expect(parseManifest({ ...manifest, later: 1 })).toEqual(manifest);
    expect(parseKeycertClaims({ ...keycert, later: 1 })).toEqual(keycert);
    expect(parseRoot({ ...root, later: 1 })).toEqual(root);
  });

  test("may name one slug twice: what that means is for the client", () => {
    const recipes = [entry(1, { slug: "s" }), entry(2, { slug: "s" })];

    expect(parseManifest({ ...manifest, recipes }).recipes).toEqual(recipes);
  });

  test("carries 2000 recipes, and bodies of 8 MiB together", () => {
    const recipes = Array.from({ length: 2_000 }, (_, index) => entry(index + 1, { len: 4_000 }));

    expect(parseManifest({ ...manifest, recipes }).recipes).toHaveLength(2_000);
  });

  test.each([
    ["parseManifest", parseManifest, manifest, "manifest/malformed"],
    ["parseKeycertClaims", parseKeycertClaims, keycert, "keycert/malformed"],
    ["parseRoot", parseRoot, root, "root/malformed"],
    ["parseSignedRoot", parseSignedRoot, signedRoot, "root/malformed"],
    ["parseBundle", parseBundle, bundle, "manifest/malformed"],
    ["parseHalt", parseHalt, halt, "halt/malformed"],
  ])("needs every member that %s reads, and each of its own type", (_name, parse, whole, code) => {
    for (const key of Object.keys(whole)) {
      const others = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key));
      for (const broken of [others, { ...whole, [key]: null }, { ...whole, [key]: [[]] }]) {
        expect(() => parse(broken), `${key} in ${JSON.stringify(broken)}`).toThrow(
          expect.objectContaining({ code, at: expect.stringContaining(`/${key}`) as string }),
        );
      }
    }
  });

  const withEntry = (overrides: object) => ({
    ...manifest,
    recipes: [{ ...entry(1), ...overrides }],
  });
  test.each([
    ["another version", { ...manifest, v: 2 }, "/v"],
    ["a number that is not an integer", { ...manifest, n: 1.5 }, "/n"],
    ["a number over 2^53", { ...manifest, ep: 2 ** 53 }, "/ep"],
    ["a negative number", { ...manifest, iat: -1 }, "/iat"],
    ["a number as text", { ...manifest, exp: "1" }, "/exp"],
    ["a hash of another length", { ...manifest, prev: "a" }, "/prev"],
    ["ids that do not ascend", { ...manifest, recipes: [entry(2), entry(1)] }, "/recipes/1/id"],
    ["one id twice", { ...manifest, recipes: [entry(2), entry(2)] }, "/recipes/1/id"],
    ["id 0", withEntry({ id: 0 }), "/recipes/0/id"],
    ["a padded hash", withEntry({ sha256: `${thumbprint("s")}=` }), "/recipes/0/sha256"],
    ["a revision that is no integer", withEntry({ rev: "1a" }), "/recipes/0/rev"],
    ["an empty body", withEntry({ len: 0 }), "/recipes/0/len"],
    ["a body over 256 KiB", withEntry({ len: 256 * 1024 + 1 }), "/recipes/0/len"],
    [
      "2001 recipes",
      { ...manifest, recipes: Array.from({ length: 2_001 }, (_, id) => entry(id + 1)) },
      "/recipes",
    ],
    [
      "bodies over 8 MiB together",
      {
        ...manifest,
        recipes: Array.from({ length: 33 }, (_, id) => entry(id + 1, { len: 256 * 1024 })),
      },
      "/recipes",
    ],
    [
      "a kill list without ids",
      { ...manifest, kill: { ...manifest.kill, ids: undefined } },
      "/kill/ids",
    ],
  ])("refuses a manifest with %s", (_what, value, at) => {
    expect(() => parseManifest(value)).toThrow(
      expect.objectContaining({ code: "manifest/malformed", at }),
    );
  });

  test.each([
    ["a private key", { ...keycert, cnf: { jwk: { ...jwk, d: "d" } } }, "/cnf/jwk/d"],
    [
      "a key of another curve",
      { ...keycert, cnf: { jwk: { ...jwk, crv: "P-256" } } },
      "/cnf/jwk/crv",
    ],
    [
      "a coordinate of another length",
      { ...keycert, cnf: { jwk: { ...jwk, x: "x" } } },
      "/cnf/jwk/x",
    ],
    ["another way to confirm", { ...keycert, cnf: { jwk, kid: "k" } }, "/cnf/kid"],
    ["another issuer", { ...keycert, iss: "someone" }, "/iss"],
    ["another use", { ...keycert, use: "root" }, "/use"],
  ])("refuses a keycert with %s", (_what, value, at) => {
    expect(() => parseKeycertClaims(value)).toThrow(
      expect.objectContaining({ code: "keycert/malformed", at }),
    );
  });

  const withRole = (role: object) => ({ ...root, roles: { ...root.roles, keycert: role } });
  test.each([
    [
      "a key that the root does not hold",
      withRole({ k: [thumbprint("z")], m: 1 }),
      "/roles/keycert/k/0",
    ],
    [
      "one key twice",
      withRole({ k: [thumbprint("a"), thumbprint("a")], m: 2 }),
      "/roles/keycert/k/1",
    ],
    ["more signatures than keys", withRole({ k: [thumbprint("a")], m: 2 }), "/roles/keycert/m"],
    ["no signature", withRole({ k: [thumbprint("a")], m: 0 }), "/roles/keycert/m"],
    ["no key", withRole({ k: [], m: 1 }), "/roles/keycert/k"],
  ])("refuses a root whose role asks for %s", (_what, value, at) => {
    expect(() => parseRoot(value)).toThrow(expect.objectContaining({ code: "root/malformed", at }));
  });

  test.each(["a.b", "a.b.c.d", "a.b.c ", "a..c", "ä.b.c", "a.b.c\n"])(
    "refuses %j as a token",
    (token) => {
      expect(() => parseBundle({ ...bundle, manifest: token })).toThrow(
        expect.objectContaining({ at: "/manifest" }),
      );
    },
  );

  test("is read or refused with a code, whatever it is", () => {
    const parsers = [parseManifest, parseKeycertClaims, parseRoot, parseSignedRoot, parseBundle];
    const almost = fc
      .tuple(
        fc.constantFrom(manifest, keycert, root),
        fc.constantFrom("recipes", "cnf", "keys", "roles", "kill"),
        fc.jsonValue(),
      )
      .map(([whole, key, value]) => ({ ...whole, [key]: value }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), almost), (value) => {
        for (const parse of parsers) {
          try {
            parse(value);
          } catch (error) {
            expect(error).toBeInstanceOf(RecipeError);
          }
        }
      }),
    );
  });
});
