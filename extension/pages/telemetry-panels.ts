import type { PingListed, TelemetryView } from "#core/telemetry-view.ts";
import { button, code, element, icon, type Piece, said } from "./dom.ts";
import { whenText } from "./times.ts";
import { hostOf } from "./wording.ts";
import type { WordKey, Words } from "./words.ts";

/** Whether anything is sent, and to whom. */
export function telemetryStatus({ isOn, server }: TelemetryView, words: Words): readonly Piece[] {
  const isSending = isOn && server !== null;
  const text = (): readonly (Node | string)[] => {
    if (!isOn) return [words("telemetry_off")];
    if (server === null) return [words("telemetry_nowhere")];
    return said(words, "telemetry_on", element("strong", { class: "host" }, hostOf(server)));
  };
  return [
    {
      key: "status",
      shows: [isOn, server],
      build: () => {
        const tone = isSending ? "good" : "none";
        const line = element("span", {}, ...text());
        return element("p", { class: `status ${tone}` }, icon(tone), line);
      },
    },
  ];
}

/** What can be chosen, in groups that are left out where they are empty. */
export function pingChoices(
  { isOn, pings }: TelemetryView,
  nowMs: number,
  words: Words,
): readonly Piece[] {
  const waiting = pings.filter(({ sentMs }) => sentMs === null);
  const sent = pings.filter(({ sentMs }) => sentMs !== null);
  const gathering = [
    ["main", words("gathering_main")],
    ["event", words("gathering_event")],
  ] as const;
  return [
    group("gathering_group", isOn ? gathering : [], words),
    group("waiting_group", waiting.map(choice), words),
    group("sent_group", sent.map(choice), words),
  ].flat();

  function choice({ id, type, createdMs, sentMs }: PingListed): readonly [string, string] {
    return sentMs === null
      ? [id, words("ping_waiting", type, whenText(createdMs, nowMs, words))]
      : [id, words("ping_sent", type, whenText(sentMs, nowMs, words))];
  }
}

function group(
  key: WordKey,
  options: readonly (readonly [value: string, text: string])[],
  words: Words,
): readonly Piece[] {
  if (options.length === 0) return [];
  const build = (): HTMLElement =>
    element(
      "optgroup",
      { label: words(key) },
      ...options.map(([value, text]) => element("option", { value }, text)),
    );
  return [{ key, shows: options, build }];
}

/** Why there is no ping to see, where there is none. */
export function absentCard(
  view: TelemetryView | undefined,
  chosen: string,
  words: Words,
): readonly Piece[] {
  if (view === undefined || view.shown !== null) return [];
  const isGathering = view.pings.every(({ id }) => id !== chosen) && !view.isOn;
  const build = (): HTMLElement =>
    element(
      "div",
      { class: "card empty" },
      element("span", { class: "mark quiet" }, icon("none")),
      element("p", { class: "empty-title" }, words(isGathering ? "gathering_off" : "ping_gone")),
    );
  return [{ key: "absent", shows: isGathering, build }];
}

/** Where pings go, and how many wait and are kept. */
export function wherePanel({ server, pings }: TelemetryView, words: Words): readonly Piece[] {
  const waiting = pings.filter(({ sentMs }) => sentMs === null).length;
  const shows = [server, waiting, pings.length - waiting];
  const build = (): HTMLElement =>
    element(
      "div",
      {},
      ...(server === null
        ? [element("p", {}, words("where_nowhere"))]
        : [
            element("p", {}, words("where_text")),
            element("p", {}, code(`${server}/submit/telemetry/`)),
          ]),
      element(
        "p",
        { class: "aside-note" },
        words("where_counts", String(waiting), String(pings.length - waiting)),
      ),
    );
  return [{ key: "where", shows, build }];
}

/**
 * The number by which this client is known.
 *
 * @param onCopy - a person wants it elsewhere
 */
export function clientPanel(
  { clientId, isOn }: TelemetryView,
  words: Words,
  onCopy: (text: string) => void,
): readonly Piece[] {
  if (clientId === null) {
    const text = words(isOn ? "client_none" : "client_off");
    return [{ key: "none", shows: text, build: () => element("p", { class: "aside-note" }, text) }];
  }
  const build = (): HTMLElement =>
    element(
      "div",
      { class: "client" },
      element("code", { class: "value", id: "client-id" }, clientId),
      button({ id: "copy-client", class: "button" }, words("copy_button"), () => {
        onCopy(clientId);
      }),
    );
  return [{ key: "client", shows: clientId, build }];
}
