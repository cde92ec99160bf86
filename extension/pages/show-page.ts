import type { ChangeView, StudiesView } from "#core/messages.ts";
import type { SwitchName } from "#core/ports.ts";
import { ended, running } from "./arrange.ts";
import { clockBanner } from "./clock-banner.ts";
import { changeCard } from "./change-card.ts";
import { part, type Piece, show } from "./dom.ts";
import type { FactsContext } from "./facts.ts";
import { emptyCard, failureCard, leaveAllPanel, statusLine } from "./panels.ts";
import { pastRow } from "./past-list.ts";
import { type Answers, isSame, type Subject } from "./subject.ts";
import { switchRow } from "./switch-row.ts";
import { switches } from "./switch-wording.ts";
import type { Words } from "./words.ts";

/** Everything that decides what the page looks like, the clock aside. */
export interface PageState {
  /** The last that was heard; kept on show while the background does not answer. */
  readonly view?: StudiesView;
  readonly failure?: string;
  readonly asking?: Subject;
  /** Whether an order is being carried out. */
  readonly isGoing: boolean;
  readonly notice?: string;
}

/** What a person can do on the page. */
export interface PageHands {
  readonly onAsk: (subject: Subject) => void;
  readonly onKeep: () => void;
  readonly onGo: (subject: Subject) => void;
  readonly onTurn: (name: SwitchName, on: boolean) => void;
  readonly onRetry: () => void;
}

/** Brings the document up to date with the state. */
export function showPage(state: PageState, nowMs: number, hands: PageHands, words: Words): void {
  const { view, failure, notice } = state;
  document.body.classList.toggle("has-view", view !== undefined);
  if (part("notice").textContent !== (notice ?? "")) part("notice").textContent = notice ?? "";
  part("notice-bar").classList.toggle("is-shown", notice !== undefined);
  show(part("failure"), failureCard(failure, view !== undefined, hands.onRetry, words));
  if (view === undefined) return;

  const live = running(view.changes);
  const past = ended(view.changes);
  const facts: FactsContext = {
    words,
    server: view.server,
    telemetryOn: view.switches.telemetry_enabled,
    nowMs,
  };
  show(part("clock-banner"), clockBanner(view.clockDays, words));
  part("qa").hidden = !view.devMode;
  show(part("status"), statusLine(view, nowMs, words));
  part("running-count").textContent = live.length === 0 ? "" : String(live.length);
  show(
    part("running"),
    live.map((change) => card(change, facts, state, hands)),
  );
  show(part("empty"), live.length === 0 ? emptyCard(view, words) : []);
  part("past-section").hidden = past.length === 0;
  part("past-count").textContent = String(past.length);
  show(
    part("past"),
    past.map((change) => ({
      key: change.key,
      shows: [change, shownOf(facts)],
      build: () => pastRow(change, facts),
    })),
  );
  show(
    part("switches"),
    switches.map((name) => {
      const answers = answersTo({ of: "switch", name }, state, hands);
      const onTurn = (on: boolean): void => {
        hands.onTurn(name, on);
      };
      return {
        key: name,
        shows: [view, answers],
        build: () => switchRow(name, { words, view, ...answers, onTurn }),
      };
    }),
  );
  if (!state.isGoing) setSwitches(view);
  show(
    part("leave-all"),
    leaveAllPanel(view, answersTo({ of: "everything" }, state, hands), words),
  );
}

function card(change: ChangeView, facts: FactsContext, state: PageState, hands: PageHands): Piece {
  const context = { ...facts, ...answersTo({ of: "change", key: change.key }, state, hands) };
  return {
    key: change.key,
    // Functions leave no trace in JSON: what is compared is what is shown.
    shows: [change, { ...context, ...shownOf(facts) }],
    build: () => changeCard(change, context),
  };
}

/** What of the context shows: times are in words of days, so the day is enough. */
function shownOf({ server, telemetryOn, nowMs }: FactsContext): object {
  return { server, telemetryOn, nowMs: new Date(nowMs).toDateString() };
}

function answersTo(subject: Subject, state: PageState, hands: PageHands): Answers {
  const isAsking = isSame(state.asking, subject);
  return {
    isAsking,
    isGoing: isAsking && state.isGoing,
    onAsk: () => {
      hands.onAsk(subject);
    },
    onKeep: hands.onKeep,
    onGo: () => {
      hands.onGo(subject);
    },
  };
}

/** A switch that was turned in vain goes back to what is true. */
function setSwitches(view: StudiesView): void {
  for (const name of switches) {
    const input = part(`switch-${name}`);
    if (input instanceof HTMLInputElement) input.checked = view.switches[name];
  }
}
