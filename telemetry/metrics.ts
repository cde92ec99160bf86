import { limitScalars } from "./limit-scalars.ts";
import type { Measures } from "./measures.ts";
import type { ProbeTable } from "./probe.ts";
import { studyProbes } from "./study-probes.ts";

// Everything that can be measured. What is not in these tables cannot be recorded, sent or stored:
// a probe is a row here and the line that records it (docs/adding.md).

/** What the rows of our own client have in common. */
const ours = {
  issues: [5],
  owner: "telemetry@mulberry.example",
  expires: "never",
  dataSet: "base",
  products: ["firefox", "chromium"],
} as const;

const histograms = {
  MULBERRY_RUN_MS: {
    ...ours,
    kind: "exponential",
    high: 60_000,
    buckets: 50,
    doc: "How long one run took, from fetching to the last step (ms).",
  },
  MULBERRY_VERIFY_MS: {
    ...ours,
    kind: "exponential",
    high: 10_000,
    buckets: 50,
    doc: "Of a run whose set was believed, how long signatures and hashes took (ms).",
  },
  MULBERRY_ADDON_INSTALL_MS: {
    ...ours,
    kind: "exponential",
    high: 60_000,
    buckets: 50,
    keys: ["installed", "refused"],
    doc: "How long the browser took to install an add-on that was fetched, or to refuse it (ms).",
  },
  MULBERRY_EXTENSION_MEMORY_MB: {
    ...ours,
    dataSet: "extended",
    products: ["firefox"],
    kind: "exponential",
    high: 4096,
    buckets: 50,
    doc: "How much memory the process that extensions share takes (MiB), every five minutes.",
  },
  MULBERRY_PAGE_LOAD_MS: {
    ...ours,
    products: ["firefox"],
    kind: "exponential",
    high: 60_000,
    buckets: 50,
    doc: "How long pages of the web took to load in tabs of windows that are not private (ms).",
  },
  MULBERRY_TAB_COUNT: {
    ...ours,
    kind: "exponential",
    high: 1000,
    buckets: 100,
    doc: "How many tabs are open in all windows that are not private, every five minutes.",
  },
  MULBERRY_WINDOW_COUNT: {
    ...ours,
    kind: "linear",
    high: 50,
    buckets: 51,
    doc: "How many windows are open that are not private, every five minutes.",
  },
} as const satisfies ProbeTable["histograms"];

const scalars = {
  ...limitScalars,
  ...studyProbes,
  "mulberry.usage.active_spans": {
    ...ours,
    kind: "uint",
    doc: "Spans of five minutes in which somebody used the computer while the browser ran.",
  },
  "mulberry.page_loads.lost": {
    ...ours,
    products: ["firefox"],
    kind: "uint",
    doc: "Page loads that were not timed because there had been a thousand since the last look.",
  },
  "mulberry.pings.refused": {
    ...ours,
    kind: "uint",
    doc: "Pings that a server refused for what they are.",
  },
  "mulberry.pings.too_large": {
    ...ours,
    kind: "uint",
    doc: "Pings that were not sent because compressed they are larger than a server takes.",
  },
  "mulberry.study_probes.refused": {
    ...ours,
    products: ["firefox"],
    kind: "uint",
    doc: "Values that a study's add-on recorded by a name that none of its probes has, which were dropped.",
  },
} as const satisfies ProbeTable["scalars"];

export const metrics = { histograms, scalars } as const satisfies ProbeTable;

/** What probes of this table are recorded with. */
export type Meter = Pick<Measures<typeof metrics>, "sample" | "sampleKeyed" | "add">;
