import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Arena, openArena } from "#kit/conformance/arena.ts";
import { compare, type Declared, describeDifference } from "#kit/conformance/compare.ts";
import { describeHistory, type History } from "#kit/conformance/history.ts";
import { aRandomHistory } from "#kit/conformance/some-histories.ts";
import { deeds } from "./deeds.ts";
import { restartCases } from "./restart-cases.ts";
import { rolloutCases } from "./rollout-cases.ts";
import { standingCases } from "./standing-cases.ts";
import { studyCases } from "./study-cases.ts";
import { wordings } from "./wordings.ts";

// Our client and Firefox's own Normandy modules live through the same histories in one Firefox.
// `CONFORMANCE_SEED` asks for other random ones; `npm run conformance` for many.

const seed = Number(process.env["CONFORMANCE_SEED"] ?? 20_261_122);
const declared: Declared = { wordings, deeds };

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena[Symbol.asyncDispose]());

/** What is different and nobody declared, with the history that shows it. */
async function undeclared(history: History): Promise<readonly string[]> {
  const found = (await compare(arena, history, declared)).undeclared;
  return found.length === 0 ? [] : [...found.map(describeDifference), ...describeHistory(history)];
}

describe.each([
  { about: "a study", cases: studyCases },
  { about: "how recipes stand", cases: standingCases },
  { about: "a rollout", cases: rolloutCases },
  { about: "a restart", cases: restartCases },
])("our client does as Firefox's modules do with $about", ({ cases }) => {
  test.each(cases)("$called", async ({ history, told }) => {
    const seen = await compare(arena, history, declared);
    expect(seen.undeclared.map(describeDifference)).toEqual([]);
    expect(seen.told).toEqual(told);
  });
});

describe("our client does as Firefox's modules do", () => {
  test.each(Array.from({ length: 25 }, (_, index) => index + 1))(
    `in random history %i of seed ${String(seed)}`,
    async (number) => {
      expect(await undeclared(aRandomHistory(seed, number))).toEqual([]);
    },
  );
});

describe("a difference that is declared", () => {
  test.each(deeds)("is there: $id, $why", async ({ id, shownBy }) => {
    const without = { ...declared, deeds: deeds.filter((row) => row.id !== id) };
    expect((await compare(arena, shownBy, without)).undeclared).not.toEqual([]);
    const seen = await compare(arena, shownBy, declared);
    expect(seen.undeclared).toEqual([]);
    expect([...seen.rows]).toContain(id);
  });

  test.each(wordings)("is there: $id, $why", async ({ id, shownBy }) => {
    const without = { ...declared, wordings: wordings.filter((row) => row.id !== id) };
    expect((await compare(arena, shownBy, without)).undeclared).not.toEqual([]);
    expect((await compare(arena, shownBy, declared)).undeclared).toEqual([]);
  });
});
