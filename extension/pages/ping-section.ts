import { button, code, element, icon, type Piece } from "./dom.ts";
import { histogramCard } from "./histogram-card.ts";
import { entriesIn } from "./ping-search.ts";
import type { Row, Section, SectionName } from "./ping-sections.ts";
import type { WordKey, Words } from "./words.ts";

const titles = {
  general: "section_general",
  histograms: "section_histograms",
  keyed_histograms: "section_keyed_histograms",
  scalars: "section_scalars",
  keyed_scalars: "section_keyed_scalars",
  events: "section_events",
  log: "section_log",
  environment: "section_environment",
  raw: "section_raw",
} as const satisfies Readonly<Record<SectionName, WordKey>>;

/** Where a part of a ping folds open. */
export const foldId = (name: SectionName): string => `section-${name}`;

/**
 * One part of a ping, folded up.
 *
 * @param onCopy - a person wants that text elsewhere
 */
export function sectionPiece(
  section: Section,
  words: Words,
  onCopy: (text: string) => void,
): Piece {
  const { name } = section;
  const count = entriesIn(section);
  return {
    key: name,
    shows: section,
    build: () =>
      element(
        "li",
        {},
        element(
          "details",
          { class: "card section fold", id: foldId(name) },
          element(
            "summary",
            {},
            element(
              "h3",
              {},
              words(titles[name]),
              count === undefined ? undefined : element("span", { class: "count" }, ` ${count}`),
            ),
            element("span", { class: "turn" }, icon("turn")),
          ),
          element("div", { class: "body" }, ...bodyOf(section, words, onCopy)),
        ),
      ),
  };
}

function bodyOf(
  section: Section,
  words: Words,
  onCopy: (text: string) => void,
): readonly HTMLElement[] {
  if (entriesIn(section) === 0) return [element("p", {}, words("section_empty"))];
  switch (section.form) {
    case "table":
      return [rowsTable(section.columns, section.rows, words(titles[section.name]), words)];
    case "histograms":
      return section.histograms.map((one) => histogramCard(one, words));
    case "letter":
      return [
        button({ id: "copy-raw", class: "button" }, words("copy_button"), () => {
          onCopy(section.text);
        }),
        // What overflows is scrolled, and a keyboard must reach what it is to scroll.
        element(
          "pre",
          { tabindex: "0", role: "region", "aria-label": words(titles[section.name]), dir: "ltr" },
          section.text,
        ),
      ];
  }
}

function rowsTable(
  columns: readonly WordKey[],
  rows: readonly Row[],
  title: string,
  words: Words,
): HTMLElement {
  const heads = columns.map((column) => words(column));
  return element(
    "table",
    { class: columns.length === 2 ? "rows pairs" : "rows", "aria-label": title },
    element(
      "thead",
      {},
      element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head))),
    ),
    element(
      "tbody",
      {},
      ...rows.map(({ cells: [first = "", ...cells], doc }) =>
        element(
          "tr",
          {},
          element(
            "th",
            { scope: "row" },
            code(first),
            doc === undefined ? undefined : element("span", { class: "doc", lang: "en" }, doc),
          ),
          ...cells.map((cell, index) =>
            element("td", { "data-head": heads[index + 1] ?? "" }, cell === "" ? "" : code(cell)),
          ),
        ),
      ),
    ),
  );
}
