import * as v from "valibot";
import type { UnenrollReason } from "#telemetry/events.ts";

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

const request = v.variant("ask", [
  v.object({ ask: v.literal("study") }),
  v.object({ ask: v.literal("client") }),
  v.object({ ask: v.literal("end-study"), reason }),
]);

export type StudyRequest = v.InferOutput<typeof request>;

/** @returns `undefined` for anything that is not a request of a study's add-on */
export function parseStudyRequest(message: unknown): StudyRequest | undefined {
  const parsed = v.safeParse(request, message);
  return parsed.success ? parsed.output : undefined;
}

/** Told to an add-on before it is removed. */
export interface UnenrollNotice {
  readonly tell: "unenroll";
  readonly reason: UnenrollReason | AddonReason;
}
