import * as v from "valibot";
import type { Store } from "#core/ports.ts";
import type { Ping } from "#telemetry/pings.ts";

const indexKey = "outbox";

const entry = v.object({
  id: v.string(),
  /** Path of the submission, from the server's origin. */
  path: v.string(),
  createdMs: v.number(),
});

/** One ping that waits to be sent. */
export type OutboxEntry = v.InferOutput<typeof entry>;

/** Pings kept at most; beyond, the oldest go first. */
export const outboxLimit = 200;

/** Pings that are durable here and not yet on the server; every change is one atomic write. */
export class Outbox {
  readonly #store: Store;
  #entries: readonly OutboxEntry[];

  private constructor(store: Store, entries: readonly OutboxEntry[]) {
    this.#store = store;
    this.#entries = entries;
  }

  static async open(store: Store): Promise<Outbox> {
    const parsed = v.safeParse(v.array(entry), await store.get(indexKey));
    return new Outbox(store, parsed.success ? parsed.output : []);
  }

  /** Newest first, as they are sent. */
  waiting(): readonly OutboxEntry[] {
    return [...this.#entries].reverse();
  }

  /**
   * Takes a ping in, together with what must change in the same moment so that nothing is in two
   * places or in none.
   *
   * @returns the pings that had to go because there were too many
   */
  async add(
    ping: Ping,
    nowMs: number,
    together: Readonly<Record<string, unknown>>,
  ): Promise<readonly OutboxEntry[]> {
    const added: OutboxEntry = { id: ping.id, path: submissionPath(ping), createdMs: nowMs };
    const all = [...this.#entries, added];
    const dropped = all.slice(0, Math.max(0, all.length - outboxLimit));
    const kept = all.slice(dropped.length);
    await this.#store.set({
      ...together,
      [bodyKey(ping.id)]: JSON.stringify(ping),
      [indexKey]: kept,
    });
    this.#entries = kept;
    await this.#store.remove(dropped.map(({ id }) => bodyKey(id)));
    return dropped;
  }

  /** The ping's JSON; `undefined` when the store lost it. */
  async body(id: string): Promise<string | undefined> {
    const stored = await this.#store.get(bodyKey(id));
    return typeof stored === "string" ? stored : undefined;
  }

  /** @param together - what must change in the same moment */
  async remove(id: string, together: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.#entries = this.#entries.filter((kept) => kept.id !== id);
    await this.#store.set({ ...together, [indexKey]: this.#entries });
    await this.#store.remove([bodyKey(id)]);
  }

  /** Forgets every ping: telemetry was switched off. */
  async clear(): Promise<void> {
    const bodies = this.#entries.map(({ id }) => bodyKey(id));
    this.#entries = [];
    await this.#store.set({ [indexKey]: [] });
    await this.#store.remove(bodies);
  }
}

function bodyKey(id: string): string {
  return `outbox/${id}`;
}

function submissionPath({ id, type, application }: Ping): string {
  const { name, version, channel, buildId } = application;
  const parts = [id, type, name, version, channel, buildId].map((part) =>
    encodeURIComponent(part === "" ? "unknown" : part),
  );
  return `/submit/telemetry/${parts.join("/")}?v=4`;
}
