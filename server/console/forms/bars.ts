import { html } from "hono/html";
import { RecipeError } from "#recipes/errors.ts";
import { partsOf, type Sample, samplesIn } from "../../authoring/samples.ts";
import { memberOf } from "#recipes/members.ts";
import { percent } from "../words.ts";

type Html = ReturnType<typeof html>;

const width = 600;
const height = 20;

/** One piece of a bar, from 0 to 1, and how dark it is drawn. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly opacity: number;
}

/** The branches of a study as one bar, each as long as its share; nothing where no ratio can be read. */
export function branchBar(branches: unknown): Html | undefined {
  const named = (Array.isArray(branches) ? (branches as readonly unknown[]) : []).map((branch) => {
    const ratio = memberOf(branch, "ratio");
    const slug = memberOf(branch, "slug");
    return {
      name: typeof slug === "string" && slug !== "" ? slug : "(no name)",
      ratio: typeof ratio === "number" && ratio > 0 ? ratio : 0,
    };
  });
  const total = named.reduce((sum, { ratio }) => sum + ratio, 0);
  if (total === 0) return undefined;
  let from = 0;
  const pieces = named.map(({ ratio }, index): Piece => {
    const to = from + ratio / total;
    const piece = { from, to, opacity: 0.25 + 0.6 * (index / named.length) };
    from = to;
    return piece;
  });
  const words = named.map(({ name, ratio }) => `${name} ${percent(ratio / total)}`).join(", ");
  return bar(pieces, words);
}

/** Each sample of a filter as a bar of all browsers; none where the filter cannot be read. */
export function sampleBars(filter: string): readonly Html[] {
  if (filter.trim() === "") return [];
  let samples: readonly Sample[];
  try {
    samples = samplesIn(filter);
  } catch (error) {
    // The filter's own field says what is wrong with it.
    if (error instanceof RecipeError) return [];
    throw error;
  }
  return samples.map((sample) => {
    const pieces = partsOf(sample).map(([from, to]): Piece => ({ from, to, opacity: 0.6 }));
    return bar(pieces, `${percent(sample.share)} of all browsers, by ${sample.inputs}`);
  });
}

function bar(pieces: readonly Piece[], words: string): Html {
  return html`<figure class="bar">
    <svg viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${words}">
      <rect
        width="${String(width)}"
        height="${String(height)}"
        fill="currentColor"
        fill-opacity="0.08"
      />
      ${pieces.map(
        ({ from, to, opacity }) =>
          html`<rect
            x="${(from * width).toFixed(1)}"
            width="${((to - from) * width).toFixed(1)}"
            height="${String(height)}"
            fill="currentColor"
            fill-opacity="${opacity.toFixed(2)}"
          />`,
      )}
    </svg>
    <figcaption>${words}</figcaption>
  </figure>`;
}
