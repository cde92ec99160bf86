import { ServerError } from "../errors.ts";
import { sha256 } from "../publish/hash.ts";
import type {
  PeopleReader,
  Role,
  Scope,
  StoredPerson,
  StoredToken,
} from "../store/ports-people.ts";
import { type Actor, admit, type By, identify } from "./access.ts";
import type { Register } from "./approvals.ts";
import { record } from "./record.ts";
import { allowed, roles } from "./roles.ts";

/** Longest life of a token, in days. */
export const maxTokenDays = 90;
const dayMs = 86_400_000;

/** One spelling for each name: nobody is to be taken for somebody else. */
const nameForm = /^[a-z0-9](?:[a-z0-9._@-]{0,62}[a-z0-9])?$/u;

/**
 * Lets somebody in.
 *
 * @throws ServerError `people/malformed-name`, `people/exists`, `access/*`
 */
export function addPerson(
  { store, now }: Register,
  by: By,
  { name, role }: Pick<StoredPerson, "name" | "role">,
): Promise<StoredPerson> {
  if (!nameForm.test(name))
    throw new ServerError(
      "people/malformed-name",
      "a name has 1 to 64 lower-case letters, digits, dots, hyphens, underscores and @, with a letter or digit at both ends",
      { at: "/name" },
    );
  return store.transaction(async (writer) => {
    const atMs = now();
    const { name: who } = await admit(writer, by, "people", atMs);
    if ((await writer.person(name)) !== undefined)
      throw new ServerError("people/exists", `${name} is here already, or was once`, {
        at: "/name",
      });
    const person = { name, role, createdMs: atMs, disabledMs: null };
    const id = await writer.addPerson(person);
    await record(writer, { who, what: "person.added", atMs, subject: name, comment: role });
    return { id, ...person };
  });
}

/**
 * Gives somebody another role. Their tokens let them do no more than that role from then on.
 *
 * @throws ServerError `people/not-found`, `access/*`
 */
export function changeRole(
  { store, now }: Register,
  by: By,
  name: string,
  role: Role,
): Promise<void> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const { name: who } = await admit(writer, by, "people", atMs);
    await personOf(writer, name);
    await writer.setRole(name, role);
    await record(writer, { who, what: "person.role-changed", atMs, subject: name, comment: role });
  });
}

/**
 * Shuts somebody out for good. What they did stays theirs.
 *
 * @throws ServerError `people/not-found`, `access/*`
 */
export function disablePerson({ store, now }: Register, by: By, name: string): Promise<void> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const { name: who } = await admit(writer, by, "people", atMs);
    await personOf(writer, name);
    await writer.disablePerson(name, atMs);
    await record(writer, { who, what: "person.disabled", atMs, subject: name });
  });
}

/** What a new token is to be. */
export interface TokenWish {
  /** Whose; `undefined` is whoever asks. */
  readonly person: string | undefined;
  /** `undefined`: all that the person's role lets them do. */
  readonly scopes: readonly Scope[] | undefined;
  /** How long it is good, at most {@link maxTokenDays}. */
  readonly days: number;
  /** Its text, which is kept nowhere. */
  readonly text: string;
}

/**
 * Hands out a token: to anybody, by who lets people in; to oneself, for no more than one may do by
 * the token that asks.
 *
 * @throws ServerError `people/not-found`, `token/too-long`, `token/no-scope`, `access/*`
 */
export function addToken({ store, now }: Register, by: By, wish: TokenWish): Promise<StoredToken> {
  if (!(wish.days > 0 && wish.days <= maxTokenDays))
    throw new ServerError("token/too-long", `a token lives ${String(maxTokenDays)} days at most`);
  return store.transaction(async (writer) => {
    const atMs = now();
    const actor = await identify(writer, by, atMs);
    const name = wish.person ?? actor.name;
    if (name === null) throw new ServerError("people/not-found", "say whose token it is to be");
    if (name !== actor.name) await admit(writer, by, "people", atMs);
    const person = await personOf(writer, name);
    const able = name === actor.name ? actor.scopes : roles[person.role];
    const scopes = allowed(person.role, wish.scopes ?? able);
    const excess = (wish.scopes ?? []).filter((scope) => !able.some((one) => one === scope));
    if (excess.length > 0 || scopes.length === 0)
      throw new ServerError(
        "token/no-scope",
        `a token for ${name} (${person.role}) can let them ${able.join(", ")}, and not ${excess.join(", ")}`,
      );
    const token = {
      person: name,
      sha256: sha256(wish.text),
      scopes,
      createdMs: atMs,
      expiresMs: atMs + wish.days * dayMs,
      revokedMs: null,
    };
    const id = await writer.addToken(token);
    await note(writer, actor, { what: "token.added", atMs, token: { id, person: name } });
    return { id, ...token };
  });
}

/**
 * Takes a token back: anybody's, by who lets people in, or one of one's own.
 *
 * @throws ServerError `token/not-found`, `access/*`
 */
export function revokeToken({ store, now }: Register, by: By, id: number): Promise<StoredToken> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const actor = await identify(writer, by, atMs);
    const token = (await writer.tokens()).find((one) => one.id === id);
    if (token === undefined || token.person !== actor.name) await admit(writer, by, "people", atMs);
    if (token?.revokedMs !== null)
      throw new ServerError("token/not-found", `no token ${String(id)} is in use`);
    await writer.revokeToken(id, atMs);
    await note(writer, actor, { what: "token.revoked", atMs, token });
    return { ...token, revokedMs: atMs };
  });
}

function note(
  writer: Parameters<typeof record>[0],
  { name: who }: Actor,
  {
    what,
    atMs,
    token: { id, person },
  }: {
    readonly what: "token.added" | "token.revoked";
    readonly atMs: number;
    readonly token: Pick<StoredToken, "id" | "person">;
  },
): Promise<void> {
  return record(writer, { who, what, atMs, subject: person, comment: `token ${String(id)}` });
}

async function personOf(reader: PeopleReader, name: string): Promise<StoredPerson> {
  const person = await reader.person(name);
  if (person?.disabledMs === null) return person;
  throw new ServerError("people/not-found", `nobody here is called ${name}`);
}
