import * as v from "valibot";
import type { PreferenceEngine, Settings, SettingsReader, Store } from "./ports.ts";

// What QA says in the Inspector, and in preferences that are not ours. It is read where the settings
// are read, and nowhere else: with dev mode off there is no way from here to a decision.

const storeKey = "qa";
/** Telemetry Experiments' own name: a preference, or without about:config a key of the store. */
const sampleKey = "experiments.force-sample-value";

/** As far as the clock can be moved, in days: ten years. */
export const furthestDays = 3650;

const record = v.object({
  /** Slug to branch. */
  forced: v.record(v.string(), v.string()),
  clockDays: v.pipe(v.number(), v.integer(), v.minValue(-furthestDays), v.maxValue(furthestDays)),
});
type Said = v.InferOutput<typeof record>;

const nothing: Said = { forced: {}, clockDays: 0 };

interface QaParts {
  readonly settings: Pick<SettingsReader, "read">;
  readonly store: Store;
  readonly preferences: Pick<PreferenceEngine, "read">;
}

/** The settings with what QA has said beside them, in dev mode. */
export class QaSettings {
  readonly #reader: QaParts["settings"];
  readonly #store: Store;
  readonly #preferences: QaParts["preferences"];

  constructor({ settings, store, preferences }: QaParts) {
    this.#reader = settings;
    this.#store = store;
    this.#preferences = preferences;
  }

  async read(): Promise<Settings> {
    const settings = await this.#reader.read();
    if (!settings.devMode) return settings;
    const [{ forced, clockDays }, sample] = await Promise.all([this.#said(), this.#sample()]);
    return {
      ...settings,
      forcedBranches: { ...settings.forcedBranches, ...forced },
      clockDays,
      ...(sample === undefined ? {} : { forcedSample: sample }),
    };
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

  /** A number or its text, as Telemetry Experiments took it; what is none from 0 to 1 counts as unset. */
  async #sample(): Promise<number | undefined> {
    const state = (await this.#preferences.read([sampleKey])).get(sampleKey);
    const said = state?.user ?? state?.default ?? (await this.#store.get(sampleKey));
    const isText = typeof said === "string" && said.trim() !== "";
    if (!isText && typeof said !== "number") return undefined;
    const sample = Number(said);
    return sample >= 0 && sample <= 1 ? sample : undefined;
  }

  async #said(): Promise<Said> {
    const parsed = v.safeParse(record, await this.#store.get(storeKey));
    return parsed.success ? parsed.output : nothing;
  }
}
