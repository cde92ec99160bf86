import { isGiven } from "./attributes.ts";
import { compileFilter } from "./filter.ts";

/**
 * What a client must be able to do to judge a filter, under Normandy's names, sorted:
 * `jexl.transform.<name>`, `jexl.context.env`, `jexl.context.env.<name>` and the same with
 * `normandy`. `ctx`, `env.recipe` and operators have no capability in Normandy. A name that no
 * client has is named all the same: then no client runs the recipe, instead of each reading
 * `undefined`. The empty filter matches every client and needs nothing.
 *
 * @throws RecipeError when the filter is refused (`filter/syntax`, `filter/too-large`, …)
 */
export function capabilitiesOfFilter(expression: string): readonly string[] {
  if (expression === "") return [];
  const { namespaces, attributes, transforms } = compileFilter(expression).uses;
  return [
    ...transforms.map((name) => `jexl.transform.${name}`),
    ...namespaces.filter((name) => name !== "ctx").map((name) => `jexl.context.${name}`),
    ...attributes
      .filter(({ namespace, name }) => namespace !== "ctx" && !isGiven(name))
      .map(({ namespace, name }) => `jexl.context.${namespace}.${name}`),
  ].sort();
}
