import type { Clock, Store } from "#core/ports.ts";
import type { RawSettings } from "./settings.ts";

/** What an administrator's settings are read with. */
export interface ManagedParts {
  /** Asks the browser. Rejects where there is no policy; a Chromium that has just started may never answer. */
  readonly ask: () => Promise<RawSettings>;
  /** Whether an administrator installed the extension, so that policy for it is to be expected. */
  readonly isExpected: () => Promise<boolean>;
  readonly store: Store;
  readonly clock: Pick<Clock, "delay">;
}

/** Where the last answer is kept, for starts at which the browser does not answer. */
export const managedKey = "managed_settings";
/** Long enough for a policy service that works, in milliseconds. */
const patienceMs = 2_000;

/**
 * An administrator's settings, without ever waiting for a policy service that has nothing to say: then
 * the last answer holds. Only where policy is to be expected and none was ever seen is it waited for,
 * so that nothing is done against it.
 *
 * An answer that comes late is stored: the change under `managedKey` tells of it.
 */
export function createManagedSettings(parts: ManagedParts): () => Promise<RawSettings> {
  let asked: Promise<RawSettings> | undefined;

  const ask = async (): Promise<RawSettings> => {
    const answer = await parts.ask().catch((): RawSettings => ({}));
    const known = await parts.store.get(managedKey);
    if (JSON.stringify(known) !== JSON.stringify(answer))
      await parts.store.set({ [managedKey]: answer });
    return answer;
  };

  return async () => {
    const isLate = asked !== undefined;
    const answer = (asked ??= ask().finally(() => {
      asked = undefined;
    }));
    const known = await parts.store.get(managedKey);
    if (!isRaw(known) && (await parts.isExpected())) return answer;
    const late = isLate ? Promise.resolve() : parts.clock.delay(patienceMs);
    return Promise.race([answer, late.then(() => (isRaw(known) ? known : {}))]);
  };
}

function isRaw(value: unknown): value is RawSettings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
