import * as v from "valibot";
import { argumentShapes } from "#recipes/arguments.ts";
import {
  type HeartbeatMoment,
  heartbeatMoments,
  type HeartbeatScore,
  heartbeatScores,
} from "#telemetry/pings.ts";
import type { Store } from "./ports.ts";

// What this browser remembers of surveys: the one that is on show, and when each recipe last asked.

const storeKey = "heartbeat";

const promptShape = v.object({
  recipeId: v.number(),
  /** UUID of this one showing. */
  flowId: v.string(),
  /** As the ping names the survey. */
  surveyId: v.string(),
  surveyVersion: v.string(),
  /** When the recipe asked for it, in milliseconds since 1970. */
  shownMs: v.number(),
  says: argumentShapes["show-heartbeat"],
  /** What became of it so far; nothing until its page is there. */
  results: v.record(v.picklist(heartbeatMoments), v.number()),
  /** The stars, once it is answered. */
  score: v.exactOptional(v.picklist(heartbeatScores)),
});

/** One survey on show. */
export type Prompt = v.InferOutput<typeof promptShape>;

const stateShape = v.object({
  prompt: v.exactOptional(promptShape),
  /** By recipe id, in milliseconds since 1970. */
  seen: v.record(
    v.string(),
    v.object({ shownMs: v.number(), answeredMs: v.exactOptional(v.number()) }),
  ),
});
export type HeartbeatState = v.InferOutput<typeof stateShape>;

/** What the page of a survey says: what happened, to which showing, and the stars beside `votedTS`. */
export interface HeartbeatWord {
  readonly moment: HeartbeatMoment;
  /** Absent before the page knows it. */
  readonly flowId?: string;
  readonly score?: HeartbeatScore;
}

/** @returns `undefined` when an answer of the background names no survey to show */
export function readPrompt(answer: unknown): Prompt | undefined {
  const parsed = v.safeParse(promptShape, answer);
  return parsed.success ? parsed.output : undefined;
}

/** Reads the store once and writes every change through: a page's word survives a kill. */
export class HeartbeatBook {
  readonly #store: Store;
  #state: HeartbeatState;

  private constructor(store: Store, state: HeartbeatState) {
    this.#store = store;
    this.#state = state;
  }

  /** A record that cannot be read is forgotten with the survey in it. */
  static async open(store: Store): Promise<HeartbeatBook> {
    const parsed = v.safeParse(stateShape, await store.get(storeKey));
    return new HeartbeatBook(store, parsed.success ? parsed.output : { seen: {} });
  }

  get state(): HeartbeatState {
    return this.#state;
  }

  /** The survey that is over and not in a ping yet. */
  get over(): Prompt | undefined {
    const { prompt } = this.#state;
    return prompt !== undefined && isOver(prompt) ? prompt : undefined;
  }

  /** Before it is shown: whatever happens next, its recipe has asked. */
  show(prompt: Prompt): Promise<void> {
    return this.#note(prompt, { shownMs: prompt.shownMs });
  }

  /**
   * Notes when something happened to the page, the first time that it did.
   *
   * @returns the survey that is to be seen from now on, if any
   */
  async hear({ moment, flowId, score }: HeartbeatWord, nowMs: number): Promise<Prompt | undefined> {
    const { prompt } = this.#state;
    if (prompt === undefined || isOver(prompt) || (flowId ?? prompt.flowId) !== prompt.flowId)
      return undefined;
    if (prompt.results[moment] !== undefined) return prompt;
    const results = { ...prompt.results, [moment]: nowMs };
    const heard = { ...prompt, results, ...(score && { score }) };
    const isAnswer = moment === "votedTS" || moment === "engagedTS";
    await this.#note(heard, isAnswer ? { answeredMs: nowMs } : {});
    return isOver(heard) ? undefined : heard;
  }

  /**
   * Nobody can answer any more: the page went with its browser, or a switch forbids it.
   *
   * @param patienceMs - left alone when it was shown less than that ago
   */
  async end(nowMs: number, patienceMs = 0): Promise<void> {
    const { prompt } = this.#state;
    if (prompt !== undefined && Math.abs(nowMs - prompt.shownMs) >= patienceMs)
      await this.hear({ moment: "windowClosedTS" }, nowMs);
  }

  /** What is left beside the survey; the caller stores it in the write that makes its ping durable. */
  without(): Readonly<Record<string, unknown>> {
    return { [storeKey]: { seen: this.#state.seen } };
  }

  /** Forgets the survey, once that write is through. */
  forget(): void {
    this.#state = { seen: this.#state.seen };
  }

  async #note(prompt: Prompt, of: { shownMs?: number; answeredMs?: number }): Promise<void> {
    const { seen } = this.#state;
    const before = seen[prompt.recipeId] ?? { shownMs: prompt.shownMs };
    this.#state = { prompt, seen: { ...seen, [prompt.recipeId]: { ...before, ...of } } };
    await this.#store.set({ [storeKey]: this.#state });
  }
}

function isOver({ results }: Prompt): boolean {
  return (results.closedTS ?? results.windowClosedTS) !== undefined;
}
