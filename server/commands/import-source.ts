import { readJson } from "#recipes/json.ts";
import { memberOf } from "#recipes/members.ts";
import { serverUrlIn } from "../config.ts";
import { RefusedFiles } from "../errors.ts";
import { readTextInput } from "./input-files.ts";

/** How long another server may take for one page, in milliseconds. */
const patienceMs = 30_000;
/** Pages of one list: more recipes than anybody has. */
const maxPages = 1_000;
/** Of one page, in UTF-16 units. */
const maxLength = 64 * 1024 * 1024;

/**
 * Reads a file, or what an address answers: of a list in pages, all of them, as long as they come from
 * the same origin.
 *
 * @throws RefusedFiles `file/unreadable`
 */
export async function readSource(
  source: string,
): Promise<readonly { readonly name: string; readonly text: string }[]> {
  if (!/^https?:/iu.test(source)) return [{ name: source, text: await readTextInput(source) }];
  const first = addressIn(source);
  const pages: { name: string; text: string }[] = [];
  for (let next: URL | undefined = first; next !== undefined && pages.length < maxPages;) {
    const text = await fetchText(next);
    pages.push({ name: next.href, text });
    next = pageAfter(text, next);
  }
  return pages;
}

async function fetchText(url: URL): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the server answers ${String(answer.status)}`);
    if (text.length > maxLength) throw new Error("the answer is too large");
    return text;
  } catch (error) {
    throw unreadable(url.href, error instanceof Error ? error.message : String(error));
  }
}

/** `next` of a page of Normandy's; a page elsewhere is nobody's that was asked for. */
function pageAfter(text: string, page: URL): URL | undefined {
  const reading = readJson(text, { maxDepth: 64 });
  const next = reading.ok ? memberOf(reading.value, "next") : undefined;
  const url = typeof next === "string" ? URL.parse(next) : null;
  return url !== null && url.origin === page.origin && url.href !== page.href ? url : undefined;
}

/** As addresses of servers are everywhere: `https:`, or `http:` on loopback; here with a query. */
function addressIn(source: string): URL {
  const url = URL.parse(source);
  if (url !== null && serverUrlIn(url.origin) !== undefined && url.username === "") return url;
  throw unreadable(source, "it must be an https: URL (or http: on loopback)");
}

function unreadable(file: string, message: string): RefusedFiles {
  return new RefusedFiles([{ code: "file/unreadable", file, at: "", message }]);
}
