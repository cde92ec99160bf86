import type { PageRequest, StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";
import { running } from "./arrange.ts";
import { type Answer, type PageWorld, request } from "./background-link.ts";
import { idOf, part, save } from "./dom.ts";
import { eventsList } from "./events-list.ts";
import { exportName, exportText } from "./export.ts";
import { fillWords } from "./fill-words.ts";
import { readView } from "./read-view.ts";
import { type PageState, showPage } from "./show-page.ts";
import { askerId, questionId, stands, type Subject } from "./subject.ts";
import { switchOffEffects, switchWords } from "./switch-wording.ts";
import { keyFor } from "./wording.ts";
import { counted } from "./words.ts";

/** What nobody tells the page, a switch turned in about:config for one, it finds out this soon. */
const lookEveryMs = 10_000;

/** The Studies page: holds what was last heard and what the person is about to do. */
export class StudiesPage {
  readonly #world: PageWorld;
  #state: PageState = { isGoing: false };
  #isLooking = false;
  #isStale = false;
  #orders = 0;

  constructor(world: PageWorld) {
    this.#world = world;
  }

  /** Shows the page and keeps it true until it is closed. */
  async open(): Promise<never> {
    const { words } = this.#world;
    fillWords(words);
    part("events").replaceChildren(...eventsList(words));
    part("export").addEventListener("click", () => {
      this.#export();
    });
    addEventListener("hashchange", openPrivacy);
    openPrivacy();
    part("dismiss").addEventListener("click", () => {
      this.#set({ notice: undefined });
      part("running-title").focus();
    });
    const look = (): void => {
      if (document.visibilityState === "visible") void this.#look();
    };
    document.addEventListener("visibilitychange", look);
    this.#world.onChanged(look);
    for (;;) {
      look();
      await this.#world.clock.delay(lookEveryMs);
    }
  }

  /** Looks once more after the look that is under way, however often that is asked for meanwhile. */
  async #look(): Promise<void> {
    if (this.#state.isGoing) return;
    this.#isStale = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#isStale) {
      this.#isStale = false;
      const order = this.#orders;
      const answer = await request({ ask: "studies" }, this.#world, readView);
      // What was asked before an order must not be shown after it.
      if (order === this.#orders) this.#hear(answer);
    }
    this.#isLooking = false;
  }

  #hear(answer: Answer<StudiesView>): void {
    if (answer.kind === "failed") {
      this.#set({ failure: answer.detail });
      return;
    }
    const { asking } = this.#state;
    // What the question was about may have ended meanwhile, by another hand.
    const still = asking !== undefined && stands(asking, answer.view) ? asking : undefined;
    this.#set({ view: answer.view, failure: undefined, asking: still });
  }

  #ask(subject: Subject): void {
    if (this.#state.isGoing) return;
    this.#set({ asking: subject, notice: undefined });
    document.getElementById(`${questionId(subject)}-keep`)?.focus();
  }

  #keep(): void {
    const { asking } = this.#state;
    this.#set({ asking: undefined });
    if (asking !== undefined) document.getElementById(askerId(asking))?.focus();
  }

  #go(subject: Subject): void {
    switch (subject.of) {
      case "change":
        void this.#leave(subject.key);
        break;
      case "switch":
        void this.#turn(subject.name, false);
        break;
      case "everything":
        void this.#leaveAll();
        break;
    }
  }

  #turned(name: SwitchName, on: boolean): void {
    const { view } = this.#state;
    if (view === undefined) return;
    if (on || switchOffEffects(name, view, this.#world.words) === undefined)
      void this.#turn(name, on);
    else this.#ask({ of: "switch", name });
  }

  async #leave(key: string): Promise<void> {
    const before = running(this.#state.view?.changes ?? []);
    const index = before.findIndex((change) => change.key === key);
    const change = before[index];
    if (change === undefined) return;
    const next = before[index + 1] ?? before[index - 1];
    const isDone = await this.#order({ ask: "leave", key }, ({ changes }) =>
      changes.some((other) => other.key === key && other.isLive)
        ? undefined
        : this.#world.words(keyFor(change, "left_study", "left_rollout"), change.name),
    );
    if (isDone) focusOn(next === undefined ? undefined : idOf("title", next.key));
    else this.#focusBack({ of: "change", key });
  }

  async #leaveAll(): Promise<void> {
    const { words } = this.#world;
    const count = running(this.#state.view?.changes ?? []).length;
    const isDone = await this.#order({ ask: "leave-all" }, ({ changes }) =>
      changes.some(({ isLive }) => isLive)
        ? undefined
        : count === 0
          ? words("left_all")
          : counted(words, "left_all_ending", count),
    );
    if (isDone) focusOn(undefined);
    else this.#focusBack({ of: "everything" });
  }

  async #turn(name: SwitchName, on: boolean): Promise<void> {
    const key = on ? switchWords[name].turnedOn : switchWords[name].turnedOff;
    const isDone = await this.#order({ ask: "set-switch", name, on }, (view) =>
      view.switches[name] === on ? this.#world.words(key) : undefined,
    );
    if (isDone) focusOn(`switch-${name}`);
    else this.#focusBack({ of: "switch", name });
  }

  /**
   * Sends an order and says how it went.
   * @param outcome - the sentence for what the answer shows; `undefined` when the order had no effect
   * @returns whether it had
   */
  async #order(
    message: PageRequest,
    outcome: (view: StudiesView) => string | undefined,
  ): Promise<boolean> {
    if (this.#state.isGoing) return false;
    this.#orders++;
    this.#set({ isGoing: true, notice: undefined });
    const answer = await request(message, this.#world, readView);
    this.#state = { ...this.#state, isGoing: false };
    if (answer.kind === "view") this.#state = withoutQuestion(this.#state);
    this.#hear(answer);
    const done = answer.kind === "view" ? outcome(answer.view) : undefined;
    const failed = this.#world.words(
      answer.kind === "view" ? "order_without_effect" : "order_unanswered",
    );
    this.#set({ notice: done ?? failed });
    return done !== undefined;
  }

  /** To the question where it still stands, else to the control that raised it. */
  #focusBack(subject: Subject): void {
    const keep = document.getElementById(`${questionId(subject)}-keep`);
    (keep ?? document.getElementById(askerId(subject)) ?? part("running-title")).focus();
  }

  #set(change: { readonly [K in keyof PageState]?: PageState[K] | undefined }): void {
    const { view, failure, asking, notice, isGoing = false } = { ...this.#state, ...change };
    this.#state = {
      isGoing,
      ...(view === undefined ? {} : { view }),
      ...(failure === undefined ? {} : { failure }),
      ...(asking === undefined ? {} : { asking }),
      ...(notice === undefined ? {} : { notice }),
    };
    const { clock, words } = this.#world;
    const hands = {
      onAsk: (subject: Subject) => {
        this.#ask(subject);
      },
      onKeep: () => {
        this.#keep();
      },
      onGo: (subject: Subject) => {
        this.#go(subject);
      },
      onTurn: (name: SwitchName, on: boolean) => {
        this.#turned(name, on);
      },
      onRetry: () => void this.#look(),
    };
    showPage(this.#state, clock.nowMs(), hands, words);
  }

  /** Saves what the page knows, as of now. */
  #export(): void {
    const { view } = this.#state;
    if (view === undefined) return;
    const { clock, words } = this.#world;
    const name = exportName(clock.nowMs());
    save(name, exportText(view, clock.nowMs()));
    this.#set({ notice: words("exported", name) });
  }
}

function withoutQuestion({ asking: _answered, ...rest }: PageState): PageState {
  return rest;
}

/** Where the person goes on from; the list's heading where that is gone. */
function focusOn(id: string | undefined): void {
  const wanted = id === undefined ? null : document.getElementById(id);
  (wanted ?? part("running-title")).focus();
}

function openPrivacy(): void {
  if (location.hash === "#privacy") part("privacy").setAttribute("open", "");
}
