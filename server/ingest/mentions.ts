import { constants, gunzipSync } from "node:zlib";
import { readJson } from "#recipes/json.ts";
import { unpack } from "./decode.ts";
import { defaultIngestLimits } from "./limits.ts";
import type { RecordHeader } from "./record.ts";

// Whether something that was received names somebody, wherever in it and however it was sent.

/** A UUID's middle. Whatever stands around it is looked up as it is, so that this need not be the whole. */
const middle = /-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-/giu;
const beforeMiddle = 8;
const afterMiddle = 12;

/** @param isMeant - asked with each UUID of the texts, in lower case */
export function isNamed(texts: readonly string[], isMeant: (uuid: string) => boolean): boolean {
  return texts.some((text) => {
    for (const { index, 0: found } of text.matchAll(middle)) {
      const end = index + found.length + afterMiddle;
      if (isMeant(text.slice(Math.max(0, index - beforeMiddle), end).toLowerCase())) return true;
    }
    return false;
  });
}

/** Everything that a record says, as it stands, decoded as far as it can be, and where escapes could hide it. */
export function textsOf({
  header,
  body,
}: {
  readonly header: RecordHeader;
  readonly body: Buffer;
}): readonly string[] {
  const whole = unpack(header.encoding, body, defaultIngestLimits);
  const text = whole.ok ? whole.value.toString("utf8") : beginningOf(body);
  const texts = [JSON.stringify(header), body.toString("latin1"), text];
  if (!text.includes("\\u")) return texts;
  const { decodedBytes: _bytes, jsonDepth: maxDepth, jsonKeys: maxKeys } = defaultIngestLimits;
  const json = readJson(text, { maxDepth, maxKeys });
  return json.ok ? [...texts, JSON.stringify(json.value)] : texts;
}

/** What is there of a gzip stream that ends too early; nothing of one that is none. */
function beginningOf(body: Buffer): string {
  try {
    return gunzipSync(body, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: defaultIngestLimits.decodedBytes,
    }).toString("utf8");
  } catch {
    // No gzip, or a bomb: nothing in it was ever read, and its bytes are looked at as they are.
    return "";
  }
}
