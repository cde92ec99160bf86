import { ServerError } from "../errors.ts";
import { sha256 } from "../publish/hash.ts";
import type { PeopleReader, Scope, StoredPerson, StoredToken } from "../store/ports-people.ts";
import { allowed, allowedWithoutToken, roles } from "./roles.ts";
import { isOver } from "./session-life.ts";

/**
 * Who wants something done: the bearer of a token, whoever signed in in a browser, or whoever holds
 * the data folder.
 */
export type By = { readonly tokenSha256: string } | { readonly sessionSha256: string } | "operator";

/** Who does it, once that is known. */
export interface Actor {
  /** A person's name; `null` for whoever holds the data folder. */
  readonly name: string | null;
  readonly scopes: readonly Scope[];
}

/** A token's text begins with this, so that one that got into a log or a repository can be found there. */
const tokenPrefix = "mulberry_";
const tokenForm = /^mulberry_[A-Za-z0-9_-]{43}$/u;

/**
 * The text of a new token.
 *
 * @param random - 32 bytes that nobody can guess
 */
export function tokenText(random: Uint8Array): string {
  return tokenPrefix + Buffer.from(random).toString("base64url");
}

/**
 * The bearer of a token.
 *
 * @throws ServerError `access/token-refused` for a text that is none
 */
export function bearerOf(text: string): By {
  if (!tokenForm.test(text)) throw refused("this is no token of Mulberry's");
  return { tokenSha256: sha256(text) };
}

/**
 * Finds out who acts and whether they may. Asked in the transaction that does what they want, so that
 * nobody acts on rights that were taken from them a moment before.
 *
 * @throws ServerError `access/token-missing`, `access/token-refused`, `access/session-over`,
 *   `access/not-allowed`
 */
export async function admit(
  reader: PeopleReader,
  by: By,
  scope: Scope,
  nowMs: number,
): Promise<Actor> {
  const actor = await identify(reader, by, nowMs);
  if (actor.scopes.includes(scope)) return actor;
  if (actor.name === null)
    throw new ServerError(
      "access/token-missing",
      `this needs somebody with a name: put a token whose bearer may ${scope} into MULBERRY_TOKEN`,
    );
  const able = Object.entries(roles).flatMap(([role, may]) =>
    (may as readonly Scope[]).includes(scope) ? [role] : [],
  );
  const takes =
    typeof by === "object" && "sessionSha256" in by
      ? `signed in like this, ${actor.name} may not ${scope}; it takes somebody`
      : `this token does not let ${actor.name} ${scope}; it takes a token with the scope ${scope} of somebody`;
  throw new ServerError("access/not-allowed", `${takes} with the role ${able.join(" or ")}`);
}

/**
 * Finds out who acts and what they may do.
 *
 * @throws ServerError `access/token-refused`, `access/session-over`
 */
export async function identify(reader: PeopleReader, by: By, nowMs: number): Promise<Actor> {
  if (by === "operator") {
    const [people, tokens] = [await reader.people(), await reader.tokens()];
    return {
      name: null,
      scopes: allowedWithoutToken({
        hasPeople: people.length > 0,
        hasAdmin: hasAdmin(people, tokens, nowMs),
      }),
    };
  }
  if ("sessionSha256" in by) return bearerOfSession(reader, by.sessionSha256, nowMs);
  return bearerOfToken(reader, await reader.token(by.tokenSha256), nowMs);
}

async function bearerOfToken(
  reader: PeopleReader,
  token: StoredToken | undefined,
  nowMs: number,
): Promise<Actor> {
  if (token === undefined) throw refused("nobody was given this token");
  if (token.revokedMs !== null) throw refused("this token was taken back");
  if (nowMs >= token.expiresMs)
    throw refused(`this token was good until ${new Date(token.expiresMs).toISOString()}`);
  const person = await reader.person(token.person);
  if (person?.disabledMs !== null) throw refused(`${token.person} was disabled`);
  return { name: person.name, scopes: allowed(person.role, token.scopes) };
}

/** A session lets its person do what their role does, and where a token opened it, what that does. */
async function bearerOfSession(
  reader: PeopleReader,
  sha256: string,
  nowMs: number,
): Promise<Actor> {
  const session = await reader.session(sha256);
  if (session === undefined || isOver(session, nowMs)) throw sessionOver("sign in again");
  if (session.token === null) {
    const person = await reader.person(session.person);
    if (person?.disabledMs !== null) throw sessionOver(`${session.person} was disabled`);
    return { name: person.name, scopes: roles[person.role] };
  }
  try {
    const token = (await reader.tokens()).find(({ id }) => id === session.token);
    return await bearerOfToken(reader, token, nowMs);
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== "access/token-refused") throw error;
    throw sessionOver(error.message);
  }
}

function hasAdmin(
  people: readonly StoredPerson[],
  tokens: readonly StoredToken[],
  nowMs: number,
): boolean {
  return tokens.some((token) => {
    const person = people.find(({ name }) => name === token.person);
    return (
      person?.disabledMs === null &&
      token.revokedMs === null &&
      nowMs < token.expiresMs &&
      allowed(person.role, token.scopes).includes("people")
    );
  });
}

function sessionOver(why: string): ServerError {
  return new ServerError("access/session-over", `this session is over: ${why}`);
}

function refused(message: string): ServerError {
  return new ServerError("access/token-refused", message);
}
