import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

/** What the provider says of whoever comes, and how it lies about it. */
export interface Told {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly nonce?: string;
  readonly audience?: string;
  readonly issuer?: string;
  readonly expiresIn?: string;
  /** Signed by a key that it does not publish. */
  readonly isForged?: boolean;
}

/** An OpenID provider on this machine, where whoever comes is signed in already. */
export interface ProviderHere extends AsyncDisposable {
  readonly url: string;
  /** From now on it says this. */
  tell(told: Told): void;
}

/** Starts one that knows one client. */
export async function openIdentityProviderHere(clientId: string): Promise<ProviderHere> {
  const [own, foreign] = [await generateKeyPair("RS256"), await generateKeyPair("RS256")];
  const jwk = { ...(await exportJWK(own.publicKey)), kid: "1", alg: "RS256", use: "sig" };
  /** What each code stands for; it is taken once. */
  const codes = new Map<string, { readonly nonce: string; readonly challenge: string }>();
  let told: Told = {};
  let url = "";

  const idToken = (nonce: string): Promise<string> =>
    new SignJWT({ nonce: told.nonce ?? nonce, ...told.claims })
      .setProtectedHeader({ alg: "RS256", kid: "1" })
      .setIssuer(told.issuer ?? url)
      .setSubject("7")
      .setAudience(told.audience ?? clientId)
      .setIssuedAt()
      .setExpirationTime(told.expiresIn ?? "5m")
      .sign((told.isForged === true ? foreign : own).privateKey);
  const token = async (form: URLSearchParams): Promise<object | undefined> => {
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (code?.challenge !== challenge || form.get("client_id") !== clientId) return undefined;
    return { access_token: "x", token_type: "Bearer", id_token: await idToken(code.nonce) };
  };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    const json = (status: number, value: object): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    switch (pathname) {
      case "/.well-known/openid-configuration":
        json(200, {
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/keys`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["RS256"],
        });
        return;
      case "/keys":
        json(200, { keys: [jwk] });
        return;
      case "/authorize": {
        const code = randomUUID();
        const asked = (name: string): string => searchParams.get(name) ?? "";
        codes.set(code, { nonce: asked("nonce"), challenge: asked("code_challenge") });
        const back = new URLSearchParams({ code, state: asked("state") }).toString();
        response.writeHead(303, { location: `${asked("redirect_uri")}?${back}` }).end();
        return;
      }
      case "/token":
        void bodyOf(request)
          .then(token)
          .then((answer) => {
            json(answer === undefined ? 400 : 200, answer ?? { error: "invalid_grant" });
          });
        return;
      default:
        json(404, {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    tell(next) {
      told = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
