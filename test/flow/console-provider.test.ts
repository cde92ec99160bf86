import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Api, openApiServer } from "#kit/api.ts";
import { openIdentityProviderHere, type ProviderHere, type Told } from "#kit/identity-provider.ts";
import { openWindow, type Shown, type Window } from "#kit/window.ts";

const begin = "/console/sign-in/provider/";

let provider: ProviderHere;
let api: Api;
beforeAll(async () => {
  provider = await openIdentityProviderHere("console");
  api = await openApiServer({
    MULBERRY_OIDC_ISSUER: provider.url,
    MULBERRY_OIDC_CLIENT_ID: "console",
  });
  const admin = await api.office.admit("ada", "admin");
  await api.office.done(admin, "user", "add", "cleo@mulberry.example", "--role", "approver");
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});
const cleo = { email: "Cleo@mulberry.example", email_verified: true };
beforeEach(() => {
  provider.tell({ claims: cleo });
});

describe("signing in by an identity provider", () => {
  test("leads there and back, to where one wanted to go, as who one is there", async () => {
    const window = openWindow(api.server.url);
    expect((await window.get("/console/sign-in/?next=/console/audit/")).html).toContain(
      `href="${begin}?next=%2Fconsole%2Faudit%2F"`,
    );
    const shown = await there(window, `${begin}?next=%2Fconsole%2Faudit%2F`);
    expect(shown.html).toContain("0; url=/console/audit/");
    const page = await window.get("/console/audit/");
    expect(page.html).toContain("<span>cleo@mulberry.example</span>");
    expect(page.html).toContain("identity provider");
  });

  test.each<{ what: string; told: Told; says: RegExp }>([
    {
      what: "somebody who was never let in",
      told: { claims: { ...cleo, email: "eve@mulberry.example" } },
      says: /nobody here is called eve@/u,
    },
    {
      what: "an address that is not verified",
      told: { claims: { ...cleo, email_verified: false } },
      says: /has not verified/u,
    },
    {
      what: "an address of which it does not say so",
      told: { claims: { email: cleo.email } },
      says: /has not verified/u,
    },
    { what: "somebody without an address", told: { claims: {} }, says: /says nothing of email/u },
    {
      what: "what another key has signed",
      told: { claims: cleo, isForged: true },
      says: /does not vouch/u,
    },
    {
      what: "an answer to another question",
      told: { claims: cleo, nonce: "other" },
      says: /does not vouch/u,
    },
    {
      what: "what was meant for another client",
      told: { claims: cleo, audience: "other" },
      says: /does not vouch/u,
    },
    {
      what: "another provider's word",
      told: { claims: cleo, issuer: "http://127.0.0.1:9" },
      says: /does not vouch/u,
    },
    { what: "what is over", told: { claims: cleo, expiresIn: "-5m" }, says: /does not vouch/u },
  ])("takes no $what", async ({ told, says }) => {
    provider.tell(told);
    const window = openWindow(api.server.url);
    const shown = await there(window, begin);
    expect(shown.status).toBeGreaterThanOrEqual(400);
    expect(shown.html).toMatch(says);
    expect((await window.get("/console/")).status).toBe(303);
  });

  test("takes each answer once, and only in the browser that asked", async () => {
    const window = openWindow(api.server.url);
    const back = await backFrom(window, begin);
    const stranger = openWindow(api.server.url);
    expect((await stranger.get(back)).html).toContain("this browser has begun no sign-in");
    expect((await window.get(back)).html).toContain("0; url=/console/");
    expect((await window.get(back)).html).toContain("this browser has begun no sign-in");
  });

  test("takes no answer with another state", async () => {
    const window = openWindow(api.server.url);
    const back = await backFrom(window, begin);
    expect((await window.get(back.replace(/state=[^&]+/u, "state=x"))).status).toBe(401);
  });

  test("says so where the provider refuses, or cannot be reached", async () => {
    const window = openWindow(api.server.url);
    const back = await backFrom(window, begin);
    const state = /state=[^&]+/u.exec(back)?.[0] ?? "";
    const refused = await window.get(`${begin}back/?error=access_denied&${state}`);
    expect(refused.html).toContain("(access_denied)");

    await using lonely = await openApiServer({
      MULBERRY_OIDC_ISSUER: "http://127.0.0.1:9",
      MULBERRY_OIDC_CLIENT_ID: "console",
    });
    expect((await openWindow(lonely.server.url).get(begin)).status).toBe(401);
  });

  test("is offered nowhere where no provider is named", async () => {
    await using other = await openApiServer();
    const window = openWindow(other.server.url);
    expect((await window.get("/console/sign-in/")).html).not.toContain(begin);
    expect((await window.get(begin)).status).toBe(404);
  });
});

/** Goes to the provider, which signs one in at once. @returns the address that it leads back to */
async function backFrom(window: Window, path: string): Promise<string> {
  const { location } = await window.get(path);
  const answer = await fetch(location ?? "", { redirect: "manual" });
  return (answer.headers.get("location") ?? "").replace(api.server.url, "");
}

async function there(window: Window, path: string): Promise<Shown> {
  return window.get(await backFrom(window, path));
}
