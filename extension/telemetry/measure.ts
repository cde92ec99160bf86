import type { EnrollmentBook } from "#core/book.ts";
import type { Ports, Settings } from "#core/ports.ts";
import { measureEveryMs, type Probe, type Usage } from "#core/probe.ts";
import { canonicalJson } from "#recipes/canonical.ts";
import { lookAround, sceneOf } from "./assemble.ts";
import { localDay, zoneMinutesAt } from "./local-time.ts";
import type { Recording, StoredRecorder } from "./recorder.ts";
import type { Scene } from "./subsession.ts";

/** What is looked at, and by whom. */
interface Looking {
  readonly recorder: StoredRecorder;
  readonly book: Pick<EnrollmentBook, "all">;
  readonly probes: readonly Probe[];
  readonly usage: Usage;
}

/**
 * Five minutes are over: asks the probes, ends this part of the session where a reason is found, and
 * stores what was measured, so that a kill takes five minutes at most. With telemetry off nobody looks.
 */
export async function measure(
  { recorder, book, probes, usage }: Looking,
  settings: Pick<Settings, "telemetryEnabled" | "extendedTelemetryEnabled">,
  ports: Pick<Ports, "clock" | "facts" | "log" | "random">,
): Promise<void> {
  if (!settings.telemetryEnabled) return;
  for (const probe of probes) {
    if (probe.isExtended && !settings.extendedTelemetryEnabled) continue;
    try {
      await probe.look(usage, recorder.meter);
    } catch (error) {
      // What one browser does not tell must not cost the rest.
      const cause = String(error);
      ports.log.write("warn", "a probe could not look", { probe: probe.name, cause });
    }
  }
  const scene = sceneOf(await lookAround(book, ports.facts));
  const nowMs = ports.clock.nowMs();
  const reason = splitReason(recorder.recording, scene, nowMs, zoneMinutesAt(nowMs));
  if (reason === undefined) recorder.see(scene);
  else recorder.split(reason, scene, ports.random);
  await recorder.save();
}

/**
 * Why this part of the session is to end, if it is; it lasts five minutes at least.
 *
 * @param zoneMinutes - by which local time is ahead of UTC
 */
export function splitReason(
  { session, scene: seen }: Pick<Recording, "session" | "scene">,
  scene: Scene,
  nowMs: number,
  zoneMinutes: number,
): "environment-change" | "daily" | undefined {
  const lastedMs = nowMs - session.subsessionStartMs;
  if (lastedMs >= 0 && lastedMs < measureEveryMs) return undefined;
  // First: only this one says that the environment is the old one.
  const isOther =
    seen !== null && canonicalJson(seen.environment) !== canonicalJson(scene.environment);
  if (isOther) return "environment-change";
  const day = localDay(session.subsessionStartMs, zoneMinutes);
  return day === localDay(nowMs, zoneMinutes) ? undefined : "daily";
}
