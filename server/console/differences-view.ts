import { html } from "hono/html";
import { differencesOf } from "../authoring/differences.ts";
import { saidIn } from "../authoring/said.ts";
import type { StoredRevision } from "../store/ports.ts";
import type { Markup } from "./layout.ts";
import { written } from "./words.ts";

/** What one revision changes of another, place by place. @param before - `undefined`: all of it is new */
export function differencesView(before: StoredRevision | undefined, after: StoredRevision): Markup {
  const differences = differencesOf(saidIn(before), saidIn(after));
  if (differences.length === 0) return html`<p>They say the same.</p>`;
  return html`<div class="wide">
    <table class="differences">
      <thead>
        <tr>
          <th scope="col">Where</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        ${differences.map(
          ({ at, before: was, after: is }) =>
            html`<tr>
              <th scope="row"><code>${at === "" ? "/" : at}</code></th>
              <td>${was === undefined ? "" : html`<del>${written(was)}</del>`}</td>
              <td>${is === undefined ? "" : html`<ins>${written(is)}</ins>`}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
