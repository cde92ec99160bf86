import type { Probe } from "#core/probe.ts";

/** How many windows are open. */
export const windows: Probe = {
  name: "windows",
  async look(usage, meter) {
    meter.sample("MULBERRY_WINDOW_COUNT", await usage.openWindows());
  },
};
