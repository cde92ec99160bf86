import { platform, setPriority } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { openBackroom, type Backroom } from "./backroom.ts";
import type { Found } from "./decoder.ts";
import type { IngestProblem } from "./errors.ts";
import type { IngestLimits } from "./limits.ts";
import type { Position } from "./segment.ts";

// The thread of a backroom: opens it on what it was started with, says so, and does what it is asked.

/** What such a thread is started with. */
export interface ThreadData {
  readonly dataDir: string;
  readonly limits: IngestLimits;
}

type CallName = Exclude<keyof Backroom, "state" | "wake" | "listen">;
/** What can be asked of a backroom in another thread; each is answered once. */
export type Call = {
  [N in CallName]: { readonly name: N; readonly args: Parameters<Backroom[N]> };
}[CallName];

/** From the serving thread. */
export type ToThread =
  | { readonly kind: "wake"; readonly durable: Position }
  | { readonly kind: "listen"; readonly isHeard: boolean }
  | { readonly kind: "call"; readonly id: number; readonly call: Call };

/** To the serving thread. */
export type FromThread =
  | { readonly kind: "found"; readonly found: Found }
  | { readonly kind: "problem"; readonly problem: IngestProblem }
  | { readonly kind: "open"; readonly state: Found["state"] }
  | { readonly kind: "done"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: unknown };

/** Where threads have priorities of their own: whoever waits for an answer goes first. */
const niceness = 19;

function serve(port: NonNullable<typeof parentPort>, { dataDir, limits }: ThreadData): void {
  if (platform() === "linux") setPriority(niceness);
  const tell = (message: FromThread): void => {
    port.postMessage(message);
  };
  const backroom = openBackroom({
    ...{ dataDir, limits },
    clock: { delay: (ms) => delay(ms) },
    report: (problem) => {
      tell({ kind: "problem", problem });
    },
    onFound: (found) => {
      tell({ kind: "found", found });
    },
  });

  async function answer({ name, args }: Call): Promise<unknown> {
    switch (name) {
      case "settled":
        return backroom.settled();
      case "replay":
        return backroom.replay(...args);
      case "areDeletionsDue":
        return backroom.areDeletionsDue(...args);
      case "takeOut":
        return backroom.takeOut(...args);
      case "endDeletions":
        return backroom.endDeletions(...args);
      case "expire":
        return backroom.expire(...args);
      case "close":
        return backroom.close();
    }
  }

  port.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "wake":
        backroom.wake(message.durable);
        break;
      case "listen":
        backroom.listen(message.isHeard);
        break;
      case "call": {
        const { id, call } = message;
        answer(call)
          .then(
            (value) => {
              tell({ kind: "done", id, value });
            },
            (error: unknown) => {
              tell({ kind: "failed", id, error });
            },
          )
          .finally(() => {
            // With nobody to hear, the thread ends.
            if (call.name === "close") port.close();
          });
      }
    }
  });
  tell({ kind: "open", state: backroom.state() });
}

if (parentPort !== null) serve(parentPort, workerData as ThreadData);
