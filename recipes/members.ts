/** Names that reach for a prototype where they become keys: no key, slug or preference may have one. */
export const prototypeNames: readonly string[] = ["__proto__", "constructor", "prototype"];

/** Whether a value is what JSON calls an object. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own member of an object, else `undefined`; what is inherited does not count. */
export function memberOf(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}
