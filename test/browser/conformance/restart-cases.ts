import * as by from "#kit/conformance/by-hand.ts";
import type { Case } from "./case.ts";

// What the next start of the browser makes of studies, and what happened before it.

const { aHistory, as, other, restart, rollback, rollout, run, set, study, toBe, wait } = by;

const onDefault = study({ count: toBe(2) });
const onUser = study({ count: toBe(2, "user") });
const end = run(other);
const ended = "unenroll recipe-not-seen";

export const restartCases: readonly Case[] = [
  {
    called: "a study on the default branch goes on over the default of a new version",
    told: ["enroll", ended],
    history: aHistory({ count: 1 }, run(onDefault), restart({ builtIn: { count: 5 } }), end),
  },
  {
    called: "a study on the default branch with no default of its own is gone after its end",
    told: ["enroll", ended],
    history: aHistory({ count: null }, run(onDefault), restart(), end, restart()),
  },
  {
    called: "a study on the user branch goes on",
    told: ["enroll", ended],
    history: aHistory({ count: [1, 3] }, run(onUser), restart(), restart(), end, restart()),
  },
  {
    called: "the person changes it while the browser is closed",
    told: ["enroll", "expPrefChanged sideload", ended],
    history: aHistory({ count: 1 }, run(onDefault), restart({ meanwhile: { count: 3 } }), end),
  },
  {
    called: "the person resets it while the browser is closed",
    told: ["enroll", "expPrefChanged sideload", ended],
    history: aHistory(
      { count: [1, 3] },
      run(onUser),
      restart({ meanwhile: { count: null } }),
      restart(),
      end,
    ),
  },
  {
    called: "a new default shows what a study on the user branch never wrote down",
    told: ["enroll", "expPrefChanged sideload", ended],
    history: aHistory({ count: 2 }, run(onUser), restart({ builtIn: { count: 5 } }), end),
  },
  {
    called: "what was overridden is not told again, and is overridden still",
    told: ["enroll", "expPrefChanged observer", ended],
    history: aHistory(
      { count: 1 },
      run(onDefault),
      set("count", 3),
      restart(),
      set("count", 4),
      end,
    ),
  },
  {
    called: "a value from before is kept, and the study's default is below it",
    told: ["enroll", "expPrefChanged onEnroll", ended],
    history: aHistory(
      { count: [1, 3] },
      run(onDefault),
      restart(),
      set("count", 4),
      set("count", null),
      end,
    ),
  },
  {
    called: "a study that is over stays over",
    told: ["enroll", ended],
    history: aHistory({ count: 1 }, run(onDefault), end, restart(), run(onDefault)),
  },
  {
    called: "the days of grace go on",
    told: ["enroll", "unenroll filter-error"],
    history: aHistory(
      { count: 1 },
      run(onDefault),
      run(as("FILTER_ERROR", onDefault)),
      wait(6),
      restart(),
      run(as("FILTER_ERROR", onDefault)),
      wait(2),
      restart(),
      run(as("FILTER_ERROR", onDefault)),
    ),
  },
  {
    called: "a rollout goes on over the default of a new version, and back to it",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(
      { count: 1, limit: [10, 7] },
      run(rollout({ count: 2, limit: 20 })),
      restart({ builtIn: { count: 5 } }),
      run(rollback()),
      restart(),
    ),
  },
  {
    called: "a rollout with no default of its own is gone after its end",
    told: ["enroll", "unenroll rollback"],
    history: aHistory(
      { count: null },
      run(rollout({ count: 2 })),
      restart(),
      run(rollback()),
      restart(),
    ),
  },
  {
    called: "a study without an add-on goes on",
    told: ["enroll", "unenroll recipe-not-seen"],
    history: aHistory({}, run(by.addonStudy(["control"])), restart(), restart(), end),
  },
];
