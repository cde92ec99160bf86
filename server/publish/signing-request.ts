import * as v from "valibot";
import { parseKeycertClaims, parseRoot } from "#recipes/manifest-parse.ts";
import {
  type KeycertClaims,
  type RootPayload,
  type SignedRoot,
  tokenTypes,
} from "#recipes/manifest.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { ServerError } from "../errors.ts";
import { nameOf, type PartialSignature, type PrivateJwk, signPart } from "./jose-signing.ts";
import { parseOwn } from "./own-json.ts";

// What a root key is to sign travels as a file to where the key is, and a signature comes back: one
// form for roots and keycerts. A signature by itself lets nobody do anything.

/** What somebody who holds a root key is asked to sign. */
export interface SigningRequest {
  readonly v: 1;
  readonly typ: typeof tokenTypes.root | typeof tokenTypes.keycert;
  /** The exact bytes to sign, base64url. */
  readonly payload: string;
}

/** What a request is about, once it was read. */
export type Requested =
  | { readonly kind: "root"; readonly root: RootPayload }
  | { readonly kind: "keycert"; readonly claims: KeycertClaims };

const base64url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/u));
const requestShape = v.strictObject({
  v: v.literal(1),
  typ: v.picklist([tokenTypes.root, tokenTypes.keycert]),
  payload: base64url,
});
const signatureShape = v.strictObject({ protected: base64url, signature: base64url });

/** Asks for a signature over a keycert. */
export function requestKeycert(claims: KeycertClaims): SigningRequest {
  return { v: 1, typ: tokenTypes.keycert, payload: encode(claims) };
}

/** Asks for signatures over a root. */
export function requestRoot(root: RootPayload): SigningRequest {
  return { v: 1, typ: tokenTypes.root, payload: encode(root) };
}

/**
 * Reads a request from a file.
 *
 * @throws ServerError `keys/malformed`
 */
export function parseRequest(
  text: string,
  what: string,
): { readonly request: SigningRequest; readonly requested: Requested } {
  const at = { code: "keys/malformed", what } as const;
  const request = parseOwn((value) => v.parse(requestShape, value), text, at);
  const payload = decodeUtf8(Buffer.from(request.payload, "base64url"));
  if (payload === undefined) throw new ServerError("keys/malformed", `${what} cannot be read`);
  return {
    request,
    requested:
      request.typ === tokenTypes.root
        ? { kind: "root", root: parseOwn(parseRoot, payload, at) }
        : { kind: "keycert", claims: parseOwn(parseKeycertClaims, payload, at) },
  };
}

/**
 * Reads a signature from a file.
 *
 * @throws ServerError `keys/malformed`
 */
export function parseSignature(text: string, what: string): PartialSignature {
  const at = { code: "keys/malformed", what } as const;
  return parseOwn((value) => v.parse(signatureShape, value), text, at);
}

/** Signs what is asked for: exactly its bytes. */
export function signRequest(
  { payload, typ }: SigningRequest,
  key: PrivateJwk,
): Promise<PartialSignature> {
  return signPart(Buffer.from(payload, "base64url").toString("utf8"), typ, key);
}

/** A keycert out of a request and its signature; whether it holds is for the one who takes it. */
export function assembleKeycert(
  { payload }: SigningRequest,
  { protected: header, signature }: PartialSignature,
): string {
  return `${header}.${payload}.${signature}`;
}

/** A root out of a request and its signatures; whether they are enough is for the one who takes it. */
export function assembleRoot(
  { payload }: SigningRequest,
  signatures: readonly PartialSignature[],
): SignedRoot {
  return { payload, signatures };
}

/**
 * What is signed, in plain words, line by line.
 *
 * @param before - the root that is in force, where the signer has it: then what changes is said too
 */
export async function describeRequest(
  requested: Requested,
  key: PrivateJwk,
  before?: RootPayload,
): Promise<readonly string[]> {
  const signer = await nameOf(key);
  return requested.kind === "root"
    ? describeRoot(requested.root, signer, before)
    : describeKeycert(requested.claims, signer, before);
}

function describeRoot(root: RootPayload, signer: string, before?: RootPayload): readonly string[] {
  const { root: role, keycert, halt } = root.roles;
  const isMember = role.k.includes(signer);
  const known = Object.keys(before?.keys ?? {});
  const named = Object.keys(root.keys);
  return [
    `root ${String(root.version)} for ${root.env}: whom browsers believe from then on`,
    `holds from ${day(root.iat)} to ${day(root.exp)}`,
    `${String(role.m)} of these ${String(role.k.length)} keys can make the next root: ${role.k.join(", ")}`,
    `${String(keycert.m)} of these can vouch for an online key: ${keycert.k.join(", ")}`,
    `${String(halt.m)} of these can sign a halt: ${halt.k.join(", ")}`,
    `manifests of an epoch below ${String(root.min_ep)} are not believed any more`,
    ...(before === undefined
      ? []
      : [
          `new in it: ${list(named.filter((name) => !known.includes(name)))}`,
          `no longer in it: ${list(known.filter((name) => !named.includes(name)))}`,
          `the epoch was ${String(before.min_ep)} before`,
        ]),
    `this key, ${signer}, ${isMember ? "is one of its keys" : "is none of its keys: it signs as a key of the root before"}`,
  ];
}

function describeKeycert(
  claims: KeycertClaims,
  signer: string,
  before?: RootPayload,
): readonly string[] {
  const isAllowed = before?.roles.keycert.k.includes(signer);
  return [
    `a keycert for ${claims.env}: it lets the online key ${claims.sub} publish to every browser`,
    `holds from ${day(claims.nbf)} to ${day(claims.exp)}`,
    `in epoch ${String(claims.ep)}, up to manifest ${String(claims.nmax)}, each for at most ${String(claims.life / 86_400)} days`,
    `for these actions: ${claims.acts.includes("*") ? "any" : claims.acts.join(", ")}`,
    `this key, ${signer}, signs it${isAllowed === false ? ", and the root does not allow it to" : ""}`,
  ];
}

function day(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 10);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}

function encode(payload: object): string {
  return Buffer.from(JSON.stringify(payload)).toString("base64url");
}
