import { type Enrollment, type EnrollmentKey, keyOf } from "./enrollment.ts";
import { parseEnrollment } from "./enrollment-parse.ts";
import type { Log, Store } from "./ports.ts";

const storeKey = "enrollments";

/** Every enrolment of this browser: read from the store once, written through on each change. */
export class EnrollmentBook {
  readonly #store: Store;
  readonly #entries: Map<EnrollmentKey, Enrollment>;

  private constructor(store: Store, entries: Map<EnrollmentKey, Enrollment>) {
    this.#store = store;
    this.#entries = entries;
  }

  /** A stored record that cannot be read is left out and said so; its preferences' undo records still stand. */
  static async open(store: Store, log: Log): Promise<EnrollmentBook> {
    const entries = new Map<EnrollmentKey, Enrollment>();
    const stored = await store.get(storeKey);
    const values = typeof stored === "object" && stored !== null ? Object.values(stored) : [];
    for (const value of values) {
      const enrollment = parseEnrollment(value);
      if (enrollment === undefined) log.write("error", "a stored enrolment cannot be read");
      else entries.set(keyOf(enrollment), enrollment);
    }
    return new EnrollmentBook(store, entries);
  }

  all(): readonly Enrollment[] {
    return [...this.#entries.values()];
  }

  get(key: EnrollmentKey): Enrollment | undefined {
    return this.#entries.get(key);
  }

  /** Resolves once it survives a kill. */
  async save(enrollment: Enrollment): Promise<void> {
    this.#entries.set(keyOf(enrollment), enrollment);
    await this.#write();
  }

  async saveAll(enrollments: readonly Enrollment[]): Promise<void> {
    if (enrollments.length === 0) return;
    for (const enrollment of enrollments) this.#entries.set(keyOf(enrollment), enrollment);
    await this.#write();
  }

  async forget(key: EnrollmentKey): Promise<void> {
    if (this.#entries.delete(key)) await this.#write();
  }

  async #write(): Promise<void> {
    await this.#store.set({ [storeKey]: Object.fromEntries(this.#entries) });
  }
}
