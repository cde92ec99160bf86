/**
 * A filter's value in the forms that the commands print: JSON, and `{"$": …}` for what JSON lacks:
 * `undefined`, `NaN`, `Infinity`, `-Infinity`, `{"$": "date", "v": ISO or null}`.
 */
export function encodeAnswer(value: unknown): unknown {
  if (value === undefined) return { $: "undefined" };
  if (typeof value === "number" && !Number.isFinite(value)) return { $: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) {
    return { $: "date", v: Number.isNaN(value.getTime()) ? null : value.toISOString() };
  }
  if (Array.isArray(value)) return value.map(encodeAnswer);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodeAnswer(item)]));
}
