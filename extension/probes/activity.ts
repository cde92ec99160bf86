import { measureEveryMs, type Probe } from "#core/probe.ts";

/** Whether somebody is there: browsers tell an extension of the computer, not of themselves. */
export const activity: Probe = {
  name: "activity",
  async look(usage, meter) {
    if (await usage.isActive(measureEveryMs / 1000)) meter.add("mulberry.usage.active_spans", 1);
  },
};
