import type { Workbench } from "./apply.ts";
import { obeyKill } from "./kill.ts";
import type { Ports, Settings } from "./ports.ts";
import { type Build, checkHalt } from "./sync.ts";

/** A start of the browser that no run follows: what somebody has stopped meanwhile ends all the same. */
export async function heedHalt(
  needs: Build & { readonly settings: Settings; readonly ports: Ports; readonly bench: Workbench },
): Promise<void> {
  const { settings, ports, bench, ...build } = needs;
  const { serverUrl, enabled } = settings;
  if (!enabled || serverUrl === undefined) return;
  const nowMs = ports.clock.nowMs();
  await obeyKill(await checkHalt({ ...build, serverUrl, nowMs }, ports), bench, nowMs);
}
