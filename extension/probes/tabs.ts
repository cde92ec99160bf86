import type { Probe } from "#core/probe.ts";

/** How many tabs are open. */
export const tabs: Probe = {
  name: "tabs",
  async look(usage, meter) {
    meter.sample("MULBERRY_TAB_COUNT", await usage.openTabs());
  },
};
