import { Cells, cellsOf } from "./cells.ts";
import { type Histogram, merge, restoredFrom, snapshotOf } from "./histogram.ts";
import type { MeasuresSnapshot } from "./measures.ts";
import type { HistogramProbe, ProbeTable, ScalarProbe, ScalarValue } from "./probe.ts";
import { joinings } from "./scalar.ts";

/**
 * What was measured in several spans of time, as if it had been one: samples come together, numbers
 * are added up, and of texts and truths the latest holds, where a probe does not say otherwise. What
 * the table does not name is left out.
 *
 * @param parts - in the order of time
 */
export function joinMeasures(
  table: ProbeTable,
  parts: readonly MeasuresSnapshot[],
): MeasuresSnapshot {
  const histograms = new Cells<Histogram>();
  const scalars = new Cells<ScalarValue>();
  for (const part of parts) {
    for (const [name, key, snapshot] of cellsOf(part.histograms, part.keyedHistograms)) {
      const probe = own<HistogramProbe>(table.histograms, name);
      const restored = probe === undefined ? undefined : restoredFrom(probe, snapshot);
      const held = histograms.get(name, key);
      if (restored !== undefined && held !== undefined) merge(held, restored);
      else if (restored !== undefined) histograms.set(name, key, restored);
    }
    for (const [name, key, value] of cellsOf(part.scalars, part.keyedScalars)) {
      const probe = own<ScalarProbe>(table.scalars, name);
      if (probe === undefined) continue;
      const way = probe.parts ?? (probe.kind === "uint" ? "add" : "set");
      scalars.set(name, key, joinings[way](scalars.get(name, key), value));
    }
  }
  const counted = histograms.written(snapshotOf);
  const held = scalars.written((value) => value);
  return {
    histograms: counted.plain,
    keyedHistograms: counted.keyed,
    scalars: held.plain,
    keyedScalars: held.keyed,
  };
}

function own<P>(probes: Readonly<Record<string, P>>, name: string): P | undefined {
  return Object.hasOwn(probes, name) ? probes[name] : undefined;
}
