import type { InspectorRequest, InspectorView } from "#core/messages.ts";
import { askAgainMs, type PageWorld, request } from "./background-link.ts";
import { clockBanner } from "./clock-banner.ts";
import { button, part, type Piece, show } from "./dom.ts";
import { fillWords } from "./fill-words.ts";
import {
  forcedText,
  inspectorStatus,
  lookedText,
  movedText,
  type Outcome,
  ranText,
} from "./inspector-wording.ts";
import { failureCard } from "./panels.ts";
import { readInspector } from "./read-inspector.ts";
import { endCard, recipeCard } from "./recipe-card.ts";

/** The Inspector: what the next run would make of every recipe, and what QA can make happen. */
export class InspectorPage {
  readonly #world: Omit<PageWorld, "onChanged">;
  #view: InspectorView | undefined;
  #failure: string | undefined;
  #isGoing = false;

  constructor(world: Omit<PageWorld, "onChanged">) {
    this.#world = world;
  }

  /**
   * Shows the page. It looks when it is asked to, because a look fetches and judges every recipe, and
   * by itself as long as nobody answers.
   */
  async open(): Promise<never> {
    const { words } = this.#world;
    fillWords(words);
    part("dismiss").addEventListener("click", () => {
      this.#say("");
      part("recipes-title").focus();
    });
    part("run").addEventListener("click", () => void this.#order({ ask: "run-now" }, ranText));
    part("look").addEventListener("click", () => void this.#order({ ask: "inspect" }, lookedText));
    part("clock-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const days = part("clock-days");
      if (days instanceof HTMLInputElement) void this.#move(days.valueAsNumber);
    });
    const look = (): Promise<void> => this.#order({ ask: "inspect" }, () => "");
    await look();
    for (;;) {
      await this.#world.clock.delay(askAgainMs);
      if (this.#failure !== undefined && document.visibilityState === "visible") await look();
    }
  }

  async #move(days: number): Promise<void> {
    await this.#order({ ask: "move-clock", days }, movedText(days));
  }

  async #force(slug: string, branch: string | null): Promise<void> {
    await this.#order({ ask: "force-branch", slug, branch }, forcedText(slug, branch));
  }

  /** @param outcome - the sentence for what the answer shows; `undefined` when the order had no effect */
  async #order(message: InspectorRequest, outcome: Outcome): Promise<void> {
    if (this.#isGoing) return;
    const { words } = this.#world;
    this.#setGoing(true);
    const answer = await request(message, this.#world, readInspector);
    this.#setGoing(false);
    if (answer.kind === "view") this.#view = answer.view;
    this.#failure = answer.kind === "failed" ? answer.detail : undefined;
    this.#show();
    this.#say(
      answer.kind === "failed"
        ? words("order_unanswered")
        : (outcome(answer.view, words) ?? words("order_without_effect")),
    );
  }

  #setGoing(isGoing: boolean): void {
    this.#isGoing = isGoing;
    document.querySelector("main")?.setAttribute("aria-busy", String(isGoing));
    // Not `disabled`: that would take the focus away from whoever just pressed one.
    for (const control of document.querySelectorAll("main button"))
      control.setAttribute("aria-disabled", String(isGoing));
  }

  #say(text: string): void {
    // A sentence that stands there already is not read out again.
    if (part("notice").textContent !== text) part("notice").textContent = text;
    part("notice-bar").classList.toggle("is-shown", text !== "");
  }

  #show(): void {
    const { words } = this.#world;
    const view = this.#view;
    const isOpen = view?.devMode === true;
    document.body.classList.toggle("has-view", isOpen);
    const retry = (): void => void this.#order({ ask: "inspect" }, lookedText);
    show(part("failure"), failureCard(this.#failure, isOpen, retry, words));
    if (view === undefined) return;
    show(part("status"), inspectorStatus(view, words));
    const back = button({ id: "clock-back", class: "button" }, words("clock_back"), () => {
      void this.#move(0);
    });
    show(part("clock-banner"), clockBanner(view.clockDays, words, back));
    const days = part("clock-days");
    if (days instanceof HTMLInputElement) days.valueAsNumber = view.clockDays;
    const { recipes = [], ends = [], braked = false } = view.inspection ?? {};
    part("recipes-count").textContent = String(recipes.length);
    show(
      part("recipes"),
      recipes.map((recipe): Piece => {
        const forced = Object.hasOwn(view.forced, recipe.slug)
          ? view.forced[recipe.slug]
          : undefined;
        const onForce = (slug: string, branch: string | null): void =>
          void this.#force(slug, branch);
        return {
          key: String(recipe.id),
          shows: [recipe, forced],
          build: () => recipeCard(recipe, { words, forced, onForce }),
        };
      }),
    );
    part("ends-section").hidden = ends.length === 0 && !braked;
    part("ends-text").textContent = words(braked ? "ends_braked" : "ends_text");
    show(
      part("ends"),
      ends.map((end) => ({ key: end.key, shows: end, build: () => endCard(end, words) })),
    );
  }
}
