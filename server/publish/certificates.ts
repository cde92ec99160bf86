import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_codeSigning,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  NameConstraints,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

const ecdsaWithSha384 = "1.2.840.10045.4.3.3";
const commonName = "2.5.4.3";

/** One certificate of a chain for content signatures, before it is signed. */
export interface CertificateSaying {
  readonly role: "root" | "intermediate" | "end-entity";
  /** Common name; an end entity has it as its DNS name too. */
  readonly subject: string;
  readonly key: KeyObject;
  /** Common name of the issuer. */
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  /** The domain under which all names of an intermediate's certificates lie. */
  readonly within?: string;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Makes an X.509 certificate for a P-384 key, signed with SHA-384: PEM. */
export function makeCertificate(saying: CertificateSaying): string {
  const publicKey = AsnConvert.parse(spkiOf(saying.key), SubjectPublicKeyInfo);
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha384 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: signatureAlgorithm,
    issuer: named(saying.issuer),
    validity: new Validity({
      notBefore: new Date(saying.fromMs),
      notAfter: new Date(saying.untilMs),
    }),
    subject: named(saying.subject),
    subjectPublicKeyInfo: publicKey,
    extensions: extensionsOf(saying),
  });
  const bytes = Buffer.from(AsnConvert.serialize(tbsCertificate));
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm,
    signatureValue: bufferOf(sign("sha384", bytes, saying.issuerKey)),
  });
  const text = Buffer.from(AsnConvert.serialize(certificate)).toString("base64");
  const lines = text.match(/.{1,64}/gu) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** What each may be used for: nothing but content signatures, and by an intermediate under one domain only. */
function extensionsOf({ role, subject, key, issuerKey, within }: CertificateSaying): Extensions {
  const isAuthority = role !== "end-entity";
  const usage = isAuthority
    ? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign
    : KeyUsageFlags.digitalSignature;
  return new Extensions([
    extension(
      id_ce_basicConstraints,
      isAuthority
        ? new BasicConstraints({
            cA: true,
            ...(role === "intermediate" && { pathLenConstraint: 0 }),
          })
        : new BasicConstraints({}),
      true,
    ),
    extension(id_ce_keyUsage, new KeyUsage(usage), true),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId(key))),
    extension(
      id_ce_authorityKeyIdentifier,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyId(issuerKey)) }),
    ),
    // A root says nothing about use: Firefox and openssl read that as any.
    ...(role === "root"
      ? []
      : [extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_codeSigning]))]),
    ...(within === undefined ? [] : [extension(id_ce_nameConstraints, onlyUnder(within), true)]),
    ...(isAuthority
      ? []
      : [
          extension(
            id_ce_subjectAltName,
            new SubjectAlternativeName([new GeneralName({ dNSName: subject })]),
          ),
        ]),
  ]);
}

function onlyUnder(domain: string): NameConstraints {
  const base = new GeneralName({ dNSName: domain });
  return new NameConstraints({
    permittedSubtrees: new GeneralSubtrees([new GeneralSubtree({ base })]),
  });
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({
    extnID,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function named(name: string): Name {
  const value = new AttributeValue({ utf8String: name });
  return new Name([
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })]),
  ]);
}

/** Sixteen random bytes; a serial number is positive, and its first byte is not zero. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bufferOf(bytes);
}

function keyId(key: KeyObject): ArrayBuffer {
  return bufferOf(createHash("sha1").update(spkiOf(key)).digest());
}

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

function bufferOf(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
