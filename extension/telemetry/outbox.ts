import * as v from "valibot";
import type { Store } from "#core/ports.ts";
import type { Ping, PingType } from "#telemetry/pings.ts";

const indexKey = "outbox";
/** Ids whose bodies are to be removed: a kill may come between the index and them. */
const leavingKey = "outbox_leaving";

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

/**
 * Whether a ping is to reach the server whatever it takes: a person's word that what was sent is to be
 * forgotten. Neither a full outbox, nor telemetry being off, nor a refusal is the end of it.
 */
export function isOwed(entry: OutboxEntry): boolean {
  return typeOf(entry) === owedType;
}

function rankOf(entry: OutboxEntry): number {
  if (isOwed(entry)) return 0;
  return typeOf(entry) === "health" ? 1 : 2;
}

/** The type of a ping that waits. */
export function typeOf({ path }: OutboxEntry): string {
  return path.split("/")[4] ?? "";
}

const owedType = "deletion-request" satisfies PingType;

/** Pings that are durable here and not yet on the server; every change is one atomic write. */
export class Outbox {
  readonly #store: Store;
  #entries: readonly OutboxEntry[];
  #leaving: readonly string[];

  private constructor(store: Store, entries: readonly OutboxEntry[], leaving: readonly string[]) {
    this.#store = store;
    this.#entries = entries;
    this.#leaving = leaving;
  }

  static async open(store: Store): Promise<Outbox> {
    const parsed = v.safeParse(v.array(entry), await store.get(indexKey));
    const leaving = v.safeParse(v.array(v.string()), await store.get(leavingKey));
    return new Outbox(
      store,
      parsed.success ? parsed.output : [],
      leaving.success ? leaving.output : [],
    );
  }

  /** As they are sent: what is owed, then what tells of failures, then the newest first. */
  waiting(): readonly OutboxEntry[] {
    return this.#entries.toReversed().sort((one, other) => rankOf(one) - rankOf(other));
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
    const all = [...this.#entries, entryOf(ping, nowMs)];
    const dropped = all
      .filter((entry) => !isOwed(entry))
      .slice(0, Math.max(0, all.length - outboxLimit));
    const kept = all.filter((entry) => !dropped.includes(entry));
    await this.#write(kept, { ...together, [bodyKey(ping.id)]: JSON.stringify(ping) });
    return dropped;
  }

  /** The ping's JSON; `undefined` when the store lost it. */
  async body(id: string): Promise<string | undefined> {
    const stored = await this.#store.get(bodyKey(id));
    return typeof stored === "string" ? stored : undefined;
  }

  /** @param together - what must change in the same moment */
  async remove(id: string, together: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#write(
      this.#entries.filter((kept) => kept.id !== id),
      together,
    );
  }

  /**
   * Forgets every ping that is not owed: telemetry was switched off. One write takes them out and the
   * last one in.
   *
   * @param last - the ping that says so, of a client that had an id
   * @param together - what must change in the same moment
   */
  async close(
    last: Ping | undefined,
    nowMs: number,
    together: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const owed = this.#entries.filter(isOwed);
    const kept = last === undefined ? owed : [...owed, entryOf(last, nowMs)];
    const body = last === undefined ? {} : { [bodyKey(last.id)]: JSON.stringify(last) };
    await this.#write(kept, { ...together, ...body });
  }

  /** Has these wait and no others. Bodies of the others go with it, or with the next write after a kill. */
  async #write(
    kept: readonly OutboxEntry[],
    together: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const gone = this.#entries.filter((entry) => !kept.includes(entry)).map(({ id }) => id);
    const leaving = [...this.#leaving, ...gone];
    await this.#store.set({ ...together, [indexKey]: kept, [leavingKey]: leaving });
    this.#entries = kept;
    this.#leaving = leaving;
    await this.#store.remove(leaving.map(bodyKey));
    this.#leaving = [];
  }
}

function entryOf(ping: Ping, nowMs: number): OutboxEntry {
  return { id: ping.id, path: submissionPath(ping), createdMs: nowMs };
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
