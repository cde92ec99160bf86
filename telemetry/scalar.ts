import {
  type Held,
  type RecordingWay,
  scalarLimits,
  type ScalarProbe,
  type ScalarValue,
} from "./probe.ts";

/** A value as a scalar holds it; `cut` where it was longer or larger, `refused` where it is none. */
export type Fitted =
  { readonly kind: "fits" | "cut"; readonly value: ScalarValue } | { readonly kind: "refused" };

/** Fits a value into a scalar: a number loses its fraction, a text its end. */
export function fitScalar(held: Held, value: ScalarValue): Fitted {
  if (held.kind === "uint") return fitUint(value);
  if (held.kind === "string") return fitText(value, held.pattern);
  return typeof value === "boolean" ? { kind: "fits", value } : { kind: "refused" };
}

function fitUint(value: ScalarValue): Fitted {
  if (typeof value !== "number" || !(value >= 0)) return { kind: "refused" };
  return value > scalarLimits.uint
    ? { kind: "cut", value: scalarLimits.uint }
    : { kind: "fits", value: Math.trunc(value) };
}

function fitText(value: ScalarValue, pattern: RegExp): Fitted {
  if (typeof value !== "string") return { kind: "refused" };
  const { textLength } = scalarLimits;
  // Half a character of two units is none.
  const cut = value.slice(0, textLength).replace(/[\uD800-\uDBFF]$/u, "");
  if (!pattern.test(cut)) return { kind: "refused" };
  return { kind: value.length > textLength ? "cut" : "fits", value: cut };
}

/** Whether a key may stand under a scalar, or none where it has no keys. */
export function fitsKey({ keyPattern }: ScalarProbe, key: string | undefined): boolean {
  if (keyPattern === undefined || key === undefined) return keyPattern === key;
  return key.length <= scalarLimits.keyLength && keyPattern.test(key);
}

/** What becomes of a value that a scalar holds and one that it is given. */
export type Joining = (held: ScalarValue | undefined, given: ScalarValue) => ScalarValue;
export const joinings = {
  set: (_held, given) => given,
  add: (held, given) => Number(held ?? 0) + Number(given),
  raise: (held, given) => Math.max(Number(held ?? 0), Number(given)),
} as const satisfies Readonly<Record<RecordingWay, Joining>>;
