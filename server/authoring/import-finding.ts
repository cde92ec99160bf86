import type { RecipeError } from "#recipes/errors.ts";

/** Codes of what an import could not carry over; beside them stand those of recipes and filters. */
export type ImportCode =
  | "import/bucket-unit"
  | "import/clock"
  | "import/dropped"
  | "import/extension-id"
  | "import/firefox-labs"
  | "import/newer-revision"
  | "import/no-feature"
  | "import/no-value"
  | "import/other-application"
  | "import/other-branches"
  | "import/other-endings"
  | "import/paused-rollout"
  | "import/unknown-feature"
  | "import/unknown-form"
  | "import/unknown-name"
  | "import/user-branch";

/** One thing that is not as it was: where in the source, and what it comes to. */
export interface ImportNote {
  readonly code: ImportCode;
  /** JSON Pointer into the item that was imported. */
  readonly at: string;
  readonly message: string;
}

/** Thrown where an item cannot be carried over without meaning something else. */
export class ImportRefusal extends Error {
  override readonly name = "ImportRefusal";
  readonly code: ImportCode | RecipeError["code"];
  readonly at: string;

  constructor(code: ImportRefusal["code"], message: string, at: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

/** What an item comes to: a recipe file's content, and what is not as it was. */
export interface Imported {
  readonly content: object;
  readonly notes: readonly ImportNote[];
  /** From a pointer into the content to one into the item. */
  readonly placeOf: (at: string) => string;
}

/** The ids that add-ons have here, by the ids that they have in the source. */
export type ExtensionIds = ReadonlyMap<string, number>;
