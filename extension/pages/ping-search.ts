import type { HistogramView } from "./histogram-view.ts";
import type { Section } from "./ping-sections.ts";

/** What is left of a ping where every word that is searched for must be found. */
export interface Found {
  readonly sections: readonly Section[];
  /** Rows and histograms in it. */
  readonly hits: number;
}

/**
 * Searches a ping: a row or a histogram is found by its names, values and what it means. All of it to
 * the letter is not searched: what stands there stands above it.
 *
 * @param query - words in any order and case; empty finds everything
 */
export function search(sections: readonly Section[], query: string): Found {
  const words = query
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  const has = (texts: readonly (string | undefined)[]): boolean => {
    const text = texts.join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const found = sections.map((section): Section => {
    switch (section.form) {
      case "table":
        return { ...section, rows: section.rows.filter(({ cells, doc }) => has([...cells, doc])) };
      case "histograms":
        return { ...section, histograms: section.histograms.filter((one) => has(textsOf(one))) };
      case "letter":
        return section;
    }
  });
  const hits = found.reduce((sum, section) => sum + (entriesIn(section) ?? 0), 0);
  const isAll = words.length === 0;
  return { sections: found.filter((one) => isAll || (entriesIn(one) ?? 0) > 0), hits };
}

/** How many rows or histograms a part has; `undefined` for what has neither. */
export function entriesIn(section: Section): number | undefined {
  switch (section.form) {
    case "table":
      return section.rows.length;
    case "histograms":
      return section.histograms.length;
    case "letter":
      return undefined;
  }
}

function textsOf({ name, key, doc, bars }: HistogramView): readonly (string | undefined)[] {
  return [name, key, doc, ...bars.map((bar) => ("label" in bar ? bar.label : ""))];
}
