import type { Ports } from "#core/ports.ts";
import { browser } from "./webext.ts";

/**
 * Surveys in a tab that opens behind the one in use: a window of its own would take the focus, for
 * Firefox opens none without it.
 */
export function createPrompts(): Pick<Ports, "prompts"> {
  if (!("tabs" in browser)) return {};
  return {
    prompts: {
      async open() {
        await browser.tabs.create({ url: "/pages/heartbeat.html", active: false });
      },
    },
  };
}
