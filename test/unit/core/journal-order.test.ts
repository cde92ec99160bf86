import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply } from "#core/apply.ts";
import { aBench } from "#kit/bench.ts";

const name = "test.pref";

describe("whatever comes and goes, in any order", () => {
  type Move =
    | { readonly who: "rollout"; readonly value: number | null }
    | { readonly who: "study"; readonly value: number | null; readonly branch: "default" | "user" }
    | { readonly who: "person"; readonly value: number | null }
    | { readonly who: "restart"; readonly value: number };
  const value = fc.option(fc.integer({ min: 1, max: 4 }), { nil: null });
  const move: fc.Arbitrary<Move> = fc.oneof(
    fc.record({ who: fc.constant("rollout" as const), value }),
    fc.record({
      who: fc.constant("study" as const),
      value,
      branch: fc.constantFrom("default" as const, "user" as const),
    }),
    // Never a value of ours: the browser does not save one that equals the default, and from then
    // on nobody can tell whether the person took it away.
    fc.record({
      who: fc.constant("person" as const),
      value: fc.option(fc.integer({ min: 5, max: 8 }), { nil: null }),
    }),
    fc.record({ who: fc.constant("restart" as const), value: fc.integer({ min: 1, max: 4 }) }),
  );

  test("a preference holds what browser < rollout < study < person say", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
        const bench = await aBench({ defaults: { [name]: 0 } });
        // The specification: who says what, and nothing of how it is remembered.
        let builtIn = 0;
        let rolledOut: number | null = null;
        let studied: { value: number; branch: "default" | "user" } | null = null;
        let person: number | null = null;
        let isOverridden = false;

        for (const step of moves) {
          const owner = { name, slug: "x" } as const;
          if (step.who === "rollout") {
            if (step.value === null)
              await apply([{ do: "release-preference", owner: "rollout", ...owner }], bench);
            else
              await apply(
                [
                  {
                    do: "claim-preference",
                    owner: "rollout",
                    branch: "default",
                    value: step.value,
                    ...owner,
                  },
                ],
                bench,
              );
            rolledOut = step.value;
          } else if (step.who === "study" && step.value === null) {
            const keepValue = isOverridden && studied?.branch === "user";
            await apply([{ do: "release-preference", owner: "study", keepValue, ...owner }], bench);
            studied = null;
            isOverridden = false;
          } else if (step.who === "study") {
            // A study begins once; its values never change.
            if (studied !== null || step.value === null) continue;
            const { value: wanted, branch } = step;
            await apply(
              [{ do: "claim-preference", owner: "study", branch, value: wanted, ...owner }],
              bench,
            );
            studied = { value: wanted, branch };
          } else if (step.who === "person") {
            bench.preferences.setByPerson(name, step.value);
            person = step.value;
            if (studied?.branch === "user") isOverridden = true;
          } else {
            builtIn = step.value;
            bench.preferences.restart({ [name]: builtIn });
          }
          const below = rolledOut ?? builtIn;
          const wanted = studied?.branch === "default" ? studied.value : below;
          const top = studied?.branch === "user" && !isOverridden ? studied.value : person;
          expect(bench.preferences.stateOf(name)).toMatchObject({ default: wanted, user: top });
        }
        await apply(
          [
            {
              do: "release-preference",
              owner: "study",
              name,
              slug: "x",
              keepValue: isOverridden && studied?.branch === "user",
            },
            { do: "release-preference", owner: "rollout", name, slug: "x" },
          ],
          bench,
        );
        expect(bench.preferences.stateOf(name)).toMatchObject({ default: builtIn, user: person });
        expect(await bench.preferences.journal()).toEqual({});
      }),
      { numRuns: 400 },
    );
  });
});
