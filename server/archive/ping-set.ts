/** Pings, or what was made of them, one after the other: gone through as often as one likes, and never all in memory. */
export class PingSet<T> implements AsyncIterable<T> {
  readonly #open: () => AsyncIterable<T>;

  constructor(open: () => AsyncIterable<T>) {
    this.#open = open;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.#open()[Symbol.asyncIterator]();
  }

  filter(keep: (value: T) => boolean): PingSet<T> {
    return this.flatMap((value) => (keep(value) ? [value] : []));
  }

  map<U>(make: (value: T) => U): PingSet<U> {
    return this.flatMap((value) => [make(value)]);
  }

  flatMap<U>(make: (value: T) => Iterable<U>): PingSet<U> {
    const open = this.#open;
    return new PingSet(async function* () {
      for await (const value of open()) yield* make(value);
    });
  }

  async count(): Promise<number> {
    let count = 0;
    for await (const _value of this) count += 1;
    return count;
  }

  /** How many there are of each key, most first; of equal ones in the order of their names. */
  async countBy(keyOf: (value: T) => string): Promise<readonly (readonly [string, number])[]> {
    const counts = new Map<string, number>();
    for await (const value of this) {
      const key = keyOf(value);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  /** All of them, or so many. */
  async take(most = Infinity): Promise<readonly T[]> {
    const values: T[] = [];
    if (most <= 0) return values;
    for await (const value of this) {
      values.push(value);
      if (values.length >= most) break;
    }
    return values;
  }
}
