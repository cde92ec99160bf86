import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { digest } from "#core/digest.ts";

test.each([
  "",
  "a",
  "\u0000\u007f",
  "\u0080",
  "ascii, and then \u00e9 in the middle",
  "\u{1F333}",
  "a lone \ud800",
  "x".repeat(10_000),
])("a text's digest is that of its UTF-8 bytes: %j", (text) => {
  expect(digest(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
});
