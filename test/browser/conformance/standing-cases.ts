import * as by from "#kit/conformance/by-hand.ts";
import type { Case } from "./case.ts";

// Every way in which a recipe and a browser stand to each other, and what people do about studies.

const { aHistory, as, other, run, study, toBe, wait } = by;

const prefStudy = study({ count: toBe(2) });
const addonStudy = by.addonStudy(["control"]);
const both = [prefStudy, addonStudy];
const over = { count: 1 };
/** Arguments that neither side understands. */
const broken = [
  study({}, { branches: 7, isEnrollmentPaused: "no" }),
  by.addonStudy([], { branches: 7, isEnrollmentPaused: "no" }),
];

const permanent = [
  [
    "a filter that does not match",
    "filter-mismatch",
    both.map((one) => as("FILTER_MISMATCH", one)),
  ],
  [
    "a capability that is lacking",
    "capability-mismatch",
    both.map((one) => as("CAPABILITIES_MISMATCH", one)),
  ],
  ["arguments that are not understood", "arguments-invalid", broken],
  [
    "arguments that are not understood and a filter that is broken",
    "arguments-invalid",
    broken.map((one) => as("FILTER_ERROR", one)),
  ],
  [
    "a capability that is lacking and arguments that are not understood",
    "capability-mismatch",
    broken.map((one) => as("CAPABILITIES_MISMATCH", one)),
  ],
  ["a recipe that is gone", "recipe-not-seen", [other]],
] as const;

const temporary = [
  ["a bad signature", "signature-error", both.map((one) => as("SIGNATURE_ERROR", one))],
  ["a filter that is broken", "filter-error", both.map((one) => as("FILTER_ERROR", one))],
  ["an empty list", "no-recipes", []],
] as const;

const twice = (text: string): readonly string[] => [text, text];

export const standingCases: readonly Case[] = [
  ...permanent.map(([what, reason, recipes]): Case => ({
    called: `${what} ends studies at once`,
    told: [...twice("enroll"), ...twice(`unenroll ${reason}`)],
    history: aHistory(over, run(...both), run(...recipes), run(...both)),
  })),
  ...temporary.flatMap(([what, reason, recipes]): readonly Case[] => [
    {
      called: `${what} is borne for seven days`,
      told: [...twice("enroll"), ...twice(`unenroll ${reason}`)],
      history: aHistory(
        over,
        run(...both),
        run(...recipes),
        wait(6),
        run(...recipes),
        wait(2),
        run(...recipes),
        run(...both),
      ),
    },
    {
      called: `${what} is forgotten after a match`,
      told: twice("enroll"),
      history: aHistory(
        over,
        run(...both),
        run(...recipes),
        wait(6),
        run(...both),
        wait(6),
        run(...recipes),
        wait(6),
        run(...recipes),
      ),
    },
    {
      called: `${what} goes on where another temporary error began`,
      told: [...twice("enroll"), ...twice(`unenroll ${reason}`)],
      history: aHistory(
        over,
        run(...both),
        run(...both.map((one) => as("FILTER_ERROR", one))),
        wait(8),
        run(...recipes),
      ),
    },
  ]),
  ...[...permanent, ...temporary].map(([what, , recipes]): Case => ({
    called: `${what} lets nobody in`,
    told: twice("enroll"),
    history: aHistory(over, run(...recipes), run(...both)),
  })),
  {
    called: "temporary errors do not hinder a permanent one",
    told: [...twice("enroll"), ...twice("unenroll filter-mismatch")],
    history: aHistory(
      over,
      run(...both),
      run(...both.map((one) => as("SIGNATURE_ERROR", one))),
      run(...both.map((one) => as("FILTER_MISMATCH", one))),
    ),
  },
  {
    called: "a recipe that is listed is seen, however it stands",
    told: twice("enroll"),
    history: aHistory(
      over,
      run(...both),
      run(...both.map((one) => as("SIGNATURE_ERROR", one)), other),
      run(...both.map((one) => as("FILTER_ERROR", one)), other),
      run(...both),
    ),
  },
  {
    called: "a person leaves studies, and stays out of them",
    told: [...twice("enroll"), ...twice("unenroll individual-opt-out")],
    history: aHistory(
      over,
      run(...both),
      by.leave("study"),
      by.leave("addon-study"),
      by.leave("study"),
      run(...both),
    ),
  },
  {
    called: "a person switches studies off, and on again",
    told: [...twice("enroll"), ...twice("unenroll general-opt-out")],
    history: aHistory(
      over,
      run(...both),
      by.studies(false),
      run(...both),
      by.studies(true),
      run(...both),
    ),
  },
  {
    called: "while studies are off nobody enters one",
    told: ["enroll", ...twice("enroll")],
    history: aHistory(
      { ...over, limit: 10 },
      by.studies(false),
      run(...both, by.rollout({ limit: 20 })),
      by.studies(true),
      run(...both, by.rollout({ limit: 20 })),
    ),
  },
  {
    called: "a study without an add-on whose branch is gone",
    told: ["enroll", "unenroll branch-removed"],
    history: aHistory(
      {},
      run(addonStudy),
      run(by.addonStudy(["control", "another"])),
      run(by.addonStudy(["another"])),
      run(addonStudy),
    ),
  },
  {
    called: "a study without an add-on while enrolment is paused",
    told: ["enroll"],
    history: aHistory(
      {},
      run(by.addonStudy(["control"], { isEnrollmentPaused: true })),
      run(addonStudy),
      run(by.addonStudy(["control"], { isEnrollmentPaused: true })),
    ),
  },
  {
    called: "the branch of a study without add-ons",
    told: ["enroll"],
    history: aHistory({}, run(by.addonStudy(["a", "b", "c", "d", "e", "f"]))),
  },
];
