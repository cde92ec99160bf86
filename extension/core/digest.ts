import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** SHA-256 of a text's UTF-8 bytes as lower-case hex; at once, for filters must not wait. */
export function digest(text: string): string {
  return bytesToHex(sha256(bytesOf(text)));
}

/** Bodies and what is sampled by are nearly always ASCII and short: there a browser's encoder takes a third as long as the hash. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return utf8ToBytes(text);
    bytes[index] = unit;
  }
  return bytes;
}
