import type { Ports } from "#core/ports.ts";
import type { StudyRecording } from "#core/study-messages.ts";
import { isStudyProbe, studyProbes } from "#telemetry/study-probes.ts";
import type { StoredRecorder } from "./recorder.ts";

/**
 * Records a value of a study's add-on in one of its probes. Nothing is thrown for it: what cannot be kept
 * is counted in the scalars `telemetry.*`, and a name that no probe of this add-on has in one of its own,
 * which does not repeat the name, because it could say anything. What was recorded is durable once this
 * resolves. With telemetry off nothing is.
 */
export async function recordForStudy(
  { study, probe, key, way, value }: StudyRecording,
  recorder: StoredRecorder,
  settings: Pick<Ports["settings"], "read">,
): Promise<void> {
  const { telemetryEnabled } = await settings.read();
  if (!telemetryEnabled) return;
  if (isStudyProbe(probe) && studyProbes[probe].addonId === study.addon?.addon_id)
    recorder.meter.record(probe, key, way, value);
  else recorder.meter.add("mulberry.study_probes.refused", 1);
  await recorder.save();
}
