import { ServerError } from "../errors.ts";
import { sha256 } from "../publish/hash.ts";
import type { StoredPerson } from "../store/ports-people.ts";
import { type Actor, bearerOf, type By, identify } from "./access.ts";
import type { Register } from "./approvals.ts";
import { record } from "./record.ts";
import { sessionLife } from "./session-life.ts";

/** A session's bearer, as {@link bearerOf} is a token's. */
export function sessionBy(text: string): By {
  return { sessionSha256: sha256(text) };
}

/** What a new session is to be. */
interface SessionWish {
  /** Its text, which is kept nowhere: 32 bytes that nobody can guess, base64url. */
  readonly text: string;
  /** Text of the session that the browser had before, which ends with this. */
  readonly replaces: string | undefined;
}

/**
 * Signs the bearer of a token in: what they may do there is what the token lets them, as long as it
 * is good.
 *
 * @throws ServerError `access/token-refused`
 */
export function signInByToken(
  { store, now }: Register,
  tokenText: string,
  wish: SessionWish,
): Promise<Actor> {
  const by = bearerOf(tokenText);
  return store.transaction(async (writer) => {
    const atMs = now();
    const actor = await identify(writer, by, atMs);
    const token = await writer.token(sha256(tokenText));
    if (actor.name === null || token === undefined)
      throw new ServerError("access/token-refused", "nobody was given this token");
    await open(writer, { person: actor.name, token: token.id, atMs, ...wish });
    return actor;
  });
}

/**
 * Signs somebody in whom something else has vouched for.
 *
 * @param how - what did, for whoever reads the history
 * @throws ServerError `people/not-found`
 */
export function signIn(
  { store, now }: Register,
  name: string,
  { how, ...wish }: SessionWish & { readonly how: string },
): Promise<StoredPerson> {
  return store.transaction(async (writer) => {
    const atMs = now();
    const person = await writer.person(name);
    if (person?.disabledMs !== null)
      throw new ServerError(
        "people/not-found",
        `nobody here is called ${name}: an admin lets people in with "mulberry user add"`,
      );
    await open(writer, { person: name, token: null, atMs, how, ...wish });
    return person;
  });
}

/** Notes that a session is used, once a minute at most. */
export async function noteUse({ store, now }: Register, text: string): Promise<void> {
  const hash = sha256(text);
  const session = await store.session(hash);
  if (session === undefined || now() - session.seenMs < sessionLife.noteMs) return;
  await store.transaction((writer) => writer.seeSession(hash, now()));
}

/** Signs out; does nothing where nobody is signed in. */
export function signOut({ store }: Register, text: string): Promise<void> {
  return store.transaction((writer) => writer.endSession(sha256(text)));
}

/** A browser gets a session of its own with every sign-in, so that nobody can hand it one beforehand. */
async function open(
  writer: Parameters<typeof record>[0],
  wish: SessionWish & {
    readonly person: string;
    readonly token: number | null;
    readonly atMs: number;
    readonly how?: string;
  },
): Promise<void> {
  const { person, token, atMs, how = `token ${String(token)}` } = wish;
  if (wish.replaces !== undefined) await writer.endSession(sha256(wish.replaces));
  await writer.endSessionsBefore({
    createdMs: atMs - sessionLife.wholeMs,
    seenMs: atMs - sessionLife.idleMs,
  });
  await writer.addSession({
    sha256: sha256(wish.text),
    person,
    token,
    createdMs: atMs,
    seenMs: atMs,
  });
  await record(writer, {
    who: person,
    what: "session.opened",
    atMs,
    subject: person,
    comment: how,
  });
}
