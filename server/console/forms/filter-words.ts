import { attributes, targeting } from "#recipes/attributes.ts";
import { transformDocs } from "#recipes/transform-docs.ts";

/** Something that a filter can be made of. */
export interface FilterWord {
  /** As it is written. */
  readonly word: string;
  readonly doc: string;
}

/** Every attribute and transform that a browser knows, for who writes a filter. */
export const filterWords: readonly FilterWord[] = [
  ...Object.entries(attributes).map(([name, { doc }]) => ({ word: `env.${name}`, doc })),
  ...Object.entries(targeting).map(([name, { doc }]) => ({ word: `ctx.${name}`, doc })),
  ...Object.entries(transformDocs).map(([name, { doc }]) => ({ word: `|${name}`, doc })),
];
