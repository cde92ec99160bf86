import { html } from "hono/html";
import { isMatch, outcomeText } from "../preview/outcome.ts";
import type { Preview, Why } from "../preview/preview.ts";
import type { Markup } from "./layout.ts";

/** What a recipe would do, before it is live. */
export function previewBody({ warnings, radius }: Preview): Markup {
  const { browsers, clients, assumed, recipes } = radius;
  return html`<section class="card wide" id="preview">
    <h2>What it would do</h2>
    <p>
      ${
        browsers === "pings"
          ? `Over the ${String(clients)} browsers that sent pings in the last 28 days`
          : `Over ${String(clients)} made-up browsers, for none has sent a ping of late`
      },
      each first with the live recipes and then with these.
    </p>
    ${
      assumed.length === 0
        ? ""
        : html`<p class="soft">
            Made up, for no ping tells it: ${assumed.map((name) => html`<code>${name}</code> `)}
          </p>`
    }
    <table>
      <thead>
        <tr>
          ${[
            "Recipe",
            "Set",
            "Match",
            "Enrol",
            "Change",
            "Leave",
            "Refused",
            "Afterwards in it",
          ].map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${recipes.map(
          (one) =>
            html`<tr>
              <th scope="row">${one.slug}</th>
              <td>${one.standing}</td>
              ${[one.matches, one.enrol, one.change, one.unenrol].map(
                (count) => html`<td>${String(count)}</td>`,
              )}
              <td>${[String(one.refused), ...counts(one.reasons)].join(", ")}</td>
              <td>${[String(one.enrolled), ...counts(one.branches)].join(", ")}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${
      warnings.length === 0
        ? ""
        : html`<h3>What looks like a mistake</h3>
            <ul class="remarks">
              ${warnings.map(
                ({ message, code }) =>
                  html`<li class="warning">${message} <code>${code}</code></li>`,
              )}
            </ul>`
    }
  </section>`;
}

/** What is said of one browser; a refusal where nothing is known of it. */
export type WhyShown = Why | { readonly clientId: string; readonly refusal: string };

/** Why a browser would match, or not: every part of the filter, with what it comes to there. */
export function whyBody(why: WhyShown): Markup {
  if ("refusal" in why) return html`<p class="note bad" role="alert">${why.refusal}</p>`;
  const { inspected } = why;
  if (inspected === undefined) return html`<p role="status">Every browser matches.</p>`;
  const { parts, flips } = inspected;
  return html`<p role="status">This browser ${isMatch(parts) ? "matches" : "does not match"}.</p>
    <table class="why">
      <thead>
        <tr>
          <th scope="col">Part of the filter</th>
          <th scope="col">Comes to</th>
        </tr>
      </thead>
      <tbody>
        ${parts.map(
          ({ text, depth, outcome }) =>
            html`<tr>
              <th scope="row">${"\u00a0\u00a0".repeat(depth)}<code>${text}</code></th>
              <td>${outcomeText(outcome)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${flips.map(
      (flip) =>
        html`<p>
          Otherwise with ${flip.map(({ text, to }) => html`<code>${text}</code> ${String(to)} `)}
        </p>`,
    )}`;
}

function counts(table: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(table).map(([name, count]) => `${name} ${String(count)}`);
}
