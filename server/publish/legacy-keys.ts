import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  X509Certificate,
} from "node:crypto";
import * as v from "valibot";
import { ServerError } from "../errors.ts";
import type { LegacyFiles, NamedChain } from "../store/legacy-files.ts";
import { makeCertificate } from "./certificates.ts";
import { generateKey, nameOf, publicPart } from "./jose-signing.ts";
import { parseOwn } from "./own-json.ts";

// Keys for Normandy's own clients: a chain of three certificates, as Mozilla's signer makes them, apart
// from everything that our own extension believes. They are marked in their files as what they are for,
// so that neither kind is ever loaded as the other.

const dayMs = 86_400_000;
/** A clock may be that far off, before and after: clients refuse a certificate outside its time. */
const toleranceMs = 30 * dayMs;
const endEntityLifeMs = 30 * dayMs;
const intermediateLifeMs = 3 * 365 * dayMs;
const rootLifeMs = 10 * 365 * dayMs;
/** The OID of code signing, as node writes extended key usages. */
const codeSigning = "1.3.6.1.5.5.7.3.3";

/** The name that clients ask of the certificate; Mozilla's has `mozilla.org` in place of the last two. */
export const legacySignerName = "normandy.content-signature.mulberry.example";

/** What can be told of one certificate of the chain. Times are seconds since 1970. */
export interface LegacyCertificate {
  readonly name: string;
  readonly id: string;
  readonly iat: number;
  readonly exp: number;
}

/** A key that signs recipes for Normandy's own clients, and nothing else. */
export interface LegacySigner {
  readonly chain: NamedChain;
  readonly certificates: readonly LegacyCertificate[];
  /** SHA-256 of the root certificate as clients pin it: upper-case hex with colons. */
  readonly rootHash: string;
  /** Base64 of the signing key's SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** RFC 7638 thumbprint of the signing key. */
  readonly kid: string;
  /** @returns r and s, 96 bytes as 128 characters of base64url */
  sign(canonical: string): string;
}

/**
 * Makes root, intermediate and end entity.
 *
 * @param host - what the end entity is called; it lies one level below the intermediate's domain
 */
export function makeLegacyKeys(
  nowMs: number,
  host: string = legacySignerName,
): { readonly files: LegacyFiles & { readonly intermediate: string }; readonly chain: NamedChain } {
  const [rootKey, intermediateKey] = [generateKey(), generateKey()];
  const authorities = {
    root: privateOf(rootKey),
    intermediate: privateOf(intermediateKey),
  };
  const root = makeCertificate({
    role: "root",
    subject: rootName(host),
    key: authorities.root,
    issuer: rootName(host),
    issuerKey: authorities.root,
    fromMs: nowMs - toleranceMs,
    untilMs: nowMs + rootLifeMs,
  });
  const intermediate = makeCertificate({
    role: "intermediate",
    subject: intermediateName(host),
    key: authorities.intermediate,
    issuer: rootName(host),
    issuerKey: authorities.root,
    within: domainOf(host),
    fromMs: nowMs - toleranceMs,
    untilMs: nowMs + intermediateLifeMs,
  });
  const { signing, chain } = issue(host, authorities.intermediate, intermediate + root, nowMs);
  const files = {
    signing,
    intermediate: toText({ use: "legacy-authority", key: intermediateKey }),
    root: toText({ use: "legacy-authority", key: rootKey }),
  };
  return { files, chain };
}

/**
 * Makes a new end entity under the same intermediate.
 *
 * @throws ServerError `keys/missing` when the intermediate's key is not here, `keys/expired` when its time is over
 */
export async function renewLegacyKeys(
  files: LegacyFiles,
  nowMs: number,
): Promise<{ readonly signing: string; readonly chain: NamedChain }> {
  const { chain } = await loadLegacySigner(files);
  if (files.intermediate === undefined)
    throw new ServerError(
      "keys/missing",
      "the end entity is renewed with the intermediate's key: put intermediate.json beside it for that long",
    );
  const [endEntity, intermediate, root] = certificatesIn(chain.pem);
  if (nowMs + endEntityLifeMs + toleranceMs > Date.parse(intermediate.validTo))
    throw new ServerError(
      "keys/expired",
      "the intermediate ends before a new end entity would: make a new chain in another data folder",
    );
  const authority = { code: "keys/malformed", what: "intermediate.json" } as const;
  const { key } = parseOwn(
    (value) => v.parse(authorityShape, value),
    files.intermediate,
    authority,
  );
  const host = endEntity.subject.replace(/^CN=/u, "");
  return issue(host, privateOf(key), intermediate.toString() + root.toString(), nowMs);
}

