import { code, element } from "./dom.ts";
import type { Bar, HistogramView } from "./histogram-view.ts";
import { counted, type Words } from "./words.ts";

/** A histogram, drawn: a table whose rows are bars, so that whoever does not see them reads the same. */
export function histogramCard(histogram: HistogramView, words: Words): HTMLElement {
  const { name, key, doc, isCount, bars } = histogram;
  return element(
    "section",
    { class: "histogram" },
    element("h4", {}, code(name), ...(key === undefined ? [] : [" · ", code(key)])),
    doc === undefined ? undefined : element("p", { class: "doc", lang: "en" }, doc),
    element("p", { class: "aside-note" }, summaryOf(histogram, words)),
    isCount || bars.length === 0
      ? undefined
      : barsTable(bars, key === undefined ? name : `${name} · ${key}`, words),
  );
}

function summaryOf({ samples, sum, isCount }: HistogramView, words: Words): string {
  const number = new Intl.NumberFormat(words("language"), { maximumFractionDigits: 1 });
  if (isCount) return words("histogram_count", number.format(sum));
  const mean = samples === 0 ? 0 : sum / samples;
  return counted(words, "histogram_samples", samples, number.format(mean), number.format(sum));
}

function barsTable(bars: readonly Bar[], title: string, words: Words): HTMLElement {
  const heads = (["column_bucket", "column_samples", "column_share"] as const).map((key) =>
    element("th", { scope: "col" }, words(key)),
  );
  return element(
    "table",
    { class: "bars", "aria-label": title },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...bars.map((bar) => barRow(bar, words))),
  );
}

function barRow(bar: Bar, words: Words): HTMLElement {
  if ("empty" in bar)
    return element(
      "tr",
      { class: "gap" },
      element("td", { colspan: "3" }, counted(words, "histogram_gap", bar.empty)),
    );
  const language = words("language");
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, bar.label),
    element("td", {}, new Intl.NumberFormat(language).format(bar.count)),
    element(
      "td",
      {},
      element("div", { class: "drawn" }, drawn(bar.height), percent.format(bar.share)),
    ),
  );
}

/** @param height - 0 to 1; what is not empty is to be seen */
function drawn(height: number): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("class", "bar");
  picture.setAttribute("aria-hidden", "true");
  const bar = document.createElementNS(space, "rect");
  bar.setAttribute("width", height === 0 ? "0" : `${Math.max(1, height * 100)}%`);
  bar.setAttribute("height", "100%");
  bar.setAttribute("rx", "3");
  picture.append(bar);
  return picture;
}
