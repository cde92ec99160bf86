import { createPrivateKey, type JsonWebKey, webcrypto } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import * as v from "valibot";
import { readKeyFiles } from "#server/store/key-files.ts";
import { nameOf } from "#server/publish/jose-signing.ts";
import type { SigningKey } from "./authority.ts";

// Whoever stands between a browser and its server: hands everything on, and lies where it is told to.

/** What the real server answered. */
export interface Genuine {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Answers in the real server's place. To do nothing is to stall. */
export type Trick = (
  response: ServerResponse,
  genuine: Genuine,
  request: IncomingMessage,
) => void | Promise<void>;

export interface Impostor extends AsyncDisposable {
  /** Without a trailing slash. */
  readonly url: string;
  /** `METHOD path` of every request since the last `forget`. */
  readonly asked: readonly string[];
  forget(): void;
  /** Answers every path that matches so from now on; the last one told wins. */
  play(path: RegExp, trick: Trick): void;
  /** Hands everything on again, and lets go of whoever was kept waiting. */
  behave(): void;
}

/** Starts an impostor on a free port of this machine in front of `serverUrl`. */
export async function openImpostor(serverUrl: string): Promise<Impostor> {
  const asked: string[] = [];
  let tricks: { readonly path: RegExp; readonly trick: Trick }[] = [];
  const open = new Set<ServerResponse>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "/";
    asked.push(`${request.method ?? "GET"} ${path}`);
    open.add(response);
    response.once("close", () => open.delete(response));
    const genuine = await ask(serverUrl + path, request);
    const found = tricks.findLast((one) => one.path.test(path));
    if (found === undefined) send(response, genuine);
    else await found.trick(response, genuine, request);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    asked,
    forget() {
      asked.length = 0;
    },
    play(path, trick) {
      tricks.push({ path, trick });
    },
    behave() {
      tricks = [];
      for (const response of open) response.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const response of open) response.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}

/** Hands an answer on as it is, or with other bytes or headers. */
export function send(
  response: ServerResponse,
  genuine: Genuine,
  instead: Partial<Genuine> = {},
): void {
  const { status, headers, bytes } = { ...genuine, ...instead };
  response.writeHead(status, headers);
  response.end(bytes);
}

async function ask(url: string, request: IncomingMessage): Promise<Genuine> {
  const { host: _host, connection: _connection, ...kept } = request.headers;
  const headers = Object.entries(kept).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : [],
  );
  const method = request.method ?? "GET";
  const body = method === "GET" || method === "HEAD" ? null : await buffer(request);
  const answer = await fetch(url, { method, headers, body, redirect: "manual" });
  // What comes is unpacked already.
  const {
    "content-length": _length,
    "content-encoding": _encoding,
    ...rest
  } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers: rest, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** The keys of a server's data folder, as a thief would have them. */
export async function stealKeys(
  dataDir: string,
): Promise<{ readonly online: SigningKey; readonly root: SigningKey }> {
  const files = await readKeyFiles(dataDir);
  const [root = ""] = files.rootKeys.values();
  return { online: await importKey(files.online), root: await importKey(root) };
}

/** Its online key alone, where the root keys have been taken offline. */
export async function stealOnlineKey(dataDir: string): Promise<SigningKey> {
  return importKey((await readKeyFiles(dataDir)).online);
}

const privateJwk = v.object({
  kty: v.literal("EC"),
  crv: v.literal("P-384"),
  x: v.string(),
  y: v.string(),
  d: v.string(),
});

async function importKey(text: string): Promise<SigningKey> {
  const jwk = v.parse(privateJwk, JSON.parse(text));
  const { d: _private, ...publicJwk } = jwk;
  const key = createPrivateKey({ key: jwk satisfies JsonWebKey, format: "jwk" });
  const algorithm = { name: "ECDSA", namedCurve: "P-384" };
  const der = key.export({ type: "pkcs8", format: "der" });
  return {
    kid: await nameOf(jwk),
    jwk: publicJwk,
    privateKey: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]),
  };
}
