import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Clock } from "#core/ports.ts";
import type { Backroom, BackroomOptions } from "./backroom.ts";
import type { Call, FromThread, ThreadData, ToThread } from "./backroom-thread.ts";
import { IngestError } from "./errors.ts";
import { emptyState } from "./index-rows.ts";
import type { Position } from "./segment.ts";

/** Begins a thread with what it is to be told. */
export type StartThread = (workerData: ThreadData) => Worker;

/** A thread of this process. */
export const startThread: StartThread = (workerData) =>
  new Worker(new URL("./backroom-thread.ts", import.meta.url), { workerData });

/** How long after its end a thread is begun anew, in milliseconds. */
const restartMs = 1_000;

interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens a backroom in a thread of its own. Where that ends by itself, it is said, and another one is
 * begun, which goes on where the index stands; until then it refuses with `ingest/backroom-ended`.
 *
 * @throws whatever opening it threw, as a plain error
 */
export async function openRemoteBackroom(
  options: BackroomOptions & { readonly clock: Pick<Clock, "delay">; readonly start: StartThread },
): Promise<Backroom> {
  const { dataDir, limits, report, onFound, clock, start } = options;
  const asked = new Map<number, Asked>();
  let lastId = 0;
  let state = emptyState;
  let durable: Position | undefined;
  let isHeard = false;
  let isOpen = false;
  let isClosing = false;
  let thread = begin();

  /** Begins a thread; `opening` says when it is open, or why it is not. */
  function begin(): { readonly worker: Worker; readonly opening: Promise<void> } {
    const worker = start({ dataDir, limits });
    const opening = new Promise<void>((resolve, reject) => {
      let cause: unknown;
      worker.on("message", (message: FromThread) => {
        hear(message);
        if (message.kind === "open") resolve();
      });
      worker.on("error", (error) => {
        cause = error;
      });
      worker.on("exit", () => {
        reject(cause instanceof Error ? cause : ended());
        if (isOpen) lose(cause);
      });
    });
    return { worker, opening };
  }

  function lose(cause: unknown): void {
    isOpen = false;
    for (const { reject } of asked.values()) reject(ended(cause));
    asked.clear();
    if (!isClosing) void beginAgain(cause);
  }

  async function beginAgain(reason: unknown): Promise<void> {
    for (let cause = reason; ;) {
      const { code, message } = ended();
      report({ code, message: `${message}; it is begun anew`, cause });
      await clock.delay(restartMs);
      if (isClosing) return;
      thread = begin();
      try {
        await thread.opening;
        return;
      } catch (error) {
        cause = error;
      }
    }
  }

  function hear(message: FromThread): void {
    switch (message.kind) {
      case "open":
        ({ state } = message);
        isOpen = true;
        tell({ kind: "listen", isHeard });
        if (durable !== undefined) tell({ kind: "wake", durable });
        break;
      case "found":
        ({ state } = message.found);
        onFound(message.found);
        break;
      case "problem":
        report(message.problem);
        break;
      case "done":
        asked.get(message.id)?.resolve(message.value);
        asked.delete(message.id);
        break;
      case "failed":
        asked.get(message.id)?.reject(message.error);
        asked.delete(message.id);
    }
  }

  /** What is told to none is told to the next one when it opens. */
  function tell(message: ToThread): void {
    if (isOpen) thread.worker.postMessage(message);
  }

  function ask<C extends Call>(call: C): Promise<Awaited<ReturnType<Backroom[C["name"]]>>> {
    if (!isOpen) return Promise.reject(ended());
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      // The other end is `backroom-thread.ts`, which answers with what the call of that name returns.
      asked.set(id, { resolve: resolve as Asked["resolve"], reject });
      tell({ kind: "call", id, call });
    });
  }

  await thread.opening;
  return {
    state: () => state,
    wake(to) {
      durable = to;
      tell({ kind: "wake", durable });
    },
    listen(to) {
      isHeard = to;
      tell({ kind: "listen", isHeard });
    },
    settled: () => ask({ name: "settled", args: [] }),
    replay: (code) => ask({ name: "replay", args: [code] }),
    areDeletionsDue: (beforeMs) => ask({ name: "areDeletionsDue", args: [beforeMs] }),
    takeOut: (beforeMs, last) => ask({ name: "takeOut", args: [beforeMs, last] }),
    endDeletions: (ends) => ask({ name: "endDeletions", args: [ends] }),
    expire: (kept, last) => ask({ name: "expire", args: [kept, last] }),
    async close() {
      isClosing = true;
      // One that is just begun anew opens first; where there is none, nothing is open.
      await thread.opening.catch(() => undefined);
      if (isOpen)
        await Promise.all([once(thread.worker, "exit"), ask({ name: "close", args: [] })]);
    },
  };
}

function ended(cause?: unknown): IngestError {
  return new IngestError("ingest/backroom-ended", "the thread that decodes has ended", { cause });
}
