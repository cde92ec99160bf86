import { expect, test } from "vitest";
import { apply } from "#core/apply.ts";
import type { AddonEngine, InstallFailure } from "#core/ports.ts";
import { aBench, servedAddon } from "#kit/bench.ts";
import { TestClock } from "#kit/client.ts";

test.each([
  [undefined, "installed"],
  [{ reason: "metadata-mismatch" }, "refused"],
] as readonly (readonly [InstallFailure | undefined, string])[])(
  "how long a browser took to answer an installation with %j is measured as %s",
  async (refusal, key) => {
    const bench = await aBench();
    const clock = new TestClock(1_000);
    const slow: AddonEngine = {
      find: (id) => bench.addons.find(id),
      uninstall: (id) => bench.addons.uninstall(id),
      tell: (id, notice) => bench.addons.tell(id, notice),
      install: () => {
        clock.advance(250);
        return Promise.resolve(refusal);
      },
    };
    const addon = servedAddon(bench.network);
    const plan = [{ do: "install-addon", addon, replace: false, otherwise: [] }] as const;
    await apply(plan, { ...bench, ports: { ...bench.ports, clock, addons: slow } });
    expect(bench.recorder.meter.snapshot().keyedHistograms).toMatchObject({
      MULBERRY_ADDON_INSTALL_MS: { [key]: { sum: 250 } },
    });
  },
);

test("an add-on that could not be fetched was never up for installation", async () => {
  const bench = await aBench();
  const addon = servedAddon(bench.network, { url: "https://addons.example/gone.xpi" });
  bench.network.on(addon.url, { kind: "offline" });
  await apply([{ do: "install-addon", addon, replace: false, otherwise: [] }], bench);
  expect(bench.recorder.meter.snapshot().keyedHistograms).toEqual({});
});
