import { isDenyPattern } from "#recipes/denied.ts";
import { ServerError } from "../errors.ts";

/**
 * Reads what an organisation denies besides `recipes/denied.ts`: one name or `prefix.*` a line; what
 * follows a `#` is for people.
 *
 * @param what - what the text is called in a refusal
 * @returns each pattern once, in the order of the file
 * @throws ServerError `extension/deny-malformed`, with the number of the line
 */
export function parseDenyFile(text: string, what: string): readonly string[] {
  const patterns = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/u).entries()) {
    const pattern = line.replace(/#.*$/u, "").trim();
    if (pattern === "") continue;
    if (!isDenyPattern(pattern))
      throw new ServerError(
        "extension/deny-malformed",
        `${what}, line ${String(index + 1)}: expected the name of a preference, or a prefix and .*`,
      );
    patterns.add(pattern);
  }
  return [...patterns];
}
