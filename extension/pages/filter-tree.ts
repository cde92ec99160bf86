import type { InspectedPart, InspectedRecipe } from "#core/inspect.ts";
import { code, element, icon, said } from "./dom.ts";
import type { Words } from "./words.ts";

/** A filter as a tree: each part with what it came to, the whole first. */
export function filterTree(
  parts: readonly InspectedPart[],
  words: Words,
): HTMLUListElement | undefined {
  const [first] = parts;
  return first === undefined ? undefined : branches(parts, first.depth, "tree", words);
}

/** The parts of one depth as a list, each with those that it is made of below it. */
function branches(
  parts: readonly InspectedPart[],
  depth: number,
  className: string | undefined,
  words: Words,
): HTMLUListElement {
  const starts = parts.flatMap((part, index) => (part.depth === depth ? [index] : []));
  return element(
    "ul",
    { class: className },
    ...starts.map((start, index) => {
      const [part, ...below] = parts.slice(start, starts[index + 1]);
      return element(
        "li",
        {},
        part === undefined ? undefined : line(part, words),
        below.length === 0 ? undefined : branches(below, depth + 1, undefined, words),
      );
    }),
  );
}

function line({ text, value, isTrue, error }: InspectedPart, words: Words): HTMLElement {
  if (error !== undefined)
    return element(
      "div",
      { class: "part broken" },
      icon("bad"),
      code(text),
      element("span", { class: "broken-text" }, words("part_failed", error)),
    );
  if (value === undefined)
    return element(
      "div",
      { class: "part" },
      icon("none"),
      code(text),
      element("span", { class: "aside-note" }, words("part_skipped")),
    );
  return element(
    "div",
    { class: isTrue === true ? "part yes" : "part no" },
    icon(isTrue === true ? "good" : "no"),
    code(text),
    element("span", { class: "aside-note" }, words("part_is")),
    element("code", { class: "value" }, value),
  );
}

/** What would turn the filter's answer round, a set a line. */
export function flipList(
  { flips, suitability }: Pick<InspectedRecipe, "flips" | "suitability">,
  words: Words,
): HTMLElement | undefined {
  if (
    suitability !== "filter-match" &&
    suitability !== "filter-mismatch" &&
    suitability !== "filter-error"
  )
    return undefined;
  if (flips.length === 0) return element("p", {}, words("flips_none"));
  const list = element(
    "ul",
    { class: "flips" },
    ...flips.map((set) =>
      element(
        "li",
        {},
        ...set.flatMap(({ text, to }, index) => [
          index === 0 ? "" : words("flips_and"),
          ...said(words, to ? "flip_true" : "flip_false", code(text)),
        ]),
      ),
    ),
  );
  return flips.length === 1
    ? list
    : element("div", {}, element("p", { class: "aside-note" }, words("flips_any")), list);
}
