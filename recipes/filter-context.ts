import type { Digest } from "./sampling.ts";

/** The names under which a filter reaches attributes. `env` and `normandy` are the same thing. */
export const namespaces = ["env", "normandy", "ctx"] as const;
export type Namespace = (typeof namespaces)[number];

/** One preference as a filter sees it. */
export interface PreferenceFact {
  readonly exists: boolean;
  /** The person, or a study on the user branch, has set it. */
  readonly userSet: boolean;
  /** The value in effect; `undefined` when there is none. */
  readonly value: unknown;
}

/** What one evaluation asks of the world. Values must be plain data: functions in them are never called. */
export interface FilterContext {
  /** The value of `env.<name>`, `normandy.<name>` or `ctx.<name>`: now, or a promise of it. Unknown names give `undefined`. */
  attribute(namespace: Namespace, name: string): unknown;
  /** All of a namespace as one object, where that exists; asked only by filters that use the bare name. */
  whole?(namespace: Namespace): unknown;
  /** What the preference holds: now, or a promise of it. */
  preference(name: string): PreferenceFact | PromiseLike<PreferenceFact>;
  readonly digest: Digest;
  /** Resolves after `ms` milliseconds: the limit of an attribute that answers later. */
  readonly delay: (ms: number) => Promise<void>;
}

/** How long an attribute or preference may take to answer, as in Firefox, in milliseconds. */
export const attributeLimitMs = 5_000;

export function isNamespace(name: string): name is Namespace {
  return name === "env" || name === "normandy" || name === "ctx";
}