/**
 * Turns files into a signer, after checking that each certificate vouches for the next as clients do.
 *
 * @throws ServerError `keys/malformed`
 */
export async function loadLegacySigner({ signing }: LegacyFiles): Promise<LegacySigner> {
  const at = { code: "keys/malformed", what: "legacy/signing.json" } as const;
  const { key, chain: pem } = parseOwn((value) => v.parse(signingShape, value), signing, at);
  const privateKey = privateOf(key);
  const certificates = certificatesIn(pem);
  const [endEntity, , root] = certificates;
  checkChain(certificates);
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  if (!endEntity.publicKey.export({ type: "spki", format: "der" }).equals(spki))
    throw malformed("the chain vouches for another key");
  return {
    chain: named(pem),
    certificates: certificates.map((certificate, index) => ({
      name: `legacy ${["end entity", "intermediate", "root"][index] ?? ""}`,
      id: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
      iat: Date.parse(certificate.validFrom) / 1_000,
      exp: Date.parse(certificate.validTo) / 1_000,
    })),
    rootHash: root.fingerprint256,
    publicKey: spki.toString("base64"),
    kid: await nameOf(key),
    sign: (canonical) =>
      sign("sha384", Buffer.from(`Content-Signature:\u0000${canonical}`, "utf8"), {
        key: privateKey,
        dsaEncoding: "ieee-p1363",
      }).toString("base64url"),
  };
}

function issue(
  host: string,
  issuerKey: KeyObject,
  authorities: string,
  nowMs: number,
): { readonly signing: string; readonly chain: NamedChain } {
  const key = generateKey();
  const endEntity = makeCertificate({
    role: "end-entity",
    subject: host,
    key: privateOf(key),
    issuer: intermediateName(host),
    issuerKey,
    fromMs: nowMs - toleranceMs,
    untilMs: nowMs + endEntityLifeMs + toleranceMs,
  });
  const chain = named(endEntity + authorities);
  return { chain, signing: toText({ use: "legacy", key, chain: chain.pem }) };
}

type Chain = readonly [X509Certificate, X509Certificate, X509Certificate];

/** Exactly three certificates, and nothing before, between or after them. */
function certificatesIn(pem: string): Chain {
  const block = /-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+?-----END CERTIFICATE-----\n/gu;
  const blocks = pem.match(block) ?? [];
  const [endEntity, intermediate, root] = blocks.map((text) => new X509Certificate(text));
  if (
    blocks.length !== 3 ||
    blocks.join("") !== pem ||
    endEntity === undefined ||
    intermediate === undefined ||
    root === undefined
  )
    throw malformed("a chain is three certificates");
  return [endEntity, intermediate, root];
}

function checkChain([endEntity, intermediate, root]: Chain): void {
  const isIssued = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
    issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (!isIssued(root, root) || !isIssued(intermediate, root) || !isIssued(endEntity, intermediate))
    throw malformed("a certificate of the chain is not signed by the one after it");
  for (const certificate of [endEntity, intermediate])
    if (!usagesOf(certificate).includes(codeSigning))
      throw malformed("a certificate is not for signing code");
}

/** Node says `undefined` where a certificate has none, against its types. */
function usagesOf({ keyUsage }: X509Certificate): readonly unknown[] {
  const said: unknown = keyUsage;
  return Array.isArray(said) ? said : [];
}

const coordinate = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{64}$/u));
const privateJwk = v.strictObject({
  kty: v.literal("EC"),
  crv: v.literal("P-384"),
  x: coordinate,
  y: coordinate,
  d: coordinate,
});
const signingShape = v.strictObject({
  use: v.literal("legacy"),
  key: privateJwk,
  chain: v.string(),
});
const authorityShape = v.strictObject({ use: v.literal("legacy-authority"), key: privateJwk });

function privateOf(key: v.InferOutput<typeof privateJwk>): KeyObject {
  return createPrivateKey({ key: { ...publicPart(key), d: key.d }, format: "jwk" });
}

function named(pem: string): NamedChain {
  return { pem, name: createHash("sha256").update(pem).digest("hex") };
}

function toText(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function domainOf(host: string): string {
  return host.replace(/^[^.]+\./u, "");
}

function rootName(host: string): string {
  return `root of ${domainOf(host)}`;
}

function intermediateName(host: string): string {
  return `signer of ${domainOf(host)}`;
}

function malformed(message: string): ServerError {
  return new ServerError("keys/malformed", `legacy/signing.json is not valid: ${message}`);
}
