import { type GuardedRoute, openTo, type Pages } from "../routes/route.ts";
import { auditRoutes } from "./audit-page.ts";
import { assetRoutes } from "./assets.ts";
import { openPageGuard } from "./guard.ts";
import type { ConsoleParts } from "./parts.ts";
import { editRoutes } from "./edit-recipe.ts";
import { listRoutes } from "./recipe-list.ts";
import { recipeRoutes } from "./recipe-page.ts";
import { openPageRefusal } from "./refuse.ts";
import { reviewRoutes } from "./review.ts";
import { signInRoutes } from "./sign-in.ts";

/** The pages for people who write, review and stop recipes. */
export function consoleRoutes(parts: ConsoleParts): readonly GuardedRoute[] {
  return [
    ...openTo("everyone", [
      { path: "/", handlers: { GET: (context) => context.redirect("/console/", 303) } },
      ...assetRoutes,
    ]),
    ...signInRoutes(parts),
    // Before the page of one recipe: its id may be anything to it.
    ...editRoutes(parts),
    ...openTo("read", [...listRoutes(parts), ...recipeRoutes(parts), ...auditRoutes(parts)]),
    ...reviewRoutes(parts),
  ];
}

/** How those pages are guarded, and how they say no. */
export function consolePages(parts: Pick<ConsoleParts, "store" | "now" | "serverUrl">): Pages {
  return {
    covers: (path) => path.startsWith("/console/"),
    guard: openPageGuard(parts),
    refuse: openPageRefusal(parts),
  };
}
