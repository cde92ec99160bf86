import type { Role, Scope } from "../store/ports-people.ts";

/**
 * What each role may do. Whoever lets people in lets nothing out: an admin neither writes nor
 * approves, so that one account alone never holds both ends.
 */
export const roles = {
  viewer: ["read"],
  author: ["read", "write", "stop"],
  approver: ["read", "write", "stop", "approve"],
  admin: ["read", "stop", "people"],
} as const satisfies { readonly [R in Role]: readonly Scope[] };

/** What each scope is about, for the people who hand out tokens. */
export const scopes = {
  read: "look at recipes, requests, people and what was done",
  write: "write revisions, ask for approval, withdraw a request",
  stop: "take a recipe away from clients",
  approve: "approve or reject what somebody else wrote and asked for",
  people: "let people in, change roles, hand out tokens and take them back",
} as const satisfies { readonly [S in Scope]: string };

/** Whether a text names a role. */
export function isRole(text: string): text is Role {
  return Object.hasOwn(roles, text);
}

/** Whether a text names a scope. */
export function isScope(text: string): text is Scope {
  return Object.hasOwn(scopes, text);
}

/** What a person may do by a token: what the role and the token both let them. */
export function allowed(role: Role, granted: readonly Scope[]): readonly Scope[] {
  return roles[role].filter((scope) => granted.includes(scope));
}

/** What decides what may be done without a token, by whoever holds the data folder. */
export interface Household {
  /** Whether anybody was ever let in. */
  readonly hasPeople: boolean;
  /** Whether an admin holds a token that is in force. */
  readonly hasAdmin: boolean;
}

/**
 * What may be done without a token on the server's own machine. To look and to stop, always; to
 * write, until there are people who can be asked who wrote; to let people in, while no admin could.
 * Nothing goes live by it.
 */
export function allowedWithoutToken({ hasPeople, hasAdmin }: Household): readonly Scope[] {
  return [
    "read",
    "stop",
    ...(hasPeople ? [] : (["write"] as const)),
    ...(hasAdmin ? [] : (["people"] as const)),
  ];
}
