import { afterAll, beforeAll, expect, test } from "vitest";
import type { Arena } from "#kit/conformance/arena.ts";
import { compare, describeDifference } from "#kit/conformance/compare.ts";
import { describeHistory } from "#kit/conformance/history.ts";
import { aRandomHistory } from "#kit/conformance/some-histories.ts";
import { openStageArena, renamed } from "#kit/conformance/stage-arena.ts";
import { deeds } from "./deeds.ts";
import { wordings } from "./wordings.ts";

// A few random histories with the extension as it is built, a real server, HTTP and pings.

const seed = Number(process.env["CONFORMANCE_SEED"] ?? 20_261_122);

let arena: Arena;
beforeAll(async () => {
  arena = await openStageArena();
});
afterAll(() => arena[Symbol.asyncDispose]());

test.each([101, 102, 103, 104])(
  `over HTTP too, our client does as Firefox's modules do in random history %i of seed ${String(seed)}`,
  async (number) => {
    const history = renamed(aRandomHistory(seed, number), number);
    const { undeclared } = await compare(arena, history, { wordings, deeds });
    expect(undeclared.map(describeDifference), describeHistory(history).join("\n")).toEqual([]);
  },
);
