/** Whether the call at which a browser dies had its effect. */
export type Moment = "before" | "after";

/** What everything answers in a browser that is dead. */
export class Killed extends Error {}

/**
 * A life that ends at call number `limit`: nothing works from then on.
 *
 * @returns `wrap` makes the calls of an object count; `calls` tells how many there were
 */
export function aLife(
  limit: number,
  when: Moment,
): { readonly wrap: <T extends object>(engine: T) => T; readonly calls: () => number } {
  let calls = 0;
  const wrap = <T extends object>(engine: T): T =>
    new Proxy(engine, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]): Promise<unknown> => {
          calls += 1;
          if (calls > limit || (calls === limit && when === "before")) throw new Killed();
          const result: unknown = await Reflect.apply(value, target, args);
          if (calls >= limit) throw new Killed();
          return result;
        };
      },
    });
  return { wrap, calls: () => calls };
}
