import { beforeAll, describe, expect, test } from "vitest";
import type { TrustedState } from "#core/trust.ts";
import { type Authority, base64url, sha256Of } from "#kit/authority.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { aCourt, type Court } from "#kit/verdict.ts";

// A set as a whole: what is believed, and what it is held against the next time.

let authority: Authority;
let verify: Court["verify"];
let verdict: Court["verdict"];
let verdictOn: Court["verdictOn"];

beforeAll(async () => {
  ({ authority, verify, verdict, verdictOn } = await aCourt());
});

describe("a set that is signed as it should be", () => {
  test("is believed, and leaves epoch, number and digest of the payload's bytes", async () => {
    const { bundle, manifest } = await authority.bundle({ recipes: [aConsoleLog()] });
    const verified = await verify(bundle);

    expect(verified.manifest).toEqual(manifest);
    expect(verified.bundle).toEqual(bundle);
    expect(verified.state).toEqual({
      ep: 1,
      n: 10,
      digest: sha256Of(new TextEncoder().encode(JSON.stringify(manifest))),
    });
  });

  test("may be signed by any keycert key of the root", async () => {
    for (const signedBy of authority.rootKeys)
      expect(await verdict({ signKeycert: { signedBy } })).toBe("believed");
  });
});

describe("what is no bundle", () => {
  test.each([undefined, null, "", {}, { keycert: "a.b.c" }, { keycert: 1, manifest: 2 }])(
    "%j is malformed",
    async (input) => {
      expect(await verdictOn(input)).toBe("malformed");
    },
  );

  test("a keycert in the manifest's place is of the wrong type, and the other way round", async () => {
    const { bundle } = await authority.bundle();
    expect(await verdictOn({ ...bundle, manifest: bundle.keycert })).toBe("wrong-type");
    expect(await verdictOn({ ...bundle, keycert: bundle.manifest })).toBe("wrong-type");
  });
});

describe("after a manifest was believed", () => {
  const believed = async (): Promise<TrustedState> => {
    const { bundle } = await authority.bundle();
    return (await verify(bundle)).state;
  };

  test("the same one is believed again", async () => {
    const trusted = await believed();
    expect(await verdict({}, { trusted })).toBe("believed");
  });

  test("a lower number of the epoch is a rollback", async () => {
    const trusted = await believed();
    expect(await verdict({ manifest: { n: 9 } }, { trusted })).toBe("rollback");
    expect(await verdict({ manifest: { n: 11 } }, { trusted })).toBe("believed");
  });

  test("other bytes under the same number are an equivocation", async () => {
    const trusted = await believed();
    expect(await verdict({ manifest: { poll: 60 } }, { trusted })).toBe("equivocation");
    expect(await verdict({ manifest: { n: 11, poll: 60 } }, { trusted })).toBe("believed");
  });

  test("a higher epoch counts from the beginning", async () => {
    const trusted = await believed();
    const later = { keycert: { ep: 2 }, manifest: { ep: 2, n: 1 } };
    expect(await verdict(later, { trusted })).toBe("believed");
    const sameNumber = { keycert: { ep: 2 }, manifest: { ep: 2, n: 10 } };
    expect(await verdict(sameNumber, { trusted })).toBe("believed");
  });
});

test("nothing is believed under a root that is over", async () => {
  const { bundle } = await authority.bundle();
  const over = authority.rootPayload.exp + 301;
  expect(await verdictOn(bundle, { atSeconds: over })).toBe("root-expired");
});

test("the payload is read under the signature that covers it, not beside it", async () => {
  const { bundle } = await authority.bundle();
  const other = await authority.bundle({ manifest: { n: 99 } });
  const [header, , signature] = bundle.manifest.split(".");
  const [, payload] = other.bundle.manifest.split(".");
  expect(await verdictOn({ ...bundle, manifest: `${header}.${payload}.${signature}` })).toBe(
    "bad-signature",
  );
  expect(
    await verdictOn({ ...bundle, manifest: `${header}.${base64url("{}")}.${signature}` }),
  ).toBe("bad-signature");
});
