import type { Probe } from "#core/probe.ts";

/** How long pages took to load since the last look, where the browser tells it without telling which. */
export const pageLoads: Probe = {
  name: "page loads",
  async look(usage, meter) {
    const { durationsMs, lost } = await usage.pageLoads();
    for (const durationMs of durationsMs) meter.sample("MULBERRY_PAGE_LOAD_MS", durationMs);
    if (lost > 0) meter.add("mulberry.page_loads.lost", lost);
  },
};
