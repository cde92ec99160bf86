import { normandyEvents } from "#telemetry/events.ts";
import { element } from "./dom.ts";

type Method = keyof typeof normandyEvents;

const meanings = {
  enroll: "a change began here",
  enrollFailed: "a change could not begin, and why",
  update: "a change was brought up to date",
  updateFailed: "a change could not be brought up to date, and why",
  expPrefChanged: "you changed a preference that a study sets (its name, not your value)",
  unenroll: "a change ended here, and why",
  unenrollFailed: "a change could not end, and why",
  graduate: "a rollout became the browser’s own default",
} as const satisfies Readonly<Record<Method, string>>;

/** Every event about changes that can be sent at all, read off the table that recording goes by. */
export function eventsList(): readonly HTMLElement[] {
  const methods: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> =
    normandyEvents;
  return Object.entries(methods).flatMap(([method, objects]) => [
    element("dt", {}, element("code", {}, method)),
    element(
      "dd",
      {},
      `${isMethod(method) ? meanings[method] : ""}: `,
      ...[...new Set(Object.values(objects).flat())].flatMap((name, index) => [
        index === 0 ? "" : ", ",
        element("code", {}, name),
      ]),
    ),
  ]);
}

function isMethod(name: string): name is Method {
  return Object.hasOwn(meanings, name);
}
