import { normandyEvents } from "#telemetry/events.ts";
import { code, element } from "./dom.ts";
import { listed, type WordKey, type Words } from "./words.ts";

type Method = keyof typeof normandyEvents;

const meanings = {
  enroll: "event_enroll",
  enrollFailed: "event_enroll_failed",
  update: "event_update",
  updateFailed: "event_update_failed",
  expPrefChanged: "event_changed",
  unenroll: "event_unenroll",
  unenrollFailed: "event_unenroll_failed",
  graduate: "event_graduate",
} as const satisfies Readonly<Record<Method, WordKey>>;

/** Every event about changes that can be sent at all, read off the table that recording goes by. */
export function eventsList(words: Words): readonly HTMLElement[] {
  return (Object.keys(normandyEvents) as Method[]).flatMap((method) => {
    const objects: Readonly<Record<string, readonly string[]>> = normandyEvents[method];
    const extras = [...new Set(Object.values(objects).flat())];
    return [
      element("dt", {}, code(method)),
      element(
        "dd",
        {},
        element("span", {}, words(meanings[method])),
        element("code", { class: "extras" }, listed(words, extras)),
      ),
    ];
  });
}
