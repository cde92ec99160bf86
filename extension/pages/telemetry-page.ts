import {
  type TelemetrySwitch,
  telemetrySwitches,
  type TelemetryView,
} from "#core/telemetry-view.ts";
import { askAgainMs, type PageWorld, request } from "./background-link.ts";
import { copy, part, show } from "./dom.ts";
import { fillWords } from "./fill-words.ts";
import { failureCard } from "./panels.ts";
import { search } from "./ping-search.ts";
import { foldId, sectionPiece } from "./ping-section.ts";
import { type Section, sectionsOf } from "./ping-sections.ts";
import { readTelemetry } from "./read-telemetry.ts";
import {
  absentCard,
  clientPanel,
  pingChoices,
  telemetryStatus,
  wherePanel,
} from "./telemetry-panels.ts";
import {
  isSwitchedOn,
  switchId,
  telemetrySwitch,
  telemetrySwitchWords,
} from "./telemetry-switch.ts";
import { counted } from "./words.ts";

/** The Telemetry page: what is being gathered, and every ping that waits or was sent, part by part. */
export class TelemetryPage {
  readonly #world: PageWorld;
  readonly #number: (value: number) => string;
  #view: TelemetryView | undefined;
  #sections: readonly Section[] = [];
  /** What the person has chosen to see: `main`, `event`, or the id of a ping. */
  #chosen = "main";
  #failure: string | undefined;
  #looking: Promise<void> | undefined;
  #isStale = false;
  #isGoing = false;
  /** Parts that are folded open while nothing is searched for. */
  readonly #open = new Set((["histograms", "events"] as const).map(foldId));
  #isSearching = false;

  constructor(world: PageWorld) {
    this.#world = world;
    const format = new Intl.NumberFormat(world.words("language"));
    this.#number = (value) => format.format(value);
  }

  /** Shows the page. It looks again when it comes into sight and when something was stored. */
  async open(): Promise<never> {
    fillWords(this.#world.words);
    part("dismiss").addEventListener("click", () => {
      this.#say("");
      part("ping").focus();
    });
    part("ping").addEventListener("change", () => {
      this.#chosen = choices().value;
      void this.#look();
    });
    part("whole").addEventListener("change", () => void this.#look());
    part("search").addEventListener("input", () => {
      this.#showPing();
    });
    part("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
    });
    const look = (): void => {
      if (document.visibilityState === "visible" && !this.#isGoing) void this.#look();
    };
    document.addEventListener("visibilitychange", look);
    this.#world.onChanged(look);
    await this.#look();
    for (;;) {
      await this.#world.clock.delay(askAgainMs);
      if (this.#failure !== undefined) look();
    }
  }

  /** Looks once more after the look that is under way, however often that is asked for meanwhile. */
  #look(): Promise<void> {
    this.#isStale = true;
    this.#looking ??= this.#lookUntilFresh().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookUntilFresh(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const what = this.#what();
      const answer = await request({ ask: "telemetry", what }, this.#world, readTelemetry);
      // What was chosen before must not be shown after it.
      if (what !== this.#what()) continue;
      if (answer.kind === "view") this.#hear(answer.view);
      this.#failure = answer.kind === "failed" ? answer.detail : undefined;
      this.#showFailure();
    }
  }

  /** What the person wants to see. */
  #what(): string {
    return this.#chosen === "main" && input("whole").checked ? "session" : this.#chosen;
  }

  #showFailure(): void {
    const retry = (): void => void this.#look();
    const hasView = this.#view !== undefined;
    show(part("failure"), failureCard(this.#failure, hasView, retry, this.#world.words));
    // One that was turned in vain goes back to what is true.
    if (this.#view !== undefined)
      for (const name of telemetrySwitches)
        input(switchId(name)).checked = isSwitchedOn(name, this.#view);
  }

  #hear(view: TelemetryView): void {
    this.#view = view;
    const { shown } = view;
    this.#sections = shown === null ? [] : sectionsOf(shown.json, this.#number);
    this.#show(view);
    this.#showPing();
  }

  async #turn(name: TelemetrySwitch, on: boolean): Promise<void> {
    if (this.#isGoing) return;
    this.#isGoing = true;
    this.#say("");
    const { words } = this.#world;
    // Of the answer only that there is one: it is the Studies page's.
    const isAnswered = (answer: unknown) => (answer === undefined ? undefined : true);
    const answer = await request({ ask: "set-switch", name, on }, this.#world, isAnswered);
    await this.#look();
    this.#isGoing = false;
    const isDone = this.#view !== undefined && isSwitchedOn(name, this.#view) === on;
    const { turnedOn, turnedOff } = telemetrySwitchWords[name];
    if (answer.kind === "failed") this.#say(words("order_unanswered"));
    else this.#say(words(isDone ? (on ? turnedOn : turnedOff) : "order_without_effect"));
  }

  async #copy(text: string): Promise<void> {
    const { words } = this.#world;
    this.#say(words((await copy(text)) ? "copied" : "copy_failed"));
  }

  #say(text: string): void {
    part("notice").textContent = text;
    part("notice-bar").classList.toggle("is-shown", text !== "");
  }

  /** Everything but the ping itself. */
  #show(view: TelemetryView): void {
    const { clock, words } = this.#world;
    document.body.classList.add("has-view");
    show(part("status"), telemetryStatus(view, words));
    show(part("ping"), pingChoices(view, clock.nowMs(), words));
    choices().value = this.#chosen;
    part("picker").hidden = !view.isOn && view.pings.length === 0;
    part("whole-row").hidden = this.#chosen !== "main";
    const parts = view.shown?.parts ?? null;
    part("parts").textContent =
      parts === null ? "" : words("parts_at_hand", String(parts.found), String(parts.of));
    show(
      part("switches"),
      telemetrySwitches.map((name) =>
        telemetrySwitch(name, view, words, (on) => void this.#turn(name, on)),
      ),
    );
    show(part("where"), wherePanel(view, words));
    const onCopy = (text: string): void => void this.#copy(text);
    show(part("client"), clientPanel(view, words, onCopy));
  }

  /** The ping, as far as it is searched for. */
  #showPing(): void {
    const { words } = this.#world;
    const query = input("search").value.trim();
    const { sections, hits } = search(this.#sections, query);
    const onCopy = (text: string): void => void this.#copy(text);
    this.#rememberFolds();
    show(
      part("sections"),
      sections.map((section) => sectionPiece(section, words, onCopy)),
    );
    this.#isSearching = query !== "";
    // What is found is on show; afterwards what was open before is.
    for (const fold of folds()) fold.open = this.#isSearching || this.#open.has(fold.id);
    part("hits").textContent = query === "" ? "" : counted(words, "search_hits", hits);
    show(part("absent"), absentCard(this.#view, this.#chosen, words));
  }

  #rememberFolds(): void {
    if (this.#isSearching) return;
    for (const { id, open } of folds())
      if (open) this.#open.add(id);
      else this.#open.delete(id);
  }
}

function folds(): readonly HTMLDetailsElement[] {
  return [...part("sections").querySelectorAll("details")];
}

function choices(): HTMLSelectElement {
  const found = part("ping");
  if (found instanceof HTMLSelectElement) return found;
  throw new Error("#ping offers no choice");
}

function input(id: string): HTMLInputElement {
  const found = part(id);
  if (found instanceof HTMLInputElement) return found;
  throw new Error(`#${id} is no field`);
}
