/**
 * Decodes UTF-8 strictly, for the pure folders, where no platform decoder is in scope.
 *
 * Overlong forms, surrogates, code points over U+10FFFF and cut-off sequences are refused. A byte
 * order mark is kept as U+FEFF, so that a JSON text that begins with one is refused as well.
 *
 * @returns the text, or `undefined` when the bytes are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const parts: string[] = [];
  let index = 0;
  while (index < bytes.length) {
    const first = bytes[index] ?? 0;
    if (first < 0x80) {
      // Most of what is read here is ASCII: runs of it become text at once.
      const end = endOfAscii(bytes, index);
      const run: unknown = Reflect.apply(String.fromCharCode, String, bytes.subarray(index, end));
      parts.push(String(run));
      index = end;
      continue;
    }
    index += 1;
    const form = formOf(first);
    if (form === undefined) return undefined;
    let point = first & form.mask;
    for (let rest = form.following; rest > 0; rest -= 1) {
      const next = bytes[index];
      if (next === undefined || (next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
      index += 1;
    }
    if (point < form.least || point > 0x10_ffff || (point >= 0xd800 && point <= 0xdfff)) {
      return undefined;
    }
    parts.push(String.fromCodePoint(point));
  }
  return parts.join("");
}

/** Arguments of one call live on the stack, so no run is longer than this. */
const longestRun = 4_096;

function endOfAscii(bytes: Uint8Array, from: number): number {
  const limit = Math.min(bytes.length, from + longestRun);
  let end = from;
  while (end < limit && (bytes[end] ?? 0) < 0x80) end += 1;
  return end;
}

interface Form {
  /** How many bytes follow the first. */
  readonly following: number;
  /** The bits of the first byte that carry the code point. */
  readonly mask: number;
  /** The lowest code point that needs this many bytes. */
  readonly least: number;
}

const two: Form = { following: 1, mask: 0x1f, least: 0x80 };
const three: Form = { following: 2, mask: 0x0f, least: 0x800 };
const four: Form = { following: 3, mask: 0x07, least: 0x1_0000 };

function formOf(first: number): Form | undefined {
  if (first >= 0xc2 && first <= 0xdf) return two;
  if (first >= 0xe0 && first <= 0xef) return three;
  if (first >= 0xf0 && first <= 0xf4) return four;
  return undefined;
}
