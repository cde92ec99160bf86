import { type Prompt, readPrompt } from "#core/heartbeat.ts";
import type { PageRequest } from "#core/messages.ts";
import type { HeartbeatMoment, HeartbeatScore } from "#telemetry/pings.ts";
import { type AnswerFacts, answerUrl, type Engagement } from "./answer-url.ts";
import { element, part } from "./dom.ts";
import { question } from "./heartbeat-question.ts";
import { fillWords } from "./fill-words.ts";
import { thanksText } from "./heartbeat-wording.ts";
import { whenText } from "./times.ts";
import type { Words } from "./words.ts";

/** What the page of a survey needs of the world. */
export interface HeartbeatWorld {
  ask(message: PageRequest): Promise<unknown>;
  readonly words: Words;
  readonly clock: { nowMs(): number; delay(ms: number): Promise<void> };
  /** Calls back after the background stored something. */
  onChanged(tell: () => void): void;
  /** Calls back when the page goes, whoever sends it away. */
  onGoing(tell: () => void): void;
  openTab(url: string): Promise<void>;
  closeOwnTab(): Promise<void>;
  readFacts(): Promise<AnswerFacts>;
}

/** As in Normandy: nobody has answered by then. */
const surveyMs = 5 * 60_000;
/** How long a person has to read the thanks. */
const thanksMs = 5_000;

/**
 * The page of one survey. It knows only what the background tells it, and tells the background each
 * thing that happens: whatever ends it, what is known by then is kept there.
 */
export class HeartbeatPage {
  readonly #world: HeartbeatWorld;
  #prompt: Prompt | undefined;
  #stage: "asking" | "answering" | "leaving" = "asking";

  constructor(world: HeartbeatWorld) {
    this.#world = world;
  }

  async open(): Promise<void> {
    fillWords(this.#world.words);
    const prompt = await this.#tell("offeredTS");
    if (typeof prompt === "string") {
      this.#sayOver();
      if (prompt === "over") await this.#world.closeOwnTab();
      return;
    }
    this.#prompt = prompt;
    this.#show(prompt);
    this.#world.onGoing(() => void this.#tell("windowClosedTS"));
    // A switch may be turned off that forbids it.
    this.#world.onChanged(() => void this.#look());
    await this.#world.clock.delay(surveyMs);
    if (this.#stage !== "asking") return;
    this.#stage = "leaving";
    await this.#tell("expiredTS");
    await this.#leave();
  }

  #show(prompt: Prompt): void {
    const nowMs = this.#world.clock.nowMs();
    document.title = prompt.says.message;
    part("question").replaceChildren(
      question({
        prompt,
        words: this.#world.words,
        until: whenText(nowMs + surveyMs, nowMs, this.#world.words),
        onVote: (score) => void this.#answer("votedTS", { type: "stars", score }),
        onEngage: () => void this.#answer("engagedTS", { type: "button" }),
        onLearnMore: () => void this.#tell("learnMoreTS"),
        onDecline: () => void this.#leave(),
      }),
    );
  }

  async #answer(moment: HeartbeatMoment, engagement: Engagement): Promise<void> {
    if (this.#stage !== "asking") return;
    this.#stage = "answering";
    const score = engagement.type === "stars" ? engagement.score : undefined;
    const prompt = await this.#tell(moment, score);
    if (prompt === "failed") {
      this.#stage = "asking";
      part("said").replaceChildren(
        element("p", { class: "failure" }, this.#world.words("survey_failed")),
      );
      return;
    }
    if (prompt === "over") return this.#leave();
    this.#thank(prompt);
    const read = this.#world.clock.delay(thanksMs);
    const url = answerUrl(prompt, engagement, await this.#world.readFacts());
    if (url !== undefined) await this.#world.openTab(url);
    await read;
    await this.#leave();
  }

  #thank(prompt: Prompt): void {
    const { words } = this.#world;
    const text = thanksText(prompt, words);
    document.title = text;
    const thanks = element("h1", { class: "thanks", tabindex: "-1", dir: "auto" }, text);
    part("question").replaceChildren();
    part("said").replaceChildren(
      thanks,
      element("p", { class: "aside-note" }, words("survey_closing")),
    );
    // What had the focus is gone: whoever goes on by keyboard goes on from here.
    thanks.focus();
  }

  async #look(): Promise<void> {
    if (this.#stage === "asking" && (await this.#tell("offeredTS")) === "over") await this.#leave();
  }

  async #leave(): Promise<void> {
    this.#stage = "leaving";
    await this.#tell("closedTS");
    this.#sayOver();
    await this.#world.closeOwnTab();
  }

  /** Seen only where the tab cannot close itself. */
  #sayOver(): void {
    const over = this.#world.words("survey_over");
    document.title = over;
    part("question").replaceChildren();
    part("said").replaceChildren(element("h1", {}, over));
  }

  /** @returns the survey as it stands by now; `over` when there is none for this page */
  async #tell(
    moment: HeartbeatMoment,
    score?: HeartbeatScore,
  ): Promise<Prompt | "over" | "failed"> {
    const flowId = this.#prompt?.flowId;
    try {
      const answer = await this.#world.ask({
        ask: "heartbeat",
        moment,
        ...(flowId === undefined ? {} : { flowId }),
        ...(score === undefined ? {} : { score }),
      });
      return readPrompt(answer) ?? "over";
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return "failed";
    }
  }
}
