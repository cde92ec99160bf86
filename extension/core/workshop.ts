import type { Workbench } from "./apply.ts";
import { EnrollmentBook } from "./book.ts";
import type { ClientParts } from "./client-parts.ts";
import { Guard } from "./guard.ts";
import { HeartbeatBook } from "./heartbeat.ts";

/** What a client works with, made when it is first needed: one of each, because two would each write down only what they know. */
export class Workshop {
  readonly #parts: Pick<ClientParts, "ports" | "telemetry">;
  readonly bench: () => Promise<Workbench>;
  readonly guard: () => Promise<Guard>;

  constructor(parts: Pick<ClientParts, "ports" | "telemetry">) {
    this.#parts = parts;
    this.bench = once(() => this.#set());
    this.guard = once(async () => Guard.open(parts.ports, String(await this.sessionStart())));
  }

  /** When the browser's process started, in milliseconds since 1970; 0 where that is not known. */
  async sessionStart(): Promise<number> {
    const start = await this.#parts.ports.facts.read("sessionStart");
    return typeof start === "number" ? start : 0;
  }

  async #set(): Promise<Workbench> {
    const { ports, telemetry } = this.#parts;
    return {
      ports,
      book: await EnrollmentBook.open(ports.store, ports.log),
      heartbeats: await HeartbeatBook.open(ports.store),
      recorder: await telemetry.openRecorder(await this.sessionStart(), await this.#hasEndedWell()),
    };
  }

  /** Of the last session, as far as the browser lets us see how it ended. */
  async #hasEndedWell(): Promise<boolean> {
    const { record } = await this.guard();
    return this.#parts.ports.beacon.seesTheEnd && record.streak === 0;
  }
}

/** Makes it at the first call, and anew only where that failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
