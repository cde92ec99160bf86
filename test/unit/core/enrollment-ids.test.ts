import { describe, expect, test } from "vitest";
import { keepEnrollmentIds } from "#core/enrollment-ids.ts";
import { aBench } from "#kit/bench.ts";
import { aStudyEnrollment, freshId, keptId } from "#kit/situation.ts";

const study = (id: number, said: Partial<ReturnType<typeof aStudyEnrollment>> = {}) =>
  aStudyEnrollment({ slug: `study-${String(id)}`, recipeId: id, preferences: {}, ...said });

describe("enrollment IDs", () => {
  const marker = "__NO_ENROLLMENT_ID__";
  const random = { uuid: () => freshId };
  const ids = (bench: Awaited<ReturnType<typeof aBench>>) =>
    bench.book.all().map(({ enrollmentId }) => enrollmentId);

  test("are wiped with telemetry off, those of what is over too", async () => {
    const bench = await aBench({ enrollments: [study(1), study(2, { state: "ended" })] });
    await keepEnrollmentIds(bench.book, true, random);
    expect(ids(bench)).toEqual([keptId, keptId]);
    await keepEnrollmentIds(bench.book, false, random);
    expect(ids(bench)).toEqual([marker, marker]);
    expect(bench.trace).toHaveLength(1);
    await keepEnrollmentIds(bench.book, false, random);
    expect(bench.trace).toHaveLength(1);
  });

  test("are fresh once it is on again, for what still runs", async () => {
    const wiped = { enrollmentId: marker };
    const enrollments = [study(1, wiped), study(2, { ...wiped, state: "ended" }), study(3)];
    const bench = await aBench({ enrollments });
    await keepEnrollmentIds(bench.book, true, random);
    expect(ids(bench)).toEqual([freshId, marker, keptId]);
  });
});
