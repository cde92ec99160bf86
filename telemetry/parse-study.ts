import * as v from "valibot";
import { annotationLimits, labelPattern } from "./environment.ts";
import { extraFields } from "./event-fields.ts";
import { eventLimits } from "./events.ts";
import { scalarHeld } from "./parse-scalar.ts";
import type { StudyPing, StudyPingPayload, StudyValues } from "./study-pings.ts";

// The payload of pings of studies' add-ons, read off the table of them.

const label = (maxLength: number) =>
  v.pipe(v.string(), v.maxLength(maxLength), v.regex(labelPattern));

/** Nothing but the fields of its row, each in its form. */
export function studyPayload(row: StudyPing): v.GenericSchema<unknown, StudyPingPayload> {
  return v.strictObject({
    study: v.strictObject({
      slug: label(annotationLimits.slug),
      branch: label(annotationLimits.branch),
      enrollmentId: v.pipe(v.string(), v.regex(extraFields.enrollmentId.pattern)),
      addonVersion: v.pipe(
        v.string(),
        v.maxLength(eventLimits.extraValueBytes),
        v.regex(extraFields.addonVersion.pattern),
      ),
    }),
    values: studyValues(row),
    testing: v.exactOptional(v.literal(true)),
  });
}

function studyValues({ fields }: StudyPing): v.GenericSchema<unknown, StudyValues> {
  return v.pipe(
    v.strictObject(
      Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [name, v.exactOptional(scalarHeld(field))]),
      ),
    ),
    v.transform((values) =>
      Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value]],
        ),
      ),
    ),
  );
}
