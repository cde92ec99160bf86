import * as v from "valibot";
import type { Held, ScalarValue } from "./probe.ts";
import { fitScalar } from "./scalar.ts";

/** A value as a scalar of this kind holds it: what would have to be cut is refused. */
export function scalarHeld(held: Held): v.GenericSchema<unknown, ScalarValue> {
  return v.pipe(
    v.union([v.number(), v.string(), v.boolean()]),
    v.check((found) => {
      const fitted = fitScalar(held, found);
      return fitted.kind === "fits" && fitted.value === found;
    }),
  );
}
