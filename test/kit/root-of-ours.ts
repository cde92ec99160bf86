import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { Certificate, Extension } from "@peculiar/asn1-x509";
import type { LegacyFiles } from "#server/store/legacy-files.ts";

// Firefox verifies content signatures under roots that are compiled into it, and no preference names
// another one. To see its own verifier say yes to a chain of ours, a copy of its library gets our root in
// the place of the one that Mozilla's developers use on their own machines.

/** In the subject of that root: `nsIContentSignatureVerifier.ContentSignatureLocalRoot`. */
const localRootName = "csroot";

/**
 * Copies a Firefox, with the root of these keys in the place of its local root.
 *
 * @returns the copy's binary and the chain that ends at the root in it; `undefined` where the library
 *   holds no local root in the form that is known here
 */
export async function firefoxWithRoot(
  firefoxFolder: string,
  copy: string,
  keys: { readonly files: LegacyFiles; readonly pem: string },
): Promise<{ readonly binary: string; readonly pem: string } | undefined> {
  const library = await readFile(path.join(firefoxFolder, "libxul.so"));
  const place = placeOfRoot(library);
  if (place === undefined) return undefined;
  const [endEntity = "", intermediate = "", root = ""] = keys.pem.split(
    /(?<=-----END CERTIFICATE-----\n)/u,
  );
  const padded = padRoot(root, keys.files.root ?? "", place.length);
  padded.copy(library, place.start);

  await mkdir(copy);
  // The binary finds its folder by where it lies itself: these two are no links.
  const own = new Set(["libxul.so", "firefox-esr", "firefox", "firefox-bin"]);
  const names = await readdir(firefoxFolder);
  for (const name of names)
    if (!own.has(name)) await symlink(path.join(firefoxFolder, name), path.join(copy, name));
    else if (name !== "libxul.so")
      await cp(path.join(firefoxFolder, name), path.join(copy, name), { dereference: true });
  await writeFile(path.join(copy, "libxul.so"), library);
  const binary =
    ["firefox-esr", "firefox-bin", "firefox"].find((name) => names.includes(name)) ?? "";
  const pem = endEntity + intermediate + new X509Certificate(padded).toString();
  return { binary: path.join(copy, binary), pem };
}

function placeOfRoot(
  library: Buffer,
): { readonly start: number; readonly length: number } | undefined {
  const named = library.indexOf(localRootName);
  if (named === -1) return undefined;
  // A certificate of 256 to 65,535 bytes begins like this; the name stands soon after.
  const start = library.lastIndexOf(Buffer.of(0x30, 0x82), named - 8);
  for (
    let at = start;
    at !== -1 && named - at < 512;
    at = library.lastIndexOf(Buffer.of(0x30, 0x82), at - 1)
  ) {
    const length = library.readUInt16BE(at + 2) + 4;
    if (library.readUInt16BE(at + 4) === 0x3082 && named < at + length)
      return { start: at, length };
  }
  return undefined;
}

/** The same root, in exactly so many bytes: an extension that nobody knows takes what is left. */
function padRoot(pem: string, authority: string, length: number): Buffer {
  const { key } = JSON.parse(authority) as { readonly key: Record<string, string> };
  const privateKey = createPrivateKey({ key, format: "jwk" });
  const certificate = AsnConvert.parse(new X509Certificate(pem).raw, Certificate);
  const extensions = certificate.tbsCertificate.extensions;
  if (extensions === undefined) throw new Error("a root of ours has extensions");
  const filling = new Extension({
    extnID: "1.3.6.1.4.1.55555.1",
    extnValue: new OctetString(new ArrayBuffer(0)),
  });
  extensions.push(filling);
  for (let tries = 0; tries < 1_000; tries += 1) {
    const bytes = Buffer.from(AsnConvert.serialize(certificate.tbsCertificate));
    // The length of a signature differs by chance.
    certificate.signatureValue = Uint8Array.from(sign("sha384", bytes, privateKey)).buffer;
    const whole = Buffer.from(AsnConvert.serialize(certificate));
    if (whole.length === length) return whole;
    const missing = filling.extnValue.byteLength + length - whole.length;
    filling.extnValue = new OctetString(new ArrayBuffer(Math.max(0, missing)));
  }
  throw new Error(`no root of ours has ${String(length)} bytes`);
}
