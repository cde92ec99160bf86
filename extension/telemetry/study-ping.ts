import * as v from "valibot";
import type { EnrollmentBook } from "#core/book.ts";
import type { AddonStudyEnrollment } from "#core/enrollment.ts";
import type { Ports } from "#core/ports.ts";
import type { StudyPingRefusal, StudySubmission } from "#core/study-messages.ts";
import { annotationLimits } from "#telemetry/environment.ts";
import { studyPayload } from "#telemetry/parse-study.ts";
import { isStudyPingType, studyPings, studyPingsADay } from "#telemetry/study-pings.ts";
import { assembleStudyPing, lookAround } from "./assemble.ts";
import { makeClientId } from "./identity.ts";
import { Outbox } from "./outbox.ts";

/** How many pings each study has told lately, by its slug. */
export const studyPingsKey = "study_pings";
const dayMs = 24 * 60 * 60_000;

const counts = v.record(v.string(), v.object({ sinceMs: v.number(), count: v.number() }));

/**
 * Takes in a ping of a study's add-on, to be sent with the others. It is durable once this resolves, and
 * counted in the same write.
 *
 * @returns why it was not taken; `undefined` where it was
 */
export async function submitStudyPing(
  { study, type, values }: StudySubmission,
  book: Pick<EnrollmentBook, "all">,
  ports: Pick<Ports, "clock" | "facts" | "log" | "random" | "settings" | "store">,
): Promise<StudyPingRefusal | undefined> {
  const { telemetryEnabled } = await ports.settings.read();
  if (!telemetryEnabled) return "study-ping/telemetry-off";
  // A type of another add-on is as good as none.
  if (!isStudyPingType(type) || studyPings[type].addonId !== study.addon?.addon_id)
    return "study-ping/unknown-type";
  const payload = v.safeParse(studyPayload(studyPings[type]), payloadOf(study, values));
  if (!payload.success) return "study-ping/malformed";

  const nowMs = ports.clock.nowMs();
  const parsed = v.safeParse(counts, await ports.store.get(studyPingsKey));
  const today = Object.fromEntries(
    Object.entries(parsed.success ? parsed.output : {}).filter(([, { sinceMs }]) => {
      const lastedMs = nowMs - sinceMs;
      return lastedMs >= 0 && lastedMs < dayMs;
    }),
  );
  const { sinceMs, count } = today[study.slug] ?? { sinceMs: nowMs, count: 0 };
  if (count >= studyPingsADay) return "study-ping/too-many";

  const about = { ...(await lookAround(book, ports.facts)), clientId: await makeClientId(ports) };
  const ping = assembleStudyPing(type, payload.output, about, ports.random.uuid(), nowMs);
  const counted = { ...today, [study.slug]: { sinceMs, count: count + 1 } };
  const outbox = await Outbox.open(ports.store);
  const dropped = await outbox.add(ping, nowMs, { [studyPingsKey]: counted });
  if (dropped.length > 0)
    ports.log.write("warn", "the outbox was full", { dropped: dropped.length });
  return undefined;
}

function payloadOf(
  { slug, branch, enrollmentId, addon, forced }: AddonStudyEnrollment,
  values: unknown,
): unknown {
  return {
    study: {
      slug: slug.slice(0, annotationLimits.slug),
      branch: branch.slice(0, annotationLimits.branch),
      enrollmentId,
      addonVersion: addon?.version,
    },
    values,
    ...(forced ? { testing: true } : {}),
  };
}
