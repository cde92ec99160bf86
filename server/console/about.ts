import { html } from "hono/html";
import { sendFailuresPage } from "./send-failures-page.ts";
import type { Markup } from "./layout.ts";
import type { ConsoleParts } from "./parts.ts";

/** What is signed here, and where to look further. */
export async function aboutServer({
  store,
  env,
}: Pick<ConsoleParts, "store" | "env">): Promise<Markup> {
  const publication = await store.latestPublication();
  const signed =
    publication === undefined
      ? "Nothing has been published."
      : `Manifest ${publication.ep}.${publication.n}, signed ${new Date(publication.createdMs).toISOString()}.`;
  const forDevelopers =
    env === "development"
      ? html`<a href="/api/v1/events/">Events received</a>
          <a href="${sendFailuresPage}">Pings that could not be sent</a>`
      : "";
  return html`<footer class="row soft">
    <span>${signed}</span>
    <a href="/v2/bundle.json">Signed bundle</a>
    <a href="/__heartbeat__">Health</a>
    ${forDevelopers}
  </footer>`;
}
