import type { InspectedRecipe, Inspection } from "#core/inspect.ts";
import { button, code, element, icon, idOf, said } from "./dom.ts";
import { filterTree, flipList } from "./filter-tree.ts";
import { planList } from "./plan-list.ts";
import type { WordKey, Words } from "./words.ts";

export interface RecipeContext {
  readonly words: Words;
  /** The branch that QA has said for this slug. */
  readonly forced: string | undefined;
  /** @param branch - `null`: chance decides again */
  readonly onForce: (slug: string, branch: string | null) => void;
}

const suitabilities = {
  "signature-error": { tone: "bad", key: "suitability_signature_error" },
  "download-error": { tone: "bad", key: "suitability_download_error" },
  "capabilities-mismatch": { tone: "none", key: "suitability_capabilities_mismatch" },
  "arguments-invalid": { tone: "bad", key: "suitability_arguments_invalid" },
  "filter-error": { tone: "bad", key: "suitability_filter_error" },
  "filter-mismatch": { tone: "none", key: "suitability_filter_mismatch" },
  "filter-match": { tone: "good", key: "suitability_filter_match" },
  "unknown-action": { tone: "bad", key: "suitability_unknown_action" },
} as const satisfies Readonly<
  Record<
    InspectedRecipe["suitability"],
    { readonly tone: "good" | "bad" | "none"; readonly key: WordKey }
  >
>;

/** One recipe: how it stands to this browser, why, and what would be done about it. */
export function recipeCard(recipe: InspectedRecipe, context: RecipeContext): HTMLElement {
  const { words } = context;
  const { tone } = suitabilities[recipe.suitability];
  return element(
    "li",
    {},
    element(
      "details",
      { class: "card recipe fold", id: idOf("recipe", String(recipe.id)) },
      element(
        "summary",
        {},
        element(
          "span",
          { class: "recipe-title" },
          element(
            "span",
            { class: "kind" },
            words("recipe_kind", recipe.action, String(recipe.id)),
          ),
          element("span", { class: "recipe-name", dir: "auto" }, recipe.name ?? recipe.slug),
        ),
        element(
          "span",
          { class: `badge ${tone}` },
          icon(tone === "none" ? "no" : tone),
          recipe.suitability,
        ),
        element("span", { class: "turn" }, icon("turn")),
      ),
      element(
        "div",
        { class: "body" },
        facts(recipe, words),
        section(words("filter_title"), filter(recipe, words)),
        section(
          words(
            recipe.suitability === "filter-match" ? "flips_title_mismatch" : "flips_title_match",
          ),
          flipList(recipe, words),
        ),
        section(
          words("plan_title"),
          ...planList(recipe.plan, idOf("plan", String(recipe.id)), words),
        ),
        section(words("branch_title"), force(recipe, context)),
      ),
    ),
  );
}

/** What would end because the manifest does not list it. */
export function endCard(end: Inspection["ends"][number], words: Words): HTMLElement {
  return element(
    "li",
    {},
    element(
      "details",
      { class: "card recipe fold", id: idOf("end", end.key) },
      element(
        "summary",
        {},
        element(
          "span",
          { class: "recipe-title" },
          element("span", { class: "kind" }, end.key),
          element("span", { class: "recipe-name", dir: "auto" }, end.name),
        ),
        element("span", { class: "turn" }, icon("turn")),
      ),
      element(
        "div",
        { class: "body" },
        section(words("plan_title"), ...planList(end.plan, idOf("end-plan", end.key), words)),
      ),
    ),
  );
}

function section(
  title: string,
  ...shown: readonly (HTMLElement | undefined)[]
): HTMLElement | undefined {
  return shown.some((one) => one !== undefined)
    ? element("section", {}, element("h3", {}, title), ...shown)
    : undefined;
}

function facts(recipe: InspectedRecipe, words: Words): HTMLElement {
  const { status, reason } = recipe;
  return element(
    "div",
    {},
    element("p", {}, words(suitabilities[recipe.suitability].key)),
    element(
      "p",
      { class: "aside-note" },
      ...(reason === undefined
        ? said(words, "would_report", code(recipe.slug), code(status))
        : said(words, "would_report_reason", code(recipe.slug), code(status), code(reason))),
    ),
  );
}

function filter({ filter: text, parts }: InspectedRecipe, words: Words): HTMLElement | undefined {
  if (text === undefined) return undefined;
  return text === "" ? element("p", {}, words("filter_empty")) : filterTree(parts, words);
}

function force(recipe: InspectedRecipe, context: RecipeContext): HTMLElement | undefined {
  const { slug, branches, branch } = recipe;
  const { words, forced, onForce } = context;
  if (branches.length === 0) return undefined;
  const id = idOf("branch", String(recipe.id));
  const select = element(
    "select",
    { id },
    option("", words("branch_by_chance"), forced === undefined),
    ...branches.map((one) => option(one, one, one === forced)),
  );
  return element(
    "div",
    {},
    element("p", {}, branch === undefined ? words("branch_none") : words("branch_is", branch)),
    element(
      "div",
      { class: "force" },
      element("label", { for: id }, words("branch_label")),
      select,
      button(
        { id: idOf("force", String(recipe.id)), class: "button" },
        words("branch_button"),
        () => {
          onForce(slug, select.value === "" ? null : select.value);
        },
      ),
    ),
  );
}

function option(value: string, text: string, isSelected: boolean): HTMLOptionElement {
  return element("option", { value, selected: isSelected }, text);
}
