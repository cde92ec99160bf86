import type { NormandyEvent } from "#telemetry/events.ts";
import type { Step } from "./plan.ts";

type Method = NormandyEvent["method"];
type EventOf<M extends Method> = Extract<NormandyEvent, { readonly method: M }>;
type Extra<M extends Method, O> = Extract<EventOf<M>, { readonly object: O }>["extra"];

/** The step that tells of a change: method and object fix the extras. */
export function told<M extends Method, O extends EventOf<M>["object"]>(
  method: M,
  object: O,
  slug: string,
  extra: Extra<M, O>,
): Step {
  // The parameters say all that the union says; the compiler cannot put them together again.
  return { do: "record-event", event: { method, object, value: slug, extra } as NormandyEvent };
}
