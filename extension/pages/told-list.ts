import type { ChangeView } from "#core/messages.ts";
import type { normandyEvents } from "#telemetry/events.ts";
import { code, element, said, time } from "./dom.ts";
import { whenText } from "./times.ts";
import type { WordKey, Words } from "./words.ts";

/** What each event tells of one change. */
const toldKeys = {
  enroll: "told_enroll",
  enrollFailed: "told_enroll_failed",
  update: "told_update",
  updateFailed: "told_update_failed",
  expPrefChanged: "told_changed",
  unenroll: "told_unenroll",
  unenrollFailed: "told_unenroll_failed",
  graduate: "told_graduate",
} as const satisfies Readonly<Record<keyof typeof normandyEvents, WordKey>>;

/** What was sent about a change, a line each, and what that means where nothing was. */
export function toldList(
  change: ChangeView,
  { words, telemetryOn, nowMs }: { words: Words; telemetryOn: boolean; nowMs: number },
): Node | string {
  if (change.told.length === 0)
    return words(
      telemetryOn
        ? change.isLive
          ? "told_nothing_yet"
          : "told_nothing_known"
        : "told_nothing_off",
    );
  return element(
    "div",
    {},
    element(
      "ul",
      { class: "told" },
      ...change.told.map(({ method, sentMs }) =>
        element(
          "li",
          {},
          ...(sentMs === null
            ? [words("told_waiting", whatText(method, words))]
            : said(
                words,
                "told_sent",
                whatText(method, words),
                time(sentMs, whenText(sentMs, nowMs, words)),
              )),
        ),
      ),
    ),
    telemetryOn ? undefined : element("span", { class: "aside-note" }, words("told_no_more")),
  );
}

/** The same to the letter: each event's name and everything that it carries. */
export function toldDetails({ told }: ChangeView): HTMLElement {
  return element(
    "ul",
    { class: "told" },
    ...told.map(({ method, extra }) =>
      element(
        "li",
        {},
        code(method),
        element(
          "ul",
          { class: "extras" },
          ...Object.entries(extra).map(([name, value]) =>
            element("li", {}, code(`${name}: ${value}`)),
          ),
        ),
      ),
    ),
  );
}

function whatText(method: string, words: Words): string {
  return Object.hasOwn(toldKeys, method)
    ? words(toldKeys[method as keyof typeof toldKeys])
    : words("quoted", method);
}
