import { noEnrollmentIdMarker } from "#telemetry/events.ts";
import type { EnrollmentBook } from "./book.ts";
import { type Enrollment, isLive } from "./enrollment.ts";
import type { Random } from "./ports.ts";

/**
 * Makes enrollment IDs follow the telemetry switch: off, every one that is there is wiped; on again,
 * what still runs gets a fresh one, which nothing links to the one before. Doing it twice changes
 * nothing more.
 */
export async function keepEnrollmentIds(
  book: Pick<EnrollmentBook, "all" | "saveAll">,
  telemetryEnabled: boolean,
  random: Pick<Random, "uuid">,
): Promise<void> {
  const isMeant = (enrollment: Enrollment): boolean => {
    const isWiped = enrollment.enrollmentId === noEnrollmentIdMarker;
    return telemetryEnabled ? !(isWiped && isLive(enrollment)) : isWiped;
  };
  await book.saveAll(
    book
      .all()
      .filter((enrollment) => !isMeant(enrollment))
      .map((enrollment) => ({
        ...enrollment,
        enrollmentId: telemetryEnabled ? random.uuid() : noEnrollmentIdMarker,
      })),
  );
}
