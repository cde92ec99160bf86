import * as v from "valibot";
import type { Ports } from "#core/ports.ts";
import { type HealthFailure, healthFailures, isPingType, type PingType } from "#telemetry/pings.ts";
import { type Ailments, assembleHealthPing } from "./assemble.ts";
import { makeClientId } from "./identity.ts";
import { type Outbox, typeOf } from "./outbox.ts";
import type { Trouble } from "./upload.ts";

/** Where it lies what the next `health` ping will say. */
export const healthKey = "health";
/** Between one `health` ping and the next at least. */
const everyMs = 60 * 60_000;

const stored = v.object({
  discarded: v.record(v.pipe(v.string(), v.guard(isPingType)), v.number()),
  failures: v.record(v.picklist(healthFailures), v.number()),
  /** When the last ping was made, in milliseconds since 1970. */
  lastMs: v.number(),
});

/**
 * Keeps what went wrong, and tells it by a `health` ping: once an hour at most, and never a second one
 * while one waits, so that a browser without a network does not fill its outbox with them.
 */
export async function tellHealth(
  troubles: readonly Trouble[],
  outbox: Outbox,
  ports: Pick<Ports, "clock" | "facts" | "random" | "store">,
): Promise<void> {
  const { store, clock, facts, random } = ports;
  const parsed = v.safeParse(stored, await store.get(healthKey));
  const before = parsed.success ? parsed.output : { ...healthy, lastMs: 0 };
  const after = troubles.reduce<Ailments>(withTrouble, before);
  if (isHealthy(after)) return;
  const nowMs = clock.nowMs();
  const sinceMs = nowMs - before.lastMs;
  const isTooSoon = sinceMs >= 0 && sinceMs < everyMs;
  if (isTooSoon || outbox.waiting().some((entry) => typeOf(entry) === "health")) {
    if (troubles.length > 0) await store.set({ [healthKey]: { ...after, lastMs: before.lastMs } });
    return;
  }
  const [application, system] = await Promise.all([facts.application(), facts.system()]);
  const about = { application, ...system, clientId: await makeClientId(ports) };
  const reason = isHealthy(before) ? "immediate" : "delayed";
  const ping = assembleHealthPing(after, about, reason, random.uuid(), nowMs);
  await outbox.add(ping, nowMs, { [healthKey]: { ...healthy, lastMs: nowMs } });
}

const healthy: Ailments = { discarded: {}, failures: {} };

function isHealthy({ discarded, failures }: Ailments): boolean {
  return Object.keys(discarded).length + Object.keys(failures).length === 0;
}

/** An answer is no failure here, whatever it says: as in Firefox, a `health` ping tells of what got none. */
function withTrouble({ discarded, failures }: Ailments, trouble: Trouble): Ailments {
  if (trouble.kind === "too-large" && isPingType(trouble.type))
    return { failures, discarded: oneMore(discarded, trouble.type) };
  if (trouble.kind === "failed" && trouble.label !== undefined)
    return { discarded, failures: oneMore(failures, trouble.label) };
  return { discarded, failures };
}

function oneMore<K extends PingType | HealthFailure>(
  counts: { readonly [N in K]?: number },
  name: K,
): { readonly [N in K]?: number } {
  return { ...counts, [name]: (counts[name] ?? 0) + 1 };
}
