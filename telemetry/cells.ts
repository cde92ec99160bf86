type ByKey<V> = Readonly<Record<string, V>>;

/** Values by the name of a probe and, where it has keys, by key; `undefined` is the key of one that has none. */
export class Cells<V> {
  readonly #cells = new Map<string, Map<string | undefined, V>>();

  get(name: string, key: string | undefined): V | undefined {
    return this.#cells.get(name)?.get(key);
  }

  set(name: string, key: string | undefined, value: V): void {
    const cells = this.#cells.get(name) ?? new Map<string | undefined, V>();
    this.#cells.set(name, cells.set(key, value));
  }

  /** How many keys there are under a name. */
  size(name: string): number {
    return this.#cells.get(name)?.size ?? 0;
  }

  /** Forgets every name that is not wanted. @returns whether there was one */
  keepOnly(isWanted: (name: string) => boolean): boolean {
    const unwanted = [...this.#cells.keys()].filter((name) => !isWanted(name));
    for (const name of unwanted) this.#cells.delete(name);
    return unwanted.length > 0;
  }

  clear(): void {
    this.#cells.clear();
  }

  /** Each value as it is sent, without keys and by key. @param sent - `undefined`: it is not */
  written<S>(sent: (value: V) => S | undefined): {
    readonly plain: ByKey<S>;
    readonly keyed: ByKey<ByKey<S>>;
  } {
    const plain: [string, S][] = [];
    const keyed: [string, ByKey<S>][] = [];
    for (const [name, cells] of this.#cells) {
      const members: [string, S][] = [];
      for (const [key, value] of cells) {
        const written = sent(value);
        if (written === undefined) continue;
        if (key === undefined) plain.push([name, written]);
        else members.push([key, written]);
      }
      if (members.length > 0) keyed.push([name, Object.fromEntries(members)]);
    }
    return { plain: Object.fromEntries(plain), keyed: Object.fromEntries(keyed) };
  }
}

/** Every value of what `written` gave. */
export function* cellsOf<S>(
  plain: ByKey<S>,
  keyed: ByKey<ByKey<S>>,
): Generator<readonly [name: string, key: string | undefined, value: S]> {
  for (const [name, value] of Object.entries(plain)) yield [name, undefined, value];
  for (const [name, members] of Object.entries(keyed))
    for (const [key, value] of Object.entries(members)) yield [name, key, value];
}
