import fc from "fast-check";

/**
 * Characters of one to four bytes in UTF-8, those that JSON escapes and lone surrogates among them.
 * fast-check's own `binary` unit means the same and takes a second to get ready.
 */
export const anyCharacter: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }).map((point) => String.fromCodePoint(point)),
  fc.integer({ min: 0x80, max: 0xffff }).map((point) => String.fromCodePoint(point)),
  fc.integer({ min: 0x1_0000, max: 0x10_ffff }).map((point) => String.fromCodePoint(point)),
);
