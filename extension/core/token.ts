import { parseJson } from "#recipes/json.ts";
import { wireLimits } from "#recipes/manifest.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { bytesFromBase64url } from "./encoding.ts";
import { refuse, TrustError } from "./trust-error.ts";

// Reading signed tokens before anything in them is believed.

/** The header decides which key is tried, so it is read before the signature: three members, no more. */
export function headerOf(token: string, typ: string): { readonly kid: string } {
  const [segment = ""] = token.split(".", 1);
  const header = shape(() => signedJson(payloadText(segment)));
  if (typeof header !== "object" || header === null)
    return refuse("malformed", "a token's header is not an object");
  const entries = new Map<string, unknown>(Object.entries(header));
  const kid = entries.get("kid");
  if (entries.size !== 3 || entries.get("alg") !== "ES384" || typeof kid !== "string")
    return refuse("malformed", "a token's header is not exactly alg, typ and kid");
  if (entries.get("typ") !== typ) return refuse("wrong-type", "a token is of another type");
  return { kid };
}

/** A segment as text. */
export function payloadText(segment: string): string {
  const bytes = bytesFromBase64url(segment);
  const text = bytes === undefined ? undefined : decodeUtf8(bytes);
  return text ?? refuse("malformed", "a token is not base64url of UTF-8");
}

/** Text as a value, within the wire's limits. */
export function signedJson(text: string): unknown {
  return parseJson(text, { maxDepth: wireLimits.jsonDepth, code: "manifest/malformed" });
}

/** Whatever goes wrong in a parser of the wire is one refusal: `malformed`. */
export function shape<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof TrustError) throw cause;
    throw new TrustError("malformed", "what was signed does not have its shape", cause);
  }
}
