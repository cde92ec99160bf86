import { target } from "virtual:mulberry/build";
import type { Facts } from "#core/ports.ts";
import { createFacts } from "./facts.ts";
import { createPlainFacts } from "./plain-facts.ts";
import { experiments } from "./webext.ts";

/** What the browser of this build can tell about itself. */
export function createBrowserFacts(): Facts {
  return target === "firefox" ? createFacts(experiments().mulberryFacts) : createPlainFacts();
}
