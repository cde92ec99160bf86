import { aHistory, run, study, toBe } from "#kit/conformance/by-hand.ts";
import type { Wording } from "#kit/conformance/compare.ts";
import type { SeenEvent } from "#kit/conformance/sights.ts";

// What we tell in other words than Firefox's modules, on purpose.

const told = (event: SeenEvent, extra: SeenEvent["extra"]): SeenEvent => ({ ...event, extra });

export const wordings: readonly Wording[] = [
  {
    id: "at-enroll",
    why: "The reason is spelt `atEnroll`, as Normandy's own document spells it; its code says `onEnroll`.",
    rewrite: (event, side) =>
      side === "theirs" && event.method === "expPrefChanged" && event.extra["reason"] === "onEnroll"
        ? told(event, { ...event.extra, reason: "atEnroll" })
        : event,
    shownBy: aHistory({ count: [1, 2] }, run(study({ count: toBe(3) }))),
  },
  {
    id: "enrollment-id",
    why: "Events carry the enrollment ID, as they did before Firefox removed it.",
    rewrite: (event, side) => {
      const { enrollmentId, ...extra } = event.extra;
      return side === "ours" && enrollmentId !== undefined ? told(event, extra) : event;
    },
    shownBy: aHistory({ count: 1 }, run(study({ count: toBe(3) }))),
  },
];
