// What the store of record keeps of people, of their tokens, of approval and of who did what. Part of
// the same port as recipes: what somebody may do is asked in the transaction that does it.

export type Role = "viewer" | "author" | "approver" | "admin";

/** What a token lets its bearer do, where the bearer's role does so too. */
export type Scope = "read" | "write" | "stop" | "approve" | "people";

/** Somebody who may be asked who did it. Never forgotten, so that a name means one person for ever. */
export interface StoredPerson {
  readonly id: number;
  readonly name: string;
  readonly role: Role;
  readonly createdMs: number;
  /** From when on they may do nothing; `null` while they may. */
  readonly disabledMs: number | null;
}

/** What a bearer shows instead of a name. Only its hash is here. */
export interface StoredToken {
  readonly id: number;
  /** The name of the person who bears it. */
  readonly person: string;
  /** SHA-256 of the token's text, base64url. */
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  readonly createdMs: number;
  /** From when on it is worth nothing. */
  readonly expiresMs: number;
  readonly revokedMs: number | null;
}

/** A browser in which somebody signed in. Only the hash of what the browser shows is here. */
export interface StoredSession {
  /** SHA-256 of the text in the browser's cookie, base64url. */
  readonly sha256: string;
  /** The name of the person who signed in. */
  readonly person: string;
  /** The token that it was opened with, and that it ends with; `null` where it was none. */
  readonly token: number | null;
  readonly createdMs: number;
  /** When it was last used, to the minute. */
  readonly seenMs: number;
}

/** `void`: the recipe was edited or stopped before anybody had decided. */
export type RequestState = "pending" | "approved" | "rejected" | "withdrawn" | "void";

/** Somebody asks that one revision goes live. */
export interface StoredRequest {
  readonly id: number;
  readonly recipeId: number;
  /** Number of the revision. */
  readonly revision: number;
  /** Of that revision's body: what is approved is these bytes. */
  readonly sha256: string;
  readonly requester: string;
  readonly createdMs: number;
  readonly state: RequestState;
  /** Who ended it; `null` while it is pending, or where nobody with a name did. */
  readonly decider: string | null;
  readonly comment: string;
  readonly decidedMs: number | null;
}

/** How a request ends. */
export type Decision = Pick<StoredRequest, "decider" | "comment"> & {
  readonly state: Exclude<RequestState, "pending">;
  readonly decidedMs: number;
};

export type AuditEvent =
  | "person.added"
  | "person.role-changed"
  | "person.disabled"
  | "token.added"
  | "token.revoked"
  | "session.opened"
  | "revision.added"
  | "approval.requested"
  | "approval.approved"
  | "approval.rejected"
  | "approval.withdrawn"
  | "approval.void"
  | "recipe.live"
  | "recipe.disabled"
  | "kill.added"
  | "kill.lifted"
  | "store.restored";

/** Who did what, and when. */
export interface StoredAudit {
  /** Counts from 1, in the order in which it happened. */
  readonly seq: number;
  readonly atMs: number;
  /** A person's name; `null` for whoever holds the data folder. */
  readonly who: string | null;
  readonly what: AuditEvent;
  readonly recipeId: number | null;
  /** Of the revision that it was done to. */
  readonly sha256: string | null;
  /** What it was done to, where that is no recipe: a person, a token, what was stopped. */
  readonly subject: string;
  readonly comment: string;
}

export interface PeopleReader {
  /** Everybody, in the order in which they came. */
  people(): Promise<readonly StoredPerson[]>;
  person(name: string): Promise<StoredPerson | undefined>;
  /** Every token, oldest first. */
  tokens(): Promise<readonly StoredToken[]>;
  /** The token with this hash (base64url). */
  token(sha256: string): Promise<StoredToken | undefined>;
  /** The session with this hash (base64url); what has ended is not there. */
  session(sha256: string): Promise<StoredSession | undefined>;
  /** Every approval request, oldest first. */
  requests(): Promise<readonly StoredRequest[]>;
  request(id: number): Promise<StoredRequest | undefined>;
  /** The request of a recipe that waits for an answer: there is one at most. */
  pendingRequest(recipeId: number): Promise<StoredRequest | undefined>;
  /** What was done, oldest first: all of it, or to one recipe. */
  audit(recipeId?: number): Promise<readonly StoredAudit[]>;
  /** The newest entry of a kind. */
  latestAudit(what: AuditEvent): Promise<StoredAudit | undefined>;
}

export interface PeopleWriter extends PeopleReader {
  /** Rejects when the name is taken. @returns the new person's id */
  addPerson(person: Omit<StoredPerson, "id">): Promise<number>;
  setRole(name: string, role: Role): Promise<void>;
  disablePerson(name: string, atMs: number): Promise<void>;
  /** @returns the new token's id */
  addToken(token: Omit<StoredToken, "id">): Promise<number>;
  revokeToken(id: number, atMs: number): Promise<void>;
  /** Rejects when the hash is taken. */
  addSession(session: StoredSession): Promise<void>;
  /** Notes when a session was used last; does nothing where it has ended. */
  seeSession(sha256: string, atMs: number): Promise<void>;
  /** Does nothing where it has ended. */
  endSession(sha256: string): Promise<void>;
  /** Ends every session that was opened, or last used, before a moment. */
  endSessionsBefore(moment: { readonly createdMs: number; readonly seenMs: number }): Promise<void>;
  /** Rejects when one of the recipe's is pending. @returns the new request's id */
  addRequest(
    request: Pick<StoredRequest, "recipeId" | "revision" | "sha256" | "requester" | "createdMs">,
  ): Promise<number>;
  /**
   * Ends a request that is pending; what has ended is never changed. Rejects where the one who asked
   * is the one who approves.
   *
   * @returns whether it was pending
   */
  closeRequest(id: number, decision: Decision): Promise<boolean>;
  /** Nothing of it can be changed or taken back. */
  addAudit(entry: Omit<StoredAudit, "seq">): Promise<void>;
}
