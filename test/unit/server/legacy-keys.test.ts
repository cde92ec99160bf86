import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { listCredentials } from "#server/publish/credentials.ts";
import { loadSigner, makeKeys } from "#server/publish/keys.ts";
import { loadLegacySigner, makeLegacyKeys, renewLegacyKeys } from "#server/publish/legacy-keys.ts";
import type { LegacyFiles } from "#server/store/legacy-files.ts";

const now = Date.UTC(2026, 10, 22);
const day = 86_400_000;

describe("the certificates for Normandy's own clients", () => {
  const { files, chain } = makeLegacyKeys(now);

  test("are a chain of three that ends at a root of its own", async () => {
    const certificates = chain.pem
      .split(/(?<=-----END CERTIFICATE-----\n)/u)
      .map((text) => new X509Certificate(text));
    const [endEntity, intermediate, root] = certificates;
    expect(certificates).toHaveLength(3);
    expect(endEntity?.checkHost("normandy.content-signature.mulberry.example")).toBeDefined();
    expect(endEntity?.subject).toBe("CN=normandy.content-signature.mulberry.example");
    expect(endEntity?.ca).toBe(false);
    expect(endEntity?.keyUsage).toEqual(["1.3.6.1.5.5.7.3.3"]);
    expect(intermediate?.ca).toBe(true);
    expect(root?.fingerprint256).toBe((await loadLegacySigner(files)).rootHash);
  });

  test("are good for clocks that are thirty days off, and stand in the one list of what expires", async () => {
    const signer = await loadSigner(await makeKeys("development", now), "development");
    const { certificates } = await loadLegacySigner(files);
    const stateAfter = (days: number): readonly string[] =>
      listCredentials(signer, { legacy: certificates }, now + days * day)
        .filter(({ name }) => name.startsWith("legacy"))
        .map(({ name, state }) => `${name}: ${state}`);
    expect(certificates[0]).toMatchObject({
      iat: (now - 30 * day) / 1_000,
      exp: (now + 60 * day) / 1_000,
    });
    expect(stateAfter(0)).toEqual([
      "legacy end entity: good",
      "legacy intermediate: good",
      "legacy root: good",
    ]);
    expect(stateAfter(30)[0]).toBe("legacy end entity: renew");
    expect(stateAfter(61)[0]).toBe("legacy end entity: expired");
  });

  test("are renewed under the same root, by the intermediate's key and no other", async () => {
    const later = now + 40 * day;
    const renewed = await renewLegacyKeys(files, later);
    const [before, after] = [
      await loadLegacySigner(files),
      await loadLegacySigner({ ...files, ...renewed }),
    ];
    expect(after.rootHash).toBe(before.rootHash);
    expect(after.kid).not.toBe(before.kid);
    expect(after.chain.name).not.toBe(before.chain.name);
    expect(after.certificates[0]?.exp).toBe((later + 60 * day) / 1_000);

    await expect(
      renewLegacyKeys({ ...files, intermediate: undefined }, later),
    ).rejects.toMatchObject({ code: "keys/missing" });
    await expect(renewLegacyKeys(files, now + 3 * 365 * day)).rejects.toMatchObject({
      code: "keys/expired",
    });
    const stranger = makeLegacyKeys(now).files.intermediate;
    await expect(
      renewLegacyKeys({ ...files, intermediate: stranger }, later).then(({ signing }) =>
        loadLegacySigner({ ...files, signing }),
      ),
    ).rejects.toMatchObject({ code: "keys/malformed" });
  });

  test.each<{ what: string; harm: (signing: Signing) => unknown }>([
    { what: "another use", harm: (signing) => ({ ...signing, use: "manifest" }) },
    {
      what: "another key",
      harm: (signing) => ({ ...signing, key: readSigning(makeLegacyKeys(now).files).key }),
    },
    {
      what: "two certificates",
      harm: ({ chain: pem, ...rest }) => ({ ...rest, chain: parts(pem).slice(1).join("") }),
    },
    {
      what: "another order",
      harm: ({ chain: pem, ...rest }) => ({ ...rest, chain: parts(pem).reverse().join("") }),
    },
    {
      what: "something after the last",
      harm: ({ chain: pem, ...rest }) => ({ ...rest, chain: `${pem}\n` }),
    },
    {
      what: "another root",
      harm: ({ chain: pem, ...rest }) => ({
        ...rest,
        chain: [...parts(pem).slice(0, 2), parts(makeLegacyKeys(now).chain.pem)[2]].join(""),
      }),
    },
  ])("are refused with $what", async ({ harm }) => {
    const signing = JSON.stringify(harm(readSigning(files)));
    await expect(loadLegacySigner({ ...files, signing })).rejects.toMatchObject({
      code: "keys/malformed",
    });
  });
});

describe("the two kinds of keys", () => {
  test("are never loaded as each other", async () => {
    const ours = await makeKeys("development", now);
    const { files } = makeLegacyKeys(now);
    await expect(
      loadSigner({ ...ours, online: files.signing }, "development"),
    ).rejects.toMatchObject({ code: "keys/malformed" });
    await expect(loadLegacySigner({ ...files, signing: ours.online })).rejects.toMatchObject({
      code: "keys/malformed",
    });
    // The bare key out of the one, in the place of the other.
    const { key } = readSigning(files);
    await expect(
      loadSigner({ ...ours, online: JSON.stringify(key) }, "development"),
    ).rejects.toMatchObject({ code: "keys/malformed" });
    const swapped = JSON.stringify({
      ...readSigning(files),
      key: JSON.parse(ours.online) as object,
    });
    await expect(loadLegacySigner({ ...files, signing: swapped })).rejects.toMatchObject({
      code: "keys/malformed",
    });
  });
});

interface Signing {
  readonly use: string;
  readonly key: object;
  readonly chain: string;
}

function readSigning(files: LegacyFiles): Signing {
  return JSON.parse(files.signing) as Signing;
}

function parts(pem: string): string[] {
  return pem.split(/(?<=-----END CERTIFICATE-----\n)/u);
}
