import * as v from "valibot";
import type { Settings, SettingsReader, Store } from "./ports.ts";

// What QA says in the Inspector. It is read where the settings are read, and nowhere else: with dev
// mode off there is no way from here to a decision.

const storeKey = "qa";

/** As far as the clock can be moved, in days: ten years. */
export const furthestDays = 3650;

const record = v.object({
  /** Slug to branch. */
  forced: v.record(v.string(), v.string()),
  clockDays: v.pipe(v.number(), v.integer(), v.minValue(-furthestDays), v.maxValue(furthestDays)),
});
type Said = v.InferOutput<typeof record>;

const nothing: Said = { forced: {}, clockDays: 0 };

/** The settings with what QA has said beside them, in dev mode. */
export class QaSettings {
  readonly #reader: Pick<SettingsReader, "read">;
  readonly #store: Store;

  constructor(reader: Pick<SettingsReader, "read">, store: Store) {
    this.#reader = reader;
    this.#store = store;
  }

  async read(): Promise<Settings> {
    const settings = await this.#reader.read();
    if (!settings.devMode) return settings;
    const { forced, clockDays } = await this.#said();
    return { ...settings, forcedBranches: { ...settings.forcedBranches, ...forced }, clockDays };
  }

  /**
   * From the next run on this browser is in that branch of that study, unless it has a branch already.
   *
   * @param branch - `null`: chance decides again
   */
  async forceBranch(slug: string, branch: string | null): Promise<void> {
    await this.#change(({ forced: { [slug]: _before, ...others } }) => ({
      forced: branch === null ? others : { ...others, [slug]: branch },
    }));
  }

  /** @param days - whole days, within `furthestDays` of today */
  async moveClock(days: number): Promise<void> {
    await this.#change(() => ({ clockDays: days }));
  }

  async #change(change: (before: Said) => Partial<Said>): Promise<void> {
    if (!(await this.#reader.read()).devMode) return;
    const before = await this.#said();
    await this.#store.set({ [storeKey]: { ...before, ...change(before) } });
  }

  async #said(): Promise<Said> {
    const parsed = v.safeParse(record, await this.#store.get(storeKey));
    return parsed.success ? parsed.output : nothing;
  }
}
