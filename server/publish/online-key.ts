import * as v from "valibot";
import { type PublicJwk, tokenTypes } from "#recipes/manifest.ts";
import { ServerError } from "../errors.ts";
import {
  generateKey,
  type PrivateJwk,
  publicPart,
  signManifest,
  signManifestBy,
} from "./jose-signing.ts";
import { joseTokens } from "./jose-verifying.ts";
import { askCommand } from "./key-command.ts";
import { parseOwn } from "./own-json.ts";

/** The key that signs day by day, wherever its secret lies. */
export interface OnlineKey {
  readonly public: PublicJwk;
  /**
   * @returns the manifest as compact JWS
   * @throws ServerError `keys/command-failed`
   */
  sign(payload: string): Promise<string>;
}

const coordinate = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{64}$/u));
const publicEntries = {
  kty: v.literal("EC"),
  crv: v.literal("P-384"),
  x: coordinate,
  y: coordinate,
};
const publicJwk = v.strictObject(publicEntries);
const privateJwk = v.strictObject({ ...publicEntries, d: coordinate });
const delegated = v.strictObject({
  command: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1)),
  public: publicJwk,
});

/** A new online key, as `online.json` holds it. */
export function newOnlineKey(): string {
  return `${JSON.stringify(generateKey())}\n`;
}

/**
 * Reads `online.json`: a private JWK, or `{command, public}`.
 *
 * @throws ServerError `keys/malformed`
 */
export function parseOnlineKey(text: string, what = "online.json"): OnlineKey {
  const key = parse(v.union([privateJwk, delegated]), text, what);
  if ("d" in key) return { public: publicPart(key), sign: (payload) => signManifest(payload, key) };
  return {
    public: key.public,
    sign: (payload) => signByCommand(payload, key.public, key.command),
  };
}

/**
 * Reads a private JWK.
 *
 * @throws ServerError `keys/malformed`
 */
export function parsePrivateKey(text: string, what: string): PrivateJwk {
  return parse(privateJwk, text, what);
}

/**
 * Reads a public JWK: one that holds a secret is refused, for it was not meant to be shown.
 *
 * @throws ServerError `keys/malformed`
 */
export function parsePublicKey(text: string, what: string): PublicJwk {
  return parse(publicJwk, text, what);
}

async function signByCommand(
  payload: string,
  key: PublicJwk,
  command: readonly string[],
): Promise<string> {
  const token = await signManifestBy(payload, key, (input) => askCommand(command, input));
  // A module that holds another key than it is said to would cut every browser off.
  if (typeof (await joseTokens.verifyCompact(token, key, tokenTypes.manifest)) === "string")
    throw new ServerError(
      "keys/command-failed",
      `what the command ${command[0] ?? ""} printed is no signature by the public key in online.json: it prints r and s (96 bytes) as base64url`,
    );
  return token;
}

function parse<T>(shape: v.GenericSchema<unknown, T>, text: string, what: string): T {
  return parseOwn((value) => v.parse(shape, value), text, { code: "keys/malformed", what });
}
