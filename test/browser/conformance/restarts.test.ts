import { afterAll, beforeAll, expect, test } from "vitest";
import type { Arena } from "#kit/conformance/arena.ts";
import * as by from "#kit/conformance/by-hand.ts";
import { compare, describeDifference } from "#kit/conformance/compare.ts";
import { type Copy, copies, type Side } from "#kit/conformance/publish.ts";
import { openStageArena } from "#kit/conformance/stage-arena.ts";
import { deeds } from "./deeds.ts";
import type { Case } from "./case.ts";
import { wordings } from "./wordings.ts";

// Real restarts of a real Firefox, on preferences that it is built with: that the restarts of the
// other histories, which are only played, are like them.

/** Pairs of preferences that nothing here minds, each built in with one value. */
const builtIn: Readonly<Record<string, Readonly<Record<Side, string>>>> = {
  // 550
  count: {
    theirs: "devtools.netmonitor.panes-network-details-width",
    ours: "devtools.netmonitor.panes-search-width",
  },
  // 15
  limit: { theirs: "browser.bookmarks.max_backups", ours: "browser.tabs.maxOpenBeforeWarn" },
  // "layoutview"
  text: { theirs: "devtools.inspector.activeSidebar", ours: "devtools.inspector.selectedSidebar" },
  // false
  flag: { theirs: "findbar.highlightAll", ours: "findbar.entireword" },
};

function realCopy(side: Side): Copy {
  return {
    inBrowser: (name) => builtIn[name]?.[side] ?? copies[side].inBrowser(name),
    inHistory: (inBrowser) =>
      Object.keys(builtIn).find((name) => builtIn[name]?.[side] === inBrowser) ??
      copies[side].inHistory(inBrowser),
  };
}

const { aHistory, restart, rollback, rollout, run, set, study, toBe } = by;
/** What the browser is built with it has already: only the names count. */
const names = { count: null, limit: null, text: null, flag: null, "of.nobody": null };

const cases: readonly Case[] = [
  {
    called: "a study on either branch, a value from before and a rollout go on and end",
    told: [
      "enroll",
      "expPrefChanged onEnroll",
      "enroll",
      "expPrefChanged observer",
      "expPrefChanged sideload",
      "unenroll rollback",
      "unenroll recipe-not-seen",
    ],
    history: aHistory(
      names,
      set("text", "mine"),
      run(
        study({
          count: toBe(7),
          limit: toBe(8, "user"),
          text: toBe("study"),
          "of.nobody": toBe("study"),
        }),
        rollout({ flag: true }),
      ),
      restart(),
      set("count", 9),
      set("text", null),
      restart({ meanwhile: { limit: 9 } }),
      run(by.other, rollback()),
      restart(),
      run(by.other),
    ),
  },
  {
    called: "what is over is over after a restart too, and what begins again begins there",
    told: ["enroll", "enroll", "unenroll filter-mismatch", "unenroll rollback", "update"],
    history: aHistory(
      names,
      set("count", null),
      set("limit", null),
      run(
        study({ count: toBe(7), "of.nobody": toBe("study") }, { slug: "second" }),
        rollout({ flag: true, limit: 8 }, { slug: "again" }),
      ),
      run(
        by.as("FILTER_MISMATCH", study({ count: toBe(7) }, { slug: "second" })),
        rollback("again"),
      ),
      restart(),
      run(by.other, rollout({ flag: true, limit: 9 }, { slug: "again" })),
      restart(),
      run(by.other, rollout({ flag: true, limit: 9 }, { slug: "again" })),
    ),
  },
];

let arena: Arena;
beforeAll(async () => {
  arena = await openStageArena({ theirs: realCopy("theirs"), ours: realCopy("ours") });
});
afterAll(() => arena[Symbol.asyncDispose]());

test.each(cases)("a real restart: $called", async ({ history, told }) => {
  const seen = await compare(arena, history, { wordings, deeds });
  expect(seen.undeclared.map(describeDifference)).toEqual([]);
  expect(seen.told).toEqual(told);
});
