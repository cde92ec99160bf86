import type { Workbench } from "./apply.ts";
import type { ClientParts } from "./client-parts.ts";
import { enforceConsent, isAllowed } from "./consent.ts";
import { keepEnrollmentIds } from "./enrollment-ids.ts";
import { dataSetsOf } from "#telemetry/probe.ts";
import type { Settings } from "./ports.ts";

/** Telemetry is off, or was when we last looked. */
const silenceKey = "silence";

/**
 * Makes what the switches say true: what they no longer allow is undone, and with telemetry off there
 * is nothing that waits or tells who this is. What was recorded in silence is never told, also when
 * telemetry is on again before anybody looked.
 *
 * @param wasSilent - telemetry was off for a moment since the last call
 */
export async function obey(
  settings: Settings,
  wasSilent: boolean,
  bench: Workbench,
  { ports, telemetry, wakeAt }: Pick<ClientParts, "ports" | "telemetry" | "wakeAt">,
): Promise<void> {
  const isSilent = !settings.telemetryEnabled;
  const forget = async (): Promise<void> => {
    await keepEnrollmentIds(bench.book, false, ports.random);
    // Sent by a turn of its own: whoever turned the switch does not wait for a server.
    if (await telemetry.forget(bench)) await wakeAt("telemetry", ports.clock.nowMs());
  };
  const ends = !isSilent && (wasSilent || (await ports.store.get(silenceKey)) === true);
  if (isSilent) await ports.store.set({ [silenceKey]: true });
  if (ends) await forget();
  await enforceConsent(bench, settings, ports.clock.nowMs());
  if (!isAllowed("survey", settings)) await bench.heartbeats.end(ports.clock.nowMs());
  if (isSilent) await forget();
  bench.recorder.measureOnly(dataSetsOf(settings.extendedTelemetryEnabled));
  await bench.recorder.save();
  await keepEnrollmentIds(bench.book, settings.telemetryEnabled, ports.random);
  if (ends) await ports.store.remove([silenceKey]);
}
