/** Writes a path as a JSON Pointer (RFC 6901); the empty path is `""`, the whole document. */
export function pointerTo(path: readonly (string | number)[]): string {
  return path
    .map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
