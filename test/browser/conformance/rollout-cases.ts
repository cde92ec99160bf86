import * as by from "#kit/conformance/by-hand.ts";
import type { Case } from "./case.ts";

// Everything that can become of a rollout.

const { aHistory, as, other, restart, rollback, rollout, run, set } = by;

const one = rollout({ count: 2 });
const two = rollout({ count: 2, limit: 20 });
const back = rollback();
const second = rollout({ limit: 20, count: 3 }, { slug: "second" }, 12);
const over = { count: 1, limit: 10, text: "a" };

export const rolloutCases: readonly Case[] = [
  {
    called: "each type over defaults, and back",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(
      { count: 1, flag: false, text: "a" },
      run(rollout({ count: 0, flag: true, text: "" })),
      run(back),
    ),
  },
  {
    called: "each type over nothing, and back",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(
      { count: null, flag: null, text: null },
      run(rollout({ count: 2, flag: true, text: "ü" })),
      run(back),
    ),
  },
  {
    called: "a person's values stay and win",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(
      { count: [1, 3], limit: [10, 20] },
      run(two),
      set("count", 4),
      set("limit", null),
      run(back),
    ),
  },
  {
    called: "a person's value that is the rollout's, reset and set again",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(
      { count: [1, 2] },
      run(one),
      set("count", null),
      set("count", 2),
      set("count", 3),
      set("count", null),
      run(back),
    ),
  },
  {
    called: "another hand changes the default, then it goes back",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(over, run(one), set("count", 7, "default"), run(one), run(back)),
  },
  {
    called: "what it says is updated: changed, added, taken away",
    told: ["enroll", "update", "update", "update", "unenroll rollback"],
    history: aHistory(
      over,
      run(one),
      run(rollout({ count: 3 })),
      run(rollout({ count: 3, limit: 20, text: "b" })),
      run(rollout({ limit: 20 })),
      run(rollout({ limit: 20 })),
      run(back),
    ),
  },
  {
    called: "a preference without a default is taken out of it",
    told: ["enroll", "update", "unenroll rollback"],
    history: aHistory({ count: null, limit: 10 }, run(two), run(rollout({ limit: 20 })), run(back)),
  },
  {
    called: "the order of its preferences is nothing new",
    told: ["enroll"],
    history: aHistory(over, run(two), run(rollout({ limit: 20, count: 2 }))),
  },
  {
    called: "an update gives the built-in value itself",
    told: ["enroll", "update", "unenroll rollback"],
    history: aHistory(over, run(one), run(rollout({ count: 1 })), run(back)),
  },
  {
    called: "one that would change nothing",
    told: ["enrollFailed would-be-no-op", "enroll"],
    history: aHistory(
      over,
      run(rollout({ count: 1, limit: 10 })),
      run(rollout({ count: 1, limit: 20 })),
    ),
  },
  {
    called: "one that would change nothing that can be seen",
    told: ["enroll"],
    history: aHistory({ count: [1, 2] }, run(one)),
  },
  {
    called: "two rollouts on one preference: the first has it until it goes back",
    told: [
      "enroll",
      "enrollFailed conflict",
      "enrollFailed conflict",
      "unenroll rollback",
      "enroll",
      "enrollFailed conflict",
    ],
    history: aHistory(
      over,
      run(one, second),
      run(back, second),
      run(second),
      run(rollout({ count: 4 }), second),
    ),
  },
  {
    called: "an update runs into another rollout",
    told: ["enroll", "enroll", "enrollFailed conflict", "unenroll rollback"],
    history: aHistory(
      over,
      run(one, rollout({ limit: 20 }, { slug: "second" }, 12)),
      run(two, rollout({ limit: 20 }, { slug: "second" }, 12)),
      run(back),
    ),
  },
  {
    called: "a preference of another type",
    told: ["enrollFailed invalid type", "enrollFailed invalid type", "enrollFailed invalid type"],
    history: aHistory(
      { count: "1", flag: [null, 1], text: "a" },
      run(rollout({ count: 2 })),
      run(rollout({ flag: true })),
      run(rollout({ text: 1 })),
    ),
  },
  {
    called: "an update of another type",
    told: ["enroll", "enrollFailed invalid type", "unenroll rollback"],
    history: aHistory(over, run(one), run(rollout({ count: "two" })), run(back)),
  },
  {
    called: "it goes back once, and stays so",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(over, run(two), run(back), run(back), run(two), run(two, back)),
  },
  {
    called: "nothing goes back that was never there",
    told: [],
    history: aHistory(over, run(back), run(back, other)),
  },
  {
    called: "what has gone back says something new",
    told: ["enroll", "unenroll rollback", "update", "unenroll rollback"],
    history: aHistory(over, run(one), run(back), run(rollout({ count: 3 })), run(back)),
  },
  {
    called: "what has gone back says something new of one of two",
    told: ["enroll", "unenroll rollback", "update"],
    history: aHistory(
      over,
      run(two),
      run(back),
      run(rollout({ count: 2, limit: 30 })),
      restart(),
      run(rollout({ count: 2, limit: 30 })),
    ),
  },
  {
    called: "what has gone back has one more, or one less",
    told: [
      "enroll",
      "unenroll rollback",
      "update",
      "unenroll rollback",
      "update",
      "unenroll rollback",
    ],
    history: aHistory(
      over,
      run(two),
      run(back),
      run(rollout({ count: 2, limit: 20, text: "b" })),
      run(back),
      run(rollout({ count: 2 })),
      run(back),
    ),
  },
  {
    called: "the browser catches up with all of it",
    told: ["enroll", "graduate all-prefs-match", "unenrollFailed graduated"],
    history: aHistory(
      over,
      run(two),
      restart({ builtIn: { count: 2, limit: 20 } }),
      run(two),
      run(two, back),
    ),
  },
  {
    called: "the browser catches up with half of it",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(over, run(two), restart({ builtIn: { count: 2 } }), run(two), run(back)),
  },
  {
    called: "what the browser caught up with says something new",
    told: ["enroll", "graduate all-prefs-match", "update", "unenroll rollback"],
    history: aHistory(
      over,
      run(two),
      restart({ builtIn: { count: 2, limit: 20 } }),
      run(rollout({ count: 2, limit: 30 })),
      restart(),
      run(back),
    ),
  },
  {
    called: "the browser that had caught up goes back to an older version",
    told: ["enroll", "graduate all-prefs-match"],
    history: aHistory(
      over,
      run(one),
      restart({ builtIn: { count: 2 } }),
      restart({ builtIn: { count: 1 } }),
      run(one),
    ),
  },
  {
    called: "it goes on however its recipe stands, with none, and with studies off",
    told: ["enroll"],
    history: aHistory(
      over,
      run(two),
      run(as("FILTER_MISMATCH", two)),
      run(as("CAPABILITIES_MISMATCH", two)),
      run(as("SIGNATURE_ERROR", two)),
      run(as("FILTER_ERROR", two)),
      run(rollout({}, { preferences: 7 })),
      run(other),
      run(),
      by.wait(8),
      run(),
      by.studies(false),
      run(two),
    ),
  },
  {
    called: "neither it nor its end comes to who does not match",
    told: ["enroll"],
    history: aHistory(
      over,
      run(as("FILTER_MISMATCH", two)),
      run(as("SIGNATURE_ERROR", two)),
      run(two),
      run(as("FILTER_MISMATCH", back)),
      run(as("FILTER_ERROR", back)),
      run(rollback(7 as unknown as string)),
    ),
  },
];
