import { apply, type Workbench } from "./apply.ts";
import { type Enrollment, isLive, isStudy, keyOf } from "./enrollment.ts";
import { leave } from "./leave.ts";
import type { Ports } from "./ports.ts";
import { isUnwanted } from "./rollout.ts";
import { told } from "./steps.ts";

/**
 * The person leaves one study or rollout, for good. A page that shows what was may ask for the end of a
 * preference study that is over or was never there: Normandy tells of that, as the bug it is.
 */
export async function optOut(
  key: string,
  bench: Workbench,
  { clock, facts }: Pick<Ports, "clock" | "facts">,
): Promise<void> {
  const originalReason = "individual-opt-out";
  const enrollment = bench.book.all().find((candidate) => keyOf(candidate) === key);
  if (enrollment !== undefined && isLive(enrollment)) {
    await apply(leave(enrollment, originalReason, clock.nowMs()), bench);
    return;
  }
  if (enrollment !== undefined && comesBack(enrollment)) {
    // It ended while the person's word was waiting for its turn.
    await bench.book.save({ ...enrollment, endReason: originalReason });
    return;
  }
  const slug = /^preference-study\/([\w-]+)$/u.exec(key)?.[1];
  if (slug === undefined) return;
  const isNightly = (await facts.application()).channel === "nightly";
  const extra =
    enrollment === undefined
      ? { reason: "does-not-exist" }
      : {
          reason: "already-unenrolled",
          enrollmentId: enrollment.enrollmentId,
          ...(isNightly ? { caller: "optOut" } : {}),
        };
  await apply(
    [told("unenrollFailed", "preference_study", slug, { ...extra, originalReason })],
    bench,
  );
}

/** Whether a recipe may begin it anew, because it was not the person who ended it. */
function comesBack(enrollment: Enrollment): boolean {
  return !isStudy(enrollment) && enrollment.state === "opted-out" && !isUnwanted(enrollment);
}
