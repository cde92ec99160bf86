import * as v from "valibot";

/** The shape of an event as it is stored and sent. */
export const wireEvent = v.tuple([
  v.number(),
  v.string(),
  v.string(),
  v.string(),
  v.nullable(v.string()),
  v.nullable(v.record(v.string(), v.string())),
]);
