import * as openid from "openid-client";
import { ServerError } from "../errors.ts";
import type { OidcConfig } from "../oidc-config.ts";

/** One sign-in that is under way at the provider. What it holds stays in the browser that began it. */
export interface SignInUnderWay {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The identity provider, as the console asks it. */
export interface IdentityProvider {
  /**
   * Where somebody tells the provider who they are.
   *
   * @throws ServerError `access/provider-failed`
   */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly underWay: SignInUnderWay }>;
  /**
   * Whom the provider vouches for, by the address at which it sent them back.
   *
   * @returns the name by which they may be known here
   * @throws ServerError `access/provider-failed`
   */
  end(address: URL, underWay: SignInUnderWay): Promise<string>;
}

/** Reaches the provider when somebody signs in, and not before: the server starts without it. */
export function openIdentityProvider(config: OidcConfig): IdentityProvider {
  let discovered: Promise<openid.Configuration> | undefined;
  const provider = (): Promise<openid.Configuration> => {
    discovered ??= discover(config).catch((error: unknown) => {
      // It may be there the next time.
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  return {
    begin: (redirectUri) =>
      asOurs(async () => {
        const underWay = {
          state: openid.randomState(),
          nonce: openid.randomNonce(),
          verifier: openid.randomPKCECodeVerifier(),
        };
        const url = openid.buildAuthorizationUrl(await provider(), {
          redirect_uri: redirectUri,
          scope: "openid email profile",
          state: underWay.state,
          nonce: underWay.nonce,
          code_challenge: await openid.calculatePKCECodeChallenge(underWay.verifier),
          code_challenge_method: "S256",
        });
        return { url: url.href, underWay };
      }),
    end: (address, { state, nonce, verifier }) =>
      asOurs(async () => {
        const tokens = await openid.authorizationCodeGrant(await provider(), address, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        return nameIn(tokens.claims() ?? {}, config.claim);
      }),
  };
}

function discover({ issuer, clientId, clientSecret }: OidcConfig): Promise<openid.Configuration> {
  const isPlain = new URL(issuer).protocol === "http:";
  return openid.discovery(
    new URL(issuer),
    clientId,
    clientSecret,
    clientSecret === undefined ? openid.None() : undefined,
    {
      // What the provider signed is checked by its own keys, and not by the connection alone.
      execute: [
        openid.enableNonRepudiationChecks,
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so that nobody overlooks it; a provider without TLS is one on this very machine (parseOidc)
        ...(isPlain ? [openid.allowInsecureRequests] : []),
      ],
    },
  );
}

function nameIn(claims: Readonly<Record<string, unknown>>, claim: string): string {
  const name = claims[claim];
  if (typeof name !== "string" || name === "")
    throw failed(`it says nothing of ${claim}: MULBERRY_OIDC_CLAIM names the claim to go by`);
  // Whoever may write any address into their own profile would be anybody.
  if (claim === "email" && claims["email_verified"] !== true)
    throw failed("it has not verified the e-mail address");
  return name.toLowerCase();
}

/** Whatever goes wrong between two servers is one refusal to whoever signs in. */
async function asOurs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ServerError) throw cause;
    const why =
      cause instanceof openid.AuthorizationResponseError
        ? cause.error
        : cause instanceof Error
          ? cause.message
          : "it cannot be reached";
    throw failed(why, cause);
  }
}

function failed(why: string, cause?: unknown): ServerError {
  return new ServerError(
    "access/provider-failed",
    `the identity provider does not vouch for you (${why}): try again`,
    { cause },
  );
}
