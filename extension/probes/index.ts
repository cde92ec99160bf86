import type { Probe } from "#core/probe.ts";
import { activity } from "./activity.ts";
import { memory } from "./memory.ts";
import { pageLoads } from "./page-loads.ts";
import { tabs } from "./tabs.ts";
import { windows } from "./windows.ts";

/** Everything that is looked at while the browser runs. */
export const probes: readonly Probe[] = [activity, memory, pageLoads, tabs, windows];
