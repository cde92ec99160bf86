import type { Access, GuardedRoute, Handler, Method } from "../route.ts";

/** What one method of a path does. */
export interface Operation {
  readonly access: Access;
  /** One sentence, for whoever reads the description of the API. */
  readonly doc: string;
  /** Name of the shape of the request's body, in the description. */
  readonly body?: "RecipeWrite" | "Verdict";
  readonly answer: Handler;
}

/** A path of the authoring API: what it does, who may ask, and how it is described. */
export interface Resource {
  readonly path: string;
  readonly operations: { readonly [M in Method]?: Operation };
}

/** The same as routes of the app. */
export function toRoutes(resources: readonly Resource[]): readonly GuardedRoute[] {
  return resources.map(({ path, operations }) => {
    const pick = <T>(of: (operation: Operation) => T): { readonly [M in Method]?: T } =>
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [method, of(operation)]),
      );
    return { path, handlers: pick(({ answer }) => answer), access: pick(({ access }) => access) };
  });
}
