import { actionNames } from "#recipes/arguments.ts";
import { identify } from "../../authoring/access.ts";
import { bearerIn } from "../guard.ts";
import { pageOf } from "./page.ts";
import { type AuthoringParts, fresh } from "./parts.ts";
import type { Resource } from "./resource.ts";
import { describeAction, describePerson } from "./shapes.ts";

/** What the API says of itself, of people, and of what they did. */
export function aboutResources(parts: AuthoringParts): readonly Resource[] {
  const { store, now, serverUrl } = parts;
  return [
    {
      path: "/api/v3/service_info/",
      operations: {
        GET: {
          access: "read",
          doc: "Who you are, what you may do, and that nobody approves alone.",
          answer: async (context) => {
            const { name, scopes } = await identify(store, bearerIn(context), now());
            const user = describePerson(await store.person(name ?? ""));
            const answer = { user, scopes, peer_approval_enforced: true, github_url: "" };
            return context.json(answer, 200, fresh);
          },
        },
      },
    },
    {
      path: "/api/v3/action/",
      operations: {
        GET: {
          access: "read",
          doc: "Every action that a recipe can have.",
          answer: (context) => context.json(actionNames.map(describeAction), 200, fresh),
        },
      },
    },
    {
      path: "/api/v3/user/",
      operations: {
        GET: {
          access: "read",
          doc: "Everybody who was ever let in.",
          answer: async (context) => {
            const people = (await store.people()).map((person) => ({
              ...describePerson(person),
              role: person.role,
              is_active: person.disabledMs === null,
            }));
            return context.json(people, 200, fresh);
          },
        },
      },
    },
    {
      path: "/api/v3/audit/",
      operations: {
        GET: {
          access: "read",
          doc: "Who did what, newest first.",
          answer: async (context) => {
            const entries = (await store.audit()).toReversed();
            const page = await pageOf(context, entries, {
              serverUrl: serverUrl(),
              describe: async ({ atMs, recipeId, ...entry }) => ({
                ...entry,
                at: new Date(atMs).toISOString(),
                recipe_id: recipeId,
              }),
            });
            return context.json(page, 200, fresh);
          },
        },
      },
    },
  ];
}
