import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { agreedJson } from "#server/publish/agreed-json.ts";
import type { SignedRecipe } from "#server/publish/content-signature.ts";

// What one of Normandy's own clients does with a signed recipe, in node.

/** The certificates of a PEM chain, as they stand in it. */
export function certificatesOf(pem: string): readonly X509Certificate[] {
  return pem.split(/(?<=-----END CERTIFICATE-----\n)/u).map((text) => new X509Certificate(text));
}

/** What the signature of a recipe covers. */
export function signedBytes(one: SignedRecipe | undefined): Buffer {
  return Buffer.from(`Content-Signature:\u0000${agreedJson(one?.recipe)}`);
}

/** Whether the end entity signed exactly this recipe. */
export function isSigned(
  one: SignedRecipe | undefined,
  endEntity: X509Certificate | undefined,
): boolean {
  if (one === undefined || endEntity === undefined) return false;
  const spki = createPublicKey({
    key: Buffer.from(one.signature.public_key, "base64"),
    format: "der",
    type: "spki",
  });
  if (!spki.equals(endEntity.publicKey)) return false;
  const key = { key: endEntity.publicKey, dsaEncoding: "ieee-p1363" } as const;
  return verify("sha384", signedBytes(one), key, Buffer.from(one.signature.signature, "base64url"));
}

/** From r and s beside each other to ASN.1, which openssl reads. */
export function toDer(signature: string): Buffer {
  const raw = Buffer.from(signature, "base64url");
  const integer = (bytes: Buffer): Buffer => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const short = bytes.subarray(first);
    const value = (short[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), short]) : short;
    return Buffer.concat([Buffer.of(2, value.length), value]);
  };
  const both = Buffer.concat([integer(raw.subarray(0, 48)), integer(raw.subarray(48))]);
  return Buffer.concat([Buffer.of(0x30, both.length), both]);
}
