import type { Probe } from "#core/probe.ts";

const mebibyte = 1024 * 1024;

/** How much memory the process of the extensions takes, where the browser tells. */
export const memory: Probe = {
  name: "memory",
  isExtended: true,
  async look(usage, meter) {
    const bytes = await usage.processMemory();
    if (bytes !== undefined) meter.sample("MULBERRY_EXTENSION_MEMORY_MB", bytes / mebibyte);
  },
};
