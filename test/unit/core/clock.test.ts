import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { NetworkOutcome } from "#core/ports.ts";
import { anAuthority, type Authority, type Published } from "#kit/authority.ts";
import { aWorld, rememberingTokens, type World } from "#kit/client.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { sized } from "#kit/size.ts";

// Whatever a browser's clock says, it begins nothing on a set that is over, and ends nothing because
// of the clock alone.

const day = 86_400;
const year = 365 * day;
const tokens = rememberingTokens();
const study = aPreferenceStudy({ id: 1 });
const newer = aRollout({ id: 2 });
let authority: Authority;
let first: Published;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
  first = await authority.bundle({ recipes: [study] });
});
beforeEach(() => {
  world = aWorld(authority, { tokens, defaults: { "test.tabs.fast": false } });
});

/** Serves a set at a true time, with the server's own `Date` unless it keeps that to itself. */
function serveAt(published: Published, trueSeconds: number, hasDate: boolean): void {
  world.network.serve(published);
  if (!hasDate) return;
  const { get } = world.network;
  world.network.get = async (...args): Promise<NetworkOutcome> => {
    const answer = await get.apply(world.network, args);
    if (answer.kind !== "answer") return answer;
    const date = new Date(trueSeconds * 1000).toUTCString();
    return { ...answer, headers: { ...answer.headers, date } };
  };
}
const enrolled = async () =>
  (await world.client().look()).enrollments.map(
    ({ recipeId, state }) => `${String(recipeId)} ${state}`,
  );

/** A set as it is at `nowSeconds`, under a keycert of that time. */
function setAt(nowSeconds: number, ageSeconds: number, n: number) {
  const iat = nowSeconds - ageSeconds;
  const keycert = { iat: nowSeconds - day, nbf: nowSeconds - 3 * day, exp: nowSeconds + 34 * day };
  const manifest = { n, iat, nbf: iat - 2 * day, exp: iat + 7 * day };
  const lived = { ...manifest, must: ["mass-ok"] };
  return authority.bundle({ recipes: [study, newer], keycert, manifest: lived });
}

describe("a grid of clocks", () => {
  // The true time is a day after the first set was believed; the clock is anywhere within ten years.
  const ages = { fresh: 60, stale: 8 * day, expired: 40 * day };
  test.each(Object.entries(ages))("with a set that is %s", async (kind, age) => {
    let begun = 0;
    const steps = sized("CLOCK_STEPS", { quick: 41, whole: 401 });
    for (let step = 0; step < steps; step += 1) {
      const off = Math.round(-10 * year + (step * 20 * year) / (steps - 1));
      const hasDate = step % 2 === 0;
      world = aWorld(authority, { tokens, defaults: { "test.tabs.fast": false } });
      world.network.serve(first);
      await world.client().request("timer");
      expect(await enrolled()).toEqual(["1 active"]);
      const trueSeconds = authority.nowSeconds + 42 * day;
      serveAt(await setAt(trueSeconds, age, 11), trueSeconds, hasDate);
      world.clock.set((trueSeconds + off) * 1000);
      await world.client().request("timer");
      const now = await enrolled();
      const at = `${String(off / day)} days off, ${hasDate ? "with" : "without"} Date`;
      expect(now, at).toContain("1 active");
      if (kind !== "fresh") expect(now, at).toEqual(["1 active"]);
      if (kind === "fresh" && off === 0) expect(now, at).toContain("2 active");
      if (now.length > 1) begun += 1;
    }
    if (kind === "fresh") expect(begun).toBeGreaterThan(0);
  });
});
