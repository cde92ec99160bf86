/**
 * How much of the same a test does. `npm test` does all of it; `npm run check`, which stands between
 * two edits, a part. A name in the environment asks for any other number.
 */
export function sized(name: string, size: { readonly quick: number; readonly whole: number }) {
  const asked = process.env[name];
  if (asked !== undefined) return Number(asked);
  return process.env["TEST_SIZE"] === "quick" ? size.quick : size.whole;
}
