import type { Clock } from "./ports.ts";

/** Adds up how long one kind of work took in a run, in milliseconds. */
export class Stopwatch {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #madeMs: number;
  #total = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#madeMs = clock.monotonicMs();
  }

  /** Milliseconds since it was made, work or not. */
  get age(): number {
    return this.#clock.monotonicMs() - this.#madeMs;
  }

  get total(): number {
    return this.#total;
  }

  time<T>(work: () => T): T {
    const from = this.#clock.monotonicMs();
    const stop = (): void => {
      this.#total += this.#clock.monotonicMs() - from;
    };
    let result: T;
    try {
      result = work();
    } catch (error) {
      stop();
      throw error;
    }
    // A rejection reaches the caller through `result`; here only its moment matters.
    if (result instanceof Promise) void result.then(stop, stop);
    else stop();
    return result;
  }
}
