import type { ActionName, ArgumentsOf } from "./arguments.ts";

/** What one recipe says, after parsing: the action's canonical name, its arguments with defaults filled in. */
export interface RecipeOf<N extends ActionName> {
  /** A positive safe integer, unique in a server. */
  readonly id: number;
  /** The name that events carry: the study's, rollout's or survey's own slug, else `recipe-<id>`. */
  readonly slug: string;
  /**
   * For the people who write recipes. A browser shows it in one case only: a study in the legacy
   * form of one preference has no description of its own.
   */
  readonly name: string;
  /** Normandy's: an integer as a string. */
  readonly revision_id: string;
  readonly action: N;
  readonly arguments: ArgumentsOf<N>;
  /** Jexl; `""` matches every client. */
  readonly filter_expression: string;
  /** What a client must be able to do to run this recipe, sorted; inferred when it is published. */
  readonly capabilities: readonly string[];
}

/** A recipe of any action; `recipe.action` tells which. */
export type Recipe = { [N in ActionName]: RecipeOf<N> }[ActionName];

/** The part of a recipe that its action reads. */
export type Instruction = {
  [N in ActionName]: { readonly action: N; readonly arguments: ArgumentsOf<N> };
}[ActionName];

/** What an experimenter writes in a file: a recipe before a server gave it its identity. */
export interface DraftOf<N extends ActionName> extends Omit<
  RecipeOf<N>,
  "id" | "slug" | "revision_id"
> {
  readonly id?: number;
  /** Absent where only the id will tell: a rollback or a message without a slug of its own. */
  readonly slug?: string;
  readonly revision_id?: string;
}

/** A draft of any action; `draft.action` tells which. */
export type Draft = { [N in ActionName]: DraftOf<N> }[ActionName];

/**
 * The part of a body that can be read whatever its action says: present once the body is a JSON
 * object with the identity its manifest entry promises. `arguments` is still unknown.
 */
export interface RecipeEnvelope {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly revision_id: string;
  /** As the body spells it: may be one of Normandy's names, or one that we do not know. */
  readonly action: string;
  readonly arguments: unknown;
  readonly filter_expression: string;
  readonly capabilities: readonly string[];
}

declare const verified: unique symbol;
/** A value whose bytes a signature covers. Only `extension/core/trust.ts` makes one. */
export type Verified<T> = T & { readonly [verified]: true };
