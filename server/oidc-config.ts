/** The identity provider that people sign in to the console with. */
export interface OidcConfig {
  /** Its address, as its tokens name it. */
  readonly issuer: string;
  readonly clientId: string;
  /** `undefined` for a client that has none and proves itself by the code's own challenge. */
  readonly clientSecret: string | undefined;
  /** The claim that holds a person's name here. */
  readonly claim: string;
}

/** The variables that say it. */
export const oidcVariables = [
  "MULBERRY_OIDC_ISSUER",
  "MULBERRY_OIDC_CLIENT_ID",
  "MULBERRY_OIDC_CLIENT_SECRET",
  "MULBERRY_OIDC_CLAIM",
] as const;

/**
 * Reads them.
 *
 * @param isServerUrl - whether a text is an address that people are led to: https, or http on loopback
 * @param problems - gets a sentence for each that is wrong or missing beside another
 * @returns `undefined` where nobody signs in so
 */
export function parseOidc(
  value: (name: (typeof oidcVariables)[number]) => string | undefined,
  isServerUrl: (text: string) => boolean,
  problems: string[],
): OidcConfig | undefined {
  const [issuer, clientId, clientSecret, claim] = oidcVariables.map(value);
  if (issuer === undefined) {
    const stray = oidcVariables.find((name) => value(name) !== undefined);
    if (stray !== undefined)
      problems.push(`${stray} is set, but MULBERRY_OIDC_ISSUER does not name the provider`);
    return undefined;
  }
  if (!isServerUrl(issuer))
    problems.push(
      `MULBERRY_OIDC_ISSUER must be an https: URL (or http: on loopback) without query, not ${JSON.stringify(issuer)}`,
    );
  if (clientId === undefined)
    problems.push("MULBERRY_OIDC_ISSUER is set, but MULBERRY_OIDC_CLIENT_ID does not say who asks");
  return { issuer, clientId: clientId ?? "", clientSecret, claim: claim ?? "email" };
}
