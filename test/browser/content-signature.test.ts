import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { someValues } from "#kit/agreed.ts";
import { type Firefox, launchFirefox } from "#kit/firefox.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { firefoxWithRoot } from "#kit/root-of-ours.ts";
import { agreedJson, browserJson } from "#server/publish/agreed-json.ts";
import { legacyRecipe } from "#server/publish/content-signature.ts";
import {
  type LegacySigner,
  loadLegacySigner,
  makeLegacyKeys,
} from "#server/publish/legacy-keys.ts";

// What old Normandy clients do with a signed recipe, done by Firefox's own code.

const host = "normandy.content-signature.mulberry.example";
const { files, chain } = makeLegacyKeys(Date.now());
const recipes = [aPreferenceStudy({ name: "Tabs: \u00e9 \u{1f600}" }), aRollout()].map(
  legacyRecipe,
);

let signer: LegacySigner;
let firefox: Firefox;
beforeAll(async () => {
  signer = await loadLegacySigner(files);
  firefox = await launchFirefox();
});
afterAll(() => firefox.close());

describe("Firefox's CanonicalJSON", () => {
  test("writes the same bytes as ours, over 5,000 values of the agreeing subset", async () => {
    const values = someValues(5_000, 20_261_122);
    expect(await canonical(values)).toEqual(values.map(agreedJson));
  });

  test("writes what ours writes where Python's form is another, and a recipe as it is signed", async () => {
    const odd = [1e-7, 0.000012, 1e16, 1e21, { "\u{1f600}": 1, "\uffee": 2 }];
    expect(await canonical(odd)).toEqual(odd.map(browserJson));
    expect(await canonical(recipes)).toEqual(recipes.map(agreedJson));
  });
});

describe("Firefox's content-signature verifier", () => {
  test("takes its roots from a closed list that is compiled in, and believes our chain under none of them", async () => {
    const answers = await firefox.runPrivileged(underEachRoot, ...oneSigned(chain.pem));
    expect(answers).toEqual({
      ContentSignatureProdRoot: false,
      ContentSignatureStageRoot: false,
      ContentSignatureDevRoot: false,
      ContentSignatureLocalRoot: false,
    });
    // The preference with which older versions named a root of one's own is not read any more.
    const pinned = signer.rootHash;
    await firefox.setPref("security.content.signature.root_hash", pinned);
    expect(await firefox.runPrivileged(underEachRoot, ...oneSigned(chain.pem))).toEqual(answers);
  });

  test("believes our chain and signature in a copy of Firefox that holds our root, and nothing that was changed", async ({
    skip,
  }) => {
    const folder = await mkdtemp(path.join(tmpdir(), "mulberry-root-"));
    try {
      const installed = String(
        await firefox.runPrivileged(`() => Services.dirsvc.get("GreD", Ci.nsIFile).path`),
      );
      const made = await firefoxWithRoot(installed, path.join(folder, "firefox"), {
        files,
        pem: chain.pem,
      });
      if (made === undefined)
        return skip("this Firefox holds no local root in the form that is known here");
      await using ours = await launchFirefox({ binary: made.binary });
      const verify = (...said: ReturnType<typeof oneSigned>): Promise<unknown> =>
        ours
          .runPrivileged(underEachRoot, ...said)
          .then(
            (answers) =>
              (answers as { ContentSignatureLocalRoot: unknown }).ContentSignatureLocalRoot,
          );
      const [text, signature, pem, name] = oneSigned(made.pem);
      expect(await verify(text, signature, pem, name)).toBe(true);
      expect(await verify(text.replace("multi", "Multi"), signature, pem, name)).toBe(false);
      expect(await verify(text, `p384ecdsa=${signer.sign("{}")}`, pem, name)).toBe(false);
      expect(await verify(text, signature, pem, "normandy.content-signature.mozilla.org")).toBe(
        false,
      );
      const stranger = makeLegacyKeys(Date.now());
      expect(await verify(text, signature, stranger.chain.pem, name)).toBe(false);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function oneSigned(
  pem: string,
): readonly [text: string, signature: string, chain: string, host: string] {
  const text = agreedJson(recipes[0]);
  return [text, `p384ecdsa=${signer.sign(text)}`, pem, host];
}

function canonical(values: readonly unknown[]): Promise<unknown> {
  return firefox.runPrivileged(
    `(values) => {
      const { CanonicalJSON } = ChromeUtils.importESModule("resource://gre/modules/CanonicalJSON.sys.mjs");
      return values.map((value) => CanonicalJSON.stringify(value));
    }`,
    values,
  );
}

const underEachRoot = `async (text, signature, chain, host) => {
  const roots = Object.keys(Ci.nsIContentSignatureVerifier).filter((name) => name.startsWith("ContentSignature"));
  const answers = {};
  for (const name of roots) {
    const verifier = Cc["@mozilla.org/security/contentsignatureverifier;1"]
      .createInstance(Ci.nsIContentSignatureVerifier);
    answers[name] = await verifier.asyncVerifyContentSignature(
      text, signature, chain, host, Ci.nsIContentSignatureVerifier[name]);
  }
  return answers;
}`;
