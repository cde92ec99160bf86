import { describe, expect, test } from "vitest";
import type { Arena, Sights } from "#kit/conformance/arena.ts";
import { aHistory, run, set, study, toBe } from "#kit/conformance/by-hand.ts";
import { compare, type Deed, type Difference } from "#kit/conformance/compare.ts";
import { shrink } from "#kit/conformance/shrink.ts";
import type { Sight } from "#kit/conformance/sights.ts";
import { aRandomHistory } from "#kit/conformance/some-histories.ts";

// That the comparison can fail at all: sides that differ in one thing are said to.

const enrolled = {
  state: "active",
  branch: "only",
  preferences: ["count"],
  overridden: [],
  isWaiting: false,
};
const same: Sight = {
  events: [
    { method: "enroll", object: "preference_study", value: "study", extra: { branch: "only" } },
  ],
  failed: [1],
  refused: [],
  enrollments: {
    "preference-study study": enrolled,
  },
  preferences: { count: { default: 1, user: null } },
};

/** Shows the same at each step, but for what is said of our side at some. */
function anArena(ours: readonly Partial<Sight>[] = []): Arena {
  let step = -1;
  return {
    begin: () => {
      step = -1;
      return Promise.resolve();
    },
    play: (): Promise<Sights> => {
      step += 1;
      return Promise.resolve({ theirs: same, ours: { ...same, ...ours[step] } });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const history = aHistory(
  { count: 1 },
  run(study({ count: toBe(2) })),
  set("count", 3),
  set("count", 4),
);
const nothing = { wordings: [], deeds: [] };
describe("a comparison", () => {
  test("of sides that are the same says how much it compared, and what was told", async () => {
    expect(await compare(anArena(), history, nothing)).toEqual({
      steps: 3,
      undeclared: [],
      told: ["enroll", "enroll", "enroll"],
      rows: new Set(),
      isCut: false,
    });
  });

  test.each<[string, Partial<Sight>, Difference["subject"]]>([
    [
      "a default",
      { preferences: { count: { default: 2, user: null } } },
      { kind: "value", branch: "default", name: "count" },
    ],
    [
      "a value of the person's",
      { preferences: { count: { default: 1, user: 1 } } },
      { kind: "value", branch: "user", name: "count" },
    ],
    [
      "an event more",
      { events: [...same.events, ...same.events] },
      { kind: "events", slug: "study" },
    ],
    ["no event", { events: [] }, { kind: "events", slug: "study" }],
    [
      "an event of another kind",
      { events: same.events.map((event) => ({ ...event, object: "preference_rollout" })) },
      { kind: "events", slug: "study" },
    ],
    [
      "another word in an event",
      { events: same.events.map((event) => ({ ...event, extra: { branch: "other" } })) },
      { kind: "events", slug: "study" },
    ],
    [
      "what is overridden",
      {
        enrollments: {
          "preference-study study": { ...enrolled, overridden: ["count"] },
        },
      },
      { kind: "enrollment", key: "preference-study study" },
    ],
    ["no enrolment", { enrollments: {} }, { kind: "enrollment", key: "preference-study study" }],
    ["no failure", { failed: [] }, { kind: "failure", id: 1 }],
  ])("finds %s on one side alone, and ends there", async (_what, ours, subject) => {
    const seen = await compare(anArena([{}, ours]), history, nothing);
    expect(seen.undeclared.map((one) => one.subject)).toEqual([subject]);
    expect(seen).toMatchObject({ steps: 2, isCut: true });
  });

  test("goes on after a declared difference only where the row says so", async () => {
    const row: Deed = {
      id: "row",
      why: "",
      covers: ({ subject }) => subject.kind === "failure",
      shownBy: history,
    };
    const arena = anArena([{ failed: [] }]);
    expect(await compare(arena, history, { wordings: [], deeds: [row] })).toMatchObject({
      steps: 1,
      undeclared: [],
      rows: new Set(["row"]),
      isCut: true,
    });
    const goesOn = { ...row, goesOn: true } as const;
    expect(await compare(arena, history, { wordings: [], deeds: [goesOn] })).toMatchObject({
      steps: 3,
      isCut: false,
    });
  });

  test("hides no difference beside one that is declared", async () => {
    const row: Deed = {
      id: "row",
      why: "",
      covers: ({ subject }) => subject.kind === "failure",
      shownBy: history,
    };
    const seen = await compare(anArena([{ failed: [], events: [] }]), history, {
      wordings: [],
      deeds: [row],
    });
    expect(seen.undeclared.map(({ subject }) => subject.kind)).toEqual(["events"]);
  });
});

describe("a random history", () => {
  test("is the same for the same seed and number, and another for others", () => {
    const text = (seed: number, number: number): string =>
      JSON.stringify(aRandomHistory(seed, number));
    expect(text(1, 2)).toBe(text(1, 2));
    expect(new Set([text(1, 2), text(1, 3), text(2, 2), text(2, 3)]).size).toBe(4);
  });

  test("is about everything that a history can hold", () => {
    const many = Array.from({ length: 300 }, (_, number) => aRandomHistory(7, number));
    const steps = many.flatMap((one) => one.steps);
    expect(new Set(steps.map((step) => step.do)).size).toBe(6);
    const sighted = steps.flatMap((step) => (step.do === "run" ? step.recipes : []));
    expect(new Set(sighted.map(({ standing }) => standing)).size).toBe(5);
    expect(new Set(sighted.map(({ recipe }) => recipe.action)).size).toBe(5);
    expect(steps.some((step) => step.do === "run" && step.recipes.length === 0)).toBe(true);
  });

  test("lists recipes by rising id, as a manifest does", () => {
    for (let number = 0; number < 100; number += 1)
      for (const step of aRandomHistory(8, number).steps) {
        const ids = step.do === "run" ? step.recipes.map(({ recipe }) => recipe.id) : [];
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }
  });
});

test("a history shrinks to what shows the difference", async () => {
  const long = aHistory(
    { count: 1, limit: 10, flag: true },
    run(study({ limit: toBe(20) }, { slug: "other" }, 2)),
    set("limit", 30),
    run(study({ count: toBe(2) }), study({ limit: toBe(20) }, { slug: "other" }, 2)),
    set("flag", false),
  );
  const small = await shrink(long, (one) =>
    Promise.resolve(JSON.stringify(one.steps).includes('"count"')),
  );
  expect(small.steps).toEqual([run(study({ count: toBe(2) }))]);
  expect(Object.keys(small.preferences)).toEqual(["count"]);
});
