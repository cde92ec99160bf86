import { afterAll, beforeAll, test, vi } from "vitest";
import { type Attempt, expectRefused, openScene, type Scene } from "#kit/alone.ts";
import { sha256 } from "#server/publish/hash.ts";

// What one person alone may try on a production server with their role, with tokens, and without one.

const day = 86_400_000;
let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const ownWork = "approval/own-work";
const notAllowed = "access/not-allowed";
const noName = "access/token-missing";
const refused = "access/token-refused";

const attempts: readonly Attempt[] = [
  {
    what: "approves as an author",
    code: notAllowed,
    attempt: async ({ ask, approve }) => approve("ines", await ask("otto")),
  },
  {
    what: "approves as a viewer",
    code: notAllowed,
    attempt: async ({ ask, approve }) => approve("vera", await ask("ines")),
  },
  {
    what: "approves as an admin",
    code: notAllowed,
    attempt: async ({ ask, approve }) => approve("ada", await ask("ines")),
  },
  {
    what: "writes as an admin",
    code: notAllowed,
    attempt: async ({ edit, publish }) => (await edit(), publish("ada")),
  },
  {
    what: "writes as a viewer",
    code: notAllowed,
    attempt: async ({ edit, publish }) => (await edit(), publish("vera")),
  },
  {
    what: "asks as an admin",
    code: notAllowed,
    attempt: async ({ write, request }) => (await write("ines"), request("ada")),
  },
  {
    what: "approves without a token",
    code: noName,
    attempt: async ({ ask, approve }) => approve("nobody", await ask("ines")),
  },
  {
    what: "writes without a token",
    code: noName,
    attempt: async ({ edit, publish }) => (await edit(), publish("nobody")),
  },
  {
    what: "asks without a token",
    code: noName,
    attempt: async ({ write, request }) => (await write("otto"), request("nobody")),
  },
  {
    what: "lets in an accomplice without a token",
    code: noName,
    attempt: ({ as }) => as("nobody", "user", "add", "eve", "--role", "approver"),
  },
  {
    what: "lets in an accomplice as an approver",
    code: notAllowed,
    attempt: ({ as }) => as("otto", "user", "add", "eve", "--role", "approver"),
  },
  {
    what: "makes themselves an admin",
    code: notAllowed,
    attempt: ({ as }) => as("otto", "user", "role", "otto", "admin"),
  },
  {
    what: "makes a token of somebody else's",
    code: notAllowed,
    attempt: ({ as }) => as("otto", "token", "add", "ines"),
  },
  {
    what: "makes a token of somebody else's without one",
    code: noName,
    attempt: ({ as }) => as("nobody", "token", "add", "otto"),
  },
  {
    what: "takes the admin's token back, to be asked for none",
    code: notAllowed,
    attempt: ({ as }) => as("otto", "token", "revoke", "1"),
  },
  {
    what: "makes a token that may more",
    code: "token/no-scope",
    attempt: ({ as }) => as("otto", "token", "add", "--scopes", "approve,people"),
  },
  {
    what: "makes a token that may more than the one that asks",
    code: "token/no-scope",
    attempt: async ({ office, newToken }) => {
      const narrow = await newToken("otto", "--scopes", "read");
      return office.run(narrow, "token", "add", "--scopes", "read,approve");
    },
  },
  {
    what: "approves by another token of the one who wrote it",
    code: ownWork,
    attempt: async ({ ask, approveBy, newToken }) =>
      approveBy(await newToken("otto"), await ask("otto")),
  },
  {
    what: "approves by a token that is for reading",
    code: notAllowed,
    attempt: async ({ ask, approveBy, newToken }) =>
      approveBy(await newToken("otto", "--scopes", "read,write"), await ask("ines")),
  },
  {
    what: "approves by a token that was taken back",
    code: refused,
    attempt: async ({ ask, approveBy, newToken, as }) => {
      const token = await newToken("otto", "--json");
      const { id, token: text } = JSON.parse(token) as { readonly id: number; token: string };
      await as("otto", "token", "revoke", String(id));
      return approveBy(text, await ask("ines"));
    },
  },
  {
    what: "approves by a token that is over",
    code: refused,
    attempt: async ({ ask, approveBy, newToken }) => {
      const token = await newToken("otto", "--days", "1");
      vi.setSystemTime(Date.now() + day);
      return approveBy(token, await ask("ines"));
    },
  },
  {
    what: "approves by the token of somebody who was shut out",
    code: refused,
    attempt: async ({ office, ask, approveBy, as }) => {
      const token = await office.admit("olga", "approver");
      await as("ada", "user", "disable", "olga");
      return approveBy(token, await ask("ines"));
    },
  },
  {
    what: "approves as somebody who is an approver no longer",
    code: notAllowed,
    attempt: async ({ office, ask, approveBy, as }) => {
      const token = await office.admit("oleg", "approver");
      await as("ada", "user", "role", "oleg", "viewer");
      return approveBy(token, await ask("ines"));
    },
  },
  ...[
    { what: "a token that was made up", token: (_otto: string) => `mulberry_${"A".repeat(43)}` },
    {
      what: "the hash of a token for a token",
      token: (otto: string) => `mulberry_${sha256(otto)}`,
    },
    { what: "a token with its end cut off", token: (otto: string) => otto.slice(0, -1) },
    { what: "a token with something behind it", token: (otto: string) => `${otto}A` },
    { what: "a token in capitals", token: (otto: string) => otto.toUpperCase() },
  ].map(({ what, token }) => ({
    what: `approves by ${what}`,
    code: refused,
    attempt: async ({ ask, approveBy, tokens }: Scene) =>
      approveBy(token(tokens.otto ?? ""), await ask("ines")),
  })),
];

test.each(attempts)("one person alone who $what takes nothing live", (attempt) =>
  expectRefused(scene, attempt),
);
