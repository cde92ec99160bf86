import { html } from "hono/html";
import { type Glance, glances, outlookOf } from "../authoring/glance.ts";
import type { Route } from "../routes/route.ts";
import { aboutServer } from "./about.ts";
import { chips } from "./chips.ts";
import { type Markup, showPage } from "./layout.ts";
import { addressOf, found, type ListQuery, listQueryIn, views } from "./list-query.ts";
import type { ConsoleParts } from "./parts.ts";
import { newPath, recipePath } from "./paths.ts";
import { visitorOf } from "./visitor.ts";
import { moment, whoDid } from "./words.ts";

/** What there is, and what is to be done about it. */
export function listRoutes(parts: ConsoleParts): readonly Route[] {
  const { store, now } = parts;
  return [
    {
      path: "/console/",
      handlers: {
        GET: async (context) => {
          const visitor = await visitorOf(parts, context);
          const query = listQueryIn(context);
          const list = found(await glances(store), query);
          const body = html`${choices(query, list.counts)}
          ${list.shown.length === 0 ? nothing(query) : table(list.shown, now())}
          ${pager(query, list.pages)} ${await aboutServer(parts)}`;
          return showPage(context, visitor, {
            title: "Recipes",
            place: "/console/",
            scripts: ["list-keys.js"],
            ...(visitor.scopes.includes("write") && {
              tools: html`<a class="button" href="${newPath}">New recipe</a>`,
            }),
            body,
          });
        },
      },
    },
  ];
}

function choices(query: ListQuery, counts: Readonly<Record<string, number>>): Markup {
  const links = Object.entries(views).map(([name, view]) => {
    const address = addressOf({ ...query, view: name as ListQuery["view"], page: 1 });
    const mark = name === query.view ? html`aria-current="true"` : "";
    return html`<li>
      <a href="${address}" ${mark}>${view.name} <span class="count">${counts[name] ?? 0}</span></a>
    </li>`;
  });
  return html`<form class="search row" role="search" action="/console/">
      ${query.view === "all" ? "" : html`<input type="hidden" name="view" value="${query.view}" />`}
      <label for="q">Search</label>
      <input
        id="q"
        name="q"
        type="search"
        value="${query.search}"
        placeholder="Name, slug, preference, filter …"
        aria-keyshortcuts="/"
      />
      <button class="quiet">Search</button>
    </form>
    <nav aria-label="States">
      <ul class="tabs">
        ${links}
      </ul>
    </nav>`;
}

function nothing({ search, view }: ListQuery): Markup {
  const sentence =
    search !== ""
      ? html`No recipe here holds all of <strong>${search}</strong>.`
      : view === "all"
        ? "No recipe has been written yet."
        : "No recipe is in this state.";
  return html`<p class="card">${sentence}</p>`;
}

function table(shown: readonly Glance[], nowMs: number): Markup {
  return html`<div class="card wide">
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Recipe</th>
          <th scope="col">Action</th>
          <th scope="col">State</th>
          <th scope="col">Newest revision</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map((glance) => row(glance, nowMs))}
      </tbody>
    </table>
  </div>`;
}

function row(glance: Glance, nowMs: number): Markup {
  const { recipe, newest, live } = glance;
  return html`<tr>
    <th scope="row">
      <a href="${recipePath(recipe.id)}">${newest.name === "" ? recipe.slug : newest.name}</a>
      <small>${recipe.id} · ${recipe.slug}</small>
    </th>
    <td><code>${newest.action}</code></td>
    <td>${chips(glance, outlookOf(live ?? newest), nowMs)}</td>
    <td>${moment(newest.createdMs)} <small>by ${whoDid(newest.author)}</small></td>
  </tr>`;
}

function pager(query: ListQuery, pages: number): Markup {
  if (pages === 1) return html``;
  const step = (page: number, name: string): Markup =>
    page < 1 || page > pages
      ? html``
      : html`<a class="button quiet" href="${addressOf({ ...query, page })}">${name}</a>`;
  return html`<nav class="row" aria-label="Pages of the list">
    ${step(query.page - 1, "Back")}
    <span>Page ${query.page} of ${pages}</span>
    ${step(query.page + 1, "Further")}
  </nav>`;
}
