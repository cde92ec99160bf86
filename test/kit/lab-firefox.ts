import { launchFirefox } from "./firefox.ts";
import { until } from "./page-checks.ts";
import { openPageLab } from "./page-lab.ts";
import type { Tab } from "#tools/firefox-bidi.ts";

const schemes = { dark: 0, light: 1 } as const;
export type Scheme = keyof typeof schemes;

/** A Firefox in which scenes of one page are opened; `await using` ends both. */
export interface LabFirefox extends AsyncDisposable {
  /** Resolves once the page shows what it heard. */
  open(scene: string, scheme?: Scheme): Promise<Tab>;
}

/** Builds a page over its stand-in for the background, and starts Firefox for it. */
export async function openLabFirefox(
  page: "studies" | "inspector" | "telemetry",
): Promise<LabFirefox> {
  const lab = await openPageLab(page);
  const firefox = await launchFirefox();
  return {
    async open(scene, scheme = "light") {
      await firefox.setPref("layout.css.prefers-color-scheme.content-override", schemes[scheme]);
      const tab = await firefox.openTab(lab.url(scene));
      await tab.run(until(`document.querySelector("#status p, #failure .card")`));
      return tab;
    },
    async [Symbol.asyncDispose]() {
      await firefox.close();
      await lab[Symbol.asyncDispose]();
    },
  };
}
