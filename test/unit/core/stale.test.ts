import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { NetworkOutcome } from "#core/ports.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aJsonAnswer, anAnswer, aWorld, serverUrl, type World } from "#kit/client.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";

// A set that is over, and no other arrives: what runs goes on, for two weeks and seven days on which
// somebody looked.

const bundleUrl = `${serverUrl}/v2/bundle.json`;
const dayMs = 86_400_000;
let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(async () => {
  world = aWorld(authority, { defaults: { "test.tabs.fast": false } });
  world.network.serve(
    await authority.bundle({ recipes: [aPreferenceStudy(), aRollout({ id: 2 })] }),
  );
  await run();
  expect(await states()).toEqual(running);
});

const run = () => world.client().request("timer");
const states = async () =>
  Object.fromEntries(
    (await world.client().look()).enrollments.map(({ recipeId, state, endReason = "" }) => [
      recipeId,
      `${state} ${endReason}`.trim(),
    ]),
  );
const running = { 1: "active", 2: "active" };
const over = { 1: "ended manifest-expired", 2: "active" };

/** Days after the last set was believed until the study is over, one run a day; at most 60. */
async function daysUntilOver(): Promise<number> {
  for (let day = 1; day <= 60; day += 1) {
    world.clock.advance(dayMs);
    await run();
    if ((await states())[1] !== "active") return day;
  }
  return Infinity;
}
const unreachable: NetworkOutcome = { kind: "unreachable", detail: "DNS" };

describe("a set that is over", () => {
  test.each([
    { what: "the server serves it on", answer: undefined },
    { what: "nobody answers", answer: unreachable },
    { what: "something else answers", answer: aJsonAnswer({}) },
  ])("keeps its study until day 21 while $what", async ({ answer }) => {
    if (answer !== undefined) world.network.on(bundleUrl, answer);
    expect(await daysUntilOver()).toBe(21);
    expect(await states()).toEqual(over);
    expect(world.preferences.stateOf("test.tabs.fast").default).toBe(true);
    const [last] = (await world.events()).filter(([, , method]) => method === "unenroll");
    expect(last?.[5]).toMatchObject({ reason: "manifest-expired" });
  });

  test("takes rollouts along where the settings say so", async () => {
    world.settings.current = { ...world.settings.current, staleRollouts: "revert" };
    expect(await daysUntilOver()).toBe(21);
    expect(await states()).toEqual({ ...over, 2: "opted-out manifest-expired" });
    expect(world.preferences.stateOf("test.tabs.fast").default).toBe(false);
  });

  test("costs a browser nothing that was off: seven days with a failed run are counted", async () => {
    world.clock.advance(100 * dayMs);
    for (let day = 1; day < 7; day += 1) {
      // However often a day.
      for (let time = 0; time < 3; time += 1) await run();
      world.clock.advance(dayMs);
    }
    expect(await states()).toEqual(running);
    await run();
    expect(await states()).toEqual(over);
  });

  test("begins its grace anew with every set that is believed", async () => {
    world.network.on(bundleUrl, unreachable);
    for (let day = 1; day <= 20; day += 1) {
      world.clock.advance(dayMs);
      await run();
    }
    const iat = Math.floor(world.clock.nowMs() / 1000);
    world.network.serve(
      await authority.bundle({
        recipes: [aPreferenceStudy(), aRollout({ id: 2 })],
        keycert: { iat, exp: iat + 30 * 86_400 },
        manifest: { n: 11, iat, nbf: iat, exp: iat + 7 * 86_400 },
      }),
    );
    expect(await run()).toMatchObject({ runner: "success" });
    world.network.on(bundleUrl, unreachable);
    expect(await daysUntilOver()).toBe(21);
  });

  test("ends nothing on a clock that its server contradicts", async () => {
    const { get } = world.network;
    const believedMs = world.clock.nowMs();
    world.network.get = async (...args): Promise<NetworkOutcome> => {
      const answer = await get.apply(world.network, args);
      if (answer.kind !== "answer") return answer;
      return {
        ...answer,
        headers: { ...answer.headers, date: new Date(believedMs).toUTCString() },
      };
    };
    expect(await daysUntilOver()).toBe(Infinity);
    expect(await run()).toMatchObject({ runner: "custom_1_error", reason: "clock" });
  });

  /** What each answer is, with the true time as its date, on a clock that is 30 days ahead. */
  async function onAFastClock(answerAt: () => Promise<NetworkOutcome>, days: number) {
    const fromMs = world.clock.nowMs();
    for (let day = 0; day < days; day += 1) {
      const trueMs = fromMs + day * dayMs;
      world.clock.set(trueMs + 30 * dayMs);
      const answer = await answerAt();
      if (answer.kind !== "answer") throw new Error("it must bear a date");
      const headers = { ...answer.headers, date: new Date(trueMs).toUTCString() };
      world.network.on(bundleUrl, { ...answer, headers });
      await run();
    }
  }

  test("counts no day on which a server that has no set contradicts the clock", async () => {
    await onAFastClock(() => Promise.resolve(anAnswer("", { status: 503 })), 10);
    expect(await states()).toEqual(running);
  });

  test("counts no day on which the clock is contradicted, also where the set is over by the server's too", async () => {
    const { bundle } = await authority.bundle({ recipes: [aPreferenceStudy()] });
    world.clock.advance(8 * dayMs);
    await onAFastClock(() => Promise.resolve(aJsonAnswer(bundle)), 10);
    expect(await states()).toEqual(running);
  });

  test("counts no day of another time than since it was over", async () => {
    const today = Math.floor(world.clock.nowMs() / dayMs);
    const before = [1, 2, 3, 4, 5, 6, 7].map((day) => today - day);
    await world.store.set({ stale: { days: [...before, ...before.map((day) => day + 1_000)] } });
    world.network.on(bundleUrl, unreachable);
    world.clock.advance(30 * dayMs);
    await run();
    expect(await states()).toEqual(running);
  });
});
