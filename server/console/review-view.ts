import { html } from "hono/html";
import { approvalRefusal } from "../authoring/approval-rules.ts";
import type { Glance } from "../authoring/glance.ts";
import type { StoredRevision } from "../store/ports.ts";
import { differencesView } from "./differences-view.ts";
import { formToken, type Markup } from "./layout.ts";
import { recipePath } from "./paths.ts";
import type { Visitor } from "./visitor.ts";
import { moment, sentence } from "./words.ts";

/** What waits for an answer: what it changes, and the answers that this person may give. */
export function reviewCard(
  { recipe, waits, newest, live }: Glance,
  visitor: Visitor,
  comment: string,
): Markup {
  if (waits === undefined) return html``;
  const hidden = html`${formToken(visitor)}
    <input type="hidden" name="request" value="${waits.id}" />
    <input type="hidden" name="sha256" value="${waits.sha256}" />`;
  return html`<section class="card asks">
    <h2>Waits for review</h2>
    <p>
      ${waits.requester} asked on ${moment(waits.createdMs)} that revision ${waits.revision} goes
      live.
      ${
        live === undefined
          ? "Nothing of this recipe is live now: all that it says below is new."
          : "Of what is live it changes:"
      }
    </p>
    ${live === undefined ? "" : differencesView(live, newest)}
    ${answers({ recipe, waits, newest }, visitor, hidden, comment)}
    ${
      visitor.scopes.includes("write")
        ? html`<form method="post" action="${recipePath(recipe.id)}withdraw/">
            ${hidden}
            <button class="quiet">Withdraw the request</button>
          </form>`
        : ""
    }
  </section>`;
}

function answers(
  {
    recipe,
    waits,
    newest,
  }: Pick<Glance, "recipe" | "newest"> & {
    readonly waits: NonNullable<Glance["waits"]>;
  },
  { name, scopes }: Visitor,
  hidden: Markup,
  comment: string,
): Markup {
  if (!scopes.includes("approve"))
    return html`<p class="soft">Somebody with the role approver has to look at it.</p>`;
  const refusal = approvalRefusal({ request: waits, recipe, revision: newest }, name);
  const path = recipePath(recipe.id);
  return html`<form method="post" action="${path}reject/">
    ${hidden}
    <p>
      <label for="comment">What you say to it</label>
      <textarea id="comment" name="comment" rows="3">${comment}</textarea>
    </p>
    <p class="soft">
      ${refusal === undefined ? "A rejection needs a reason." : sentence(refusal.message)}
    </p>
    <p class="row">
      ${
        refusal === undefined
          ? html`<button formaction="${path}approve/">Approve: it goes live</button>`
          : ""
      }
      <button class="quiet">Reject</button>
    </p>
  </form>`;
}

/** What this person may start or stop. */
export function actionsCard(glance: Glance, visitor: Visitor): Markup {
  const { recipe, state, waits, newest, isKilled } = glance;
  const path = recipePath(recipe.id);
  const canAsk = visitor.scopes.includes("write") && waits === undefined;
  const ask =
    canAsk && recipe.live !== recipe.latest
      ? html`<form method="post" action="${path}request/">
          ${formToken(visitor)}
          <input type="hidden" name="revision" value="${newest.number}" />
          <button>${state === "stopped" ? "Ask that it starts again" : "Ask for approval"}</button>
          <small>Revision ${newest.number} goes live once somebody else has approved it.</small>
        </form>`
      : "";
  const stop = visitor.scopes.includes("stop")
    ? html`${state === "live" ? button(path, visitor, disabling) : ""}
      ${button(path, visitor, isKilled ? lifting : killing)}`
    : "";
  return html`<section class="card">
    <h2>Start and stop</h2>
    ${ask} ${stop} ${ask === "" && stop === "" ? html`<p>You may look at this recipe.</p>` : ""}
  </section>`;
}

interface Stop {
  readonly deed: string;
  readonly name: string;
  readonly doc: string;
}

const disabling: Stop = {
  deed: "disable",
  name: "Disable",
  doc: "Browsers leave it at their next run; what a rollout set stays until it is rolled back. What waits for review is void.",
};
const killing: Stop = {
  deed: "kill",
  name: "Kill",
  doc: "Every browser drops it at its next run, rollouts too, and nothing with its id or slug begins until the kill is lifted.",
};
const lifting: Stop = {
  deed: "lift",
  name: "Lift the kill",
  doc: "Rollouts come back where they match; a study that was ended stays over in its browsers.",
};

/** A step that is opened before it is taken: nobody stops a recipe by a slip of the hand. */
function button(path: string, visitor: Visitor, { deed, name, doc }: Stop): Markup {
  return html`<details>
    <summary>${name} …</summary>
    <form method="post" action="${path}${deed}/">
      ${formToken(visitor)}
      <p>${doc}</p>
      <p><button class="${deed === "lift" ? "quiet" : "danger"}">${name}</button></p>
    </form>
  </details>`;
}

/** What somebody else is told of a revision that is not the newest. */
export function revisionHeading(
  revision: StoredRevision,
  against: StoredRevision | undefined,
): Markup {
  return html`<section class="card">
    <h2>What it changes of ${against === undefined ? "nothing" : `revision ${against.number}`}</h2>
    ${differencesView(against, revision)}
  </section>`;
}
