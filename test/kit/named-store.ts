import { MemoryStore } from "#core/memory.ts";

/** A store that can say what lies in it. */
export class NamedStore extends MemoryStore {
  readonly #names = new Set<string>();

  override async set(values: Readonly<Record<string, unknown>>): Promise<void> {
    for (const name of Object.keys(values)) this.#names.add(name);
    await super.set(values);
  }

  override async remove(names: readonly string[]): Promise<void> {
    for (const name of names) this.#names.delete(name);
    await super.remove(names);
  }

  /** Names that begin so, in order. */
  namesUnder(beginning: string): readonly string[] {
    return [...this.#names].filter((name) => name.startsWith(beginning)).sort();
  }
}
