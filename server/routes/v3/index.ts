import type { GuardedRoute } from "../route.ts";
import { aboutResources } from "./about.ts";
import { approvalResources } from "./approval-requests.ts";
import { openApi } from "./open-api.ts";
import type { AuthoringParts } from "./parts.ts";
import { recipeResources } from "./recipes.ts";
import { type Resource, toRoutes } from "./resource.ts";

/**
 * The authoring API in Normandy's shapes, version 3: everything about it, who may ask and its own
 * description, is read off one table.
 *
 * @param version - of the package
 */
export function authoringRoutes(parts: AuthoringParts, version: string): readonly GuardedRoute[] {
  const resources: readonly Resource[] = [
    ...recipeResources(parts),
    ...approvalResources(parts),
    ...aboutResources(parts),
  ];
  const description: Resource = {
    path: "/api/v3/openapi.json",
    operations: {
      GET: {
        access: "everyone",
        doc: "This description.",
        answer: (context) => context.json(openApi([...resources, description], version)),
      },
    },
  };
  return toRoutes([...resources, description]);
}
