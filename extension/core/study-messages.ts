import * as v from "valibot";
import type { AddonStudyEnrollment } from "./enrollment.ts";
import type { UnenrollReason } from "#telemetry/events.ts";
import { recordingWays, type RecordingWay, type ScalarValue } from "#telemetry/probe.ts";

// What a study's add-on may ask of us, and what it is told: about the study that it belongs to, and
// nothing else. `extension/study-client` is the other end.

/** An end that the add-on itself asks for: its own word, in the form of our reasons. */
export type AddonReason = string & { readonly addonReason: true };

const reason = v.pipe(
  v.string(),
  v.maxLength(60),
  v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u),
  v.transform((text) => text as AddonReason),
);

const branch = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,100}$/u));

const request = v.variant("ask", [
  v.object({ ask: v.literal("study") }),
  v.object({ ask: v.literal("client") }),
  v.object({ ask: v.literal("end-study"), reason }),
  /** Of a Telemetry Experiment, whose add-on draws its branch itself. */
  v.object({ ask: v.literal("set-branch"), branch }),
  /** What the values may be is for the table of such pings to say. */
  v.object({ ask: v.literal("send-ping"), type: v.string(), values: v.unknown() }),
  v.object({
    ask: v.literal("record"),
    probe: v.string(),
    way: v.picklist(recordingWays),
    key: v.exactOptional(v.string()),
    // Not a number fits no scalar: what is no value is dropped and counted where values are.
    value: v.fallback(v.union([v.number(), v.string(), v.boolean()]), NaN),
  }),
]);

export type StudyRequest = v.InferOutput<typeof request>;

/** @returns `undefined` for anything that is not a request of a study's add-on */
export function parseStudyRequest(message: unknown): StudyRequest | undefined {
  const parsed = v.safeParse(request, message);
  return parsed.success ? parsed.output : undefined;
}

/** A ping that a study's add-on wants to be sent. */
export interface StudySubmission {
  readonly study: AddonStudyEnrollment;
  readonly type: string;
  readonly values: unknown;
}

/** A value that a study's add-on has for a probe. */
export interface StudyRecording {
  readonly study: AddonStudyEnrollment;
  readonly probe: string;
  readonly way: RecordingWay;
  readonly key?: string;
  readonly value: ScalarValue;
}

/** Why it is not sent: codes are stable, an add-on's error carries them. */
export type StudyPingRefusal =
  | "study-ping/telemetry-off"
  | "study-ping/unknown-type"
  | "study-ping/malformed"
  | "study-ping/too-many";

/** Told to an add-on before it is removed. */
export interface UnenrollNotice {
  readonly tell: "unenroll";
  readonly reason: UnenrollReason | AddonReason;
}
