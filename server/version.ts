import { readFileSync } from "node:fs";
import { memberOf } from "#recipes/members.ts";

/** The version in package.json. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const version = memberOf(JSON.parse(text), "version");
  return typeof version === "string" ? version : "";
}
