import * as by from "#kit/conformance/by-hand.ts";
import type { Case } from "./case.ts";

// Everything that can become of a preference study while it matches, and of the preferences it holds.

const { aHistory, as, other, run, set, study, toBe } = by;

const onDefault = study({ count: toBe(2) });
const onUser = study({ count: toBe(2, "user") });
/** The study ends. */
const end = run(other);
const ended = "unenroll recipe-not-seen";

export const studyCases: readonly Case[] = [
  ...(["default", "user"] as const).flatMap((branch): readonly Case[] => [
    {
      called: `each type on the ${branch} branch, over a default`,
      told: ["enroll", ended],
      history: aHistory(
        { count: 1, flag: true, text: "a" },
        run(
          study({
            count: toBe(-2_147_483_648, branch),
            flag: toBe(false, branch),
            text: toBe("", branch),
          }),
        ),
        end,
      ),
    },
    {
      called: `each type on the ${branch} branch, over nothing`,
      told: ["enroll", ended],
      history: aHistory(
        { count: null, flag: null, text: null },
        run(study({ count: toBe(2, branch), flag: toBe(false, branch), text: toBe("ü€", branch) })),
        end,
      ),
    },
    {
      called: `a value on the ${branch} branch that is the default anyway`,
      told: ["enroll", "expPrefChanged observer", ended],
      history: aHistory({ count: 2 }, run(study({ count: toBe(2, branch) })), set("count", 4), end),
    },
    {
      called: `the person sets the study's own value on the ${branch} branch`,
      told: ["enroll", ended],
      history: aHistory({ count: 1 }, run(study({ count: toBe(2, branch) })), set("count", 2), end),
    },
    {
      called: `the person changes it under a study on the ${branch} branch, twice`,
      told: ["enroll", "expPrefChanged observer", ended],
      history: aHistory(
        { count: 1 },
        run(study({ count: toBe(2, branch) })),
        set("count", 3),
        set("count", 4),
        end,
      ),
    },
    {
      called: `the person changes it and resets it under a study on the ${branch} branch`,
      told: ["enroll", "expPrefChanged observer", ended],
      history: aHistory(
        { count: 1 },
        run(study({ count: toBe(2, branch) })),
        set("count", 3),
        set("count", null),
        end,
      ),
    },
    {
      called: `another hand changes the default under a study on the ${branch} branch`,
      told: branch === "user" ? ["enroll", ended] : ["enroll", "expPrefChanged observer", ended],
      history: aHistory(
        { count: 1 },
        run(study({ count: toBe(2, branch) })),
        set("count", 5, "default"),
        end,
      ),
    },
    {
      called: `another hand makes a default where there was none under a study on the ${branch} branch`,
      told: branch === "user" ? ["enroll", ended] : ["enroll", "expPrefChanged observer", ended],
      history: aHistory(
        { count: null },
        run(study({ count: toBe(2, branch) })),
        set("count", 5, "default"),
        end,
      ),
    },
    {
      called: `a preference of another type, ${branch} branch`,
      told: ["enrollFailed invalid-type", "enrollFailed invalid-type"],
      history: aHistory(
        { count: "text", flag: [null, 7] },
        run(study({ count: toBe(2, branch) })),
        run(study({ flag: toBe(true, branch) }, { slug: "another" })),
      ),
    },
  ]),
  {
    called: "the person has a value before a study on the default branch",
    told: ["enroll", "expPrefChanged onEnroll", ended],
    history: aHistory({ count: [1, 3] }, run(onDefault), end),
  },
  {
    called: "the person has the study's own value before a study on the default branch",
    told: ["enroll", "expPrefChanged onEnroll", ended],
    history: aHistory({ count: [1, 2] }, run(onDefault), end),
  },
  {
    called: "a value from before is changed, and changed again",
    told: ["enroll", "expPrefChanged onEnroll", "expPrefChanged observer", ended],
    history: aHistory(
      { count: [1, 3] },
      run(onDefault),
      set("count", 4),
      set("count", 5),
      set("count", null),
      end,
    ),
  },
  {
    called: "a value from before is changed to the study's, and on",
    told: ["enroll", "expPrefChanged onEnroll", "expPrefChanged observer", ended],
    history: aHistory({ count: [1, 3] }, run(onDefault), set("count", 2), set("count", 5), end),
  },
  {
    called: "a value from before is reset, then the default changes",
    told: ["enroll", "expPrefChanged onEnroll", "expPrefChanged observer", ended],
    history: aHistory(
      { count: [1, 3] },
      run(onDefault),
      set("count", null),
      set("count", 7, "default"),
      end,
    ),
  },
  {
    called: "the default changes under a value from before",
    told: ["enroll", "expPrefChanged onEnroll", ended],
    history: aHistory({ count: [1, 3] }, run(onDefault), set("count", 7, "default"), end),
  },
  {
    called: "one of two preferences has a value from before",
    told: ["enroll", "expPrefChanged onEnroll", "expPrefChanged observer", ended],
    history: aHistory(
      { count: [1, 3], limit: 10 },
      run(study({ count: toBe(2), limit: toBe(20) })),
      set("limit", 30),
      end,
    ),
  },
  {
    called: "the person has a value before a study on the user branch, and has it again",
    told: ["enroll", ended],
    history: aHistory({ count: [1, 3] }, run(onUser), end),
  },
  {
    called: "the person resets it under a study on the user branch",
    told: ["enroll", "expPrefChanged observer", ended],
    history: aHistory({ count: [1, 3] }, run(onUser), set("count", null), end),
  },
  {
    called: "the person's value is the default's by the end of a study on the user branch",
    told: ["enroll", ended],
    history: aHistory({ count: [1, 3] }, run(onUser), set("count", 3, "default"), end),
  },
  {
    called: "both branches in one study, one of them changed",
    told: ["enroll", "expPrefChanged observer", ended],
    history: aHistory(
      { count: 1, limit: [10, 20] },
      run(study({ count: toBe(2), limit: toBe(30, "user") })),
      set("count", 4),
      end,
    ),
  },
  {
    called: "a study that is over is not entered again, whatever it says",
    told: ["enroll", ended],
    history: aHistory({ count: 1 }, run(onDefault), end, run(onDefault), run(onUser)),
  },
  {
    called: "what it says later does not reach who is in it",
    told: ["enroll", ended],
    history: aHistory(
      { count: 1, limit: 10 },
      run(onDefault),
      run(study({ count: toBe(9), limit: toBe(20) })),
      run(study({ limit: toBe(20) }, { isEnrollmentPaused: true, isHighPopulation: true })),
      end,
    ),
  },
  {
    called: "nobody enters while enrolment is paused",
    told: ["enroll"],
    history: aHistory(
      { count: 1 },
      run(study({ count: toBe(2) }, { isEnrollmentPaused: true })),
      run(onDefault),
      run(study({ count: toBe(2) }, { isEnrollmentPaused: true })),
    ),
  },
  {
    called: "two studies on one preference: the first in the list has it, until it ends",
    told: ["enroll", "unenroll filter-mismatch", "enroll"],
    history: aHistory(
      { count: 1 },
      run(onDefault, study({ count: toBe(3) }, { slug: "second" }, 2)),
      run(as("FILTER_MISMATCH", onDefault), study({ count: toBe(3) }, { slug: "second" }, 2)),
      run(onDefault, study({ count: toBe(3) }, { slug: "second" }, 2)),
    ),
  },
  {
    called: "a conflict in a branch that would not be chosen",
    told: ["enroll"],
    history: aHistory(
      { count: 1, limit: 10 },
      run(
        onDefault,
        study(
          {},
          {
            slug: "second",
            branches: [
              { slug: "usual", ratio: 1_000_000, preferences: { limit: toBe(20) } },
              { slug: "rare", ratio: 1, preferences: { count: toBe(3) } },
            ],
          },
          2,
        ),
      ),
    ),
  },
  {
    called: "a conflict counts before a pause",
    told: ["enroll"],
    history: aHistory(
      { count: 1 },
      run(onDefault, study({ count: toBe(3) }, { slug: "second", isEnrollmentPaused: true }, 2)),
    ),
  },
  {
    called: "a study for very many",
    told: ["enroll", ended],
    history: aHistory(
      { count: 1 },
      run(study({ count: toBe(2) }, { isHighPopulation: true })),
      end,
    ),
  },
  {
    called: "preferences of which one's name begins with the other's",
    told: ["enroll", ended],
    history: aHistory(
      { count: 1, "count.more": 3 },
      run(study({ count: toBe(2) })),
      set("count.more", 4),
      end,
    ),
  },
  ...["study", "another", "Third_one"].map((slug): Case => ({
    called: `the branch that everybody of that id has in ${slug}`,
    told: ["enroll", ended],
    history: aHistory(
      { count: 1 },
      run(
        study(
          {},
          {
            slug,
            branches: [1, 2, 3, 4].map((ratio) => ({
              slug: `branch-${String(ratio)}`,
              ratio,
              preferences: { count: toBe(ratio + 10) },
            })),
          },
        ),
      ),
      end,
    ),
  })),
];
