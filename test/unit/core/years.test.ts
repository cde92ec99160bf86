import { expect, test } from "vitest";
import { aRootPayload, anAuthority, signRoot } from "#kit/authority.ts";
import { aJsonAnswer, aWorld, serverUrl } from "#kit/client.ts";
import { aPreferenceStudy } from "#kit/recipes.ts";
import { sized } from "#kit/size.ts";

// No moment ahead at which something that is looked after in time is believed no longer. Every fifth
// day is tried in `npm test`; `YEARS_STEP=1` tries each.

const day = 86_400;
const days = 3 * 365;
const step = sized("YEARS_STEP", { quick: 25, whole: 5 });

test(
  `a browser believes its server for the next three years, every ${String(step)} days`,
  { timeout: 300_000 },
  async () => {
    const startSeconds = Math.floor(Date.now() / 1000);
    const authority = await anAuthority({ nowSeconds: startSeconds });
    const world = aWorld(authority);
    const recipes = [aPreferenceStudy()];
    let keycertAt = startSeconds;
    for (let today = 0; today <= days; today += step) {
      const nowSeconds = startSeconds + today * day;
      // A root lives two years: its successor is made in time, by the keys of both.
      if (today >= 600 && today < 600 + step) {
        const next = { ...aRootPayload(authority.rootKeys, nowSeconds), version: 2 };
        world.network.on(
          `${serverUrl}/v2/root/2.json`,
          aJsonAnswer(await signRoot(next, authority.rootKeys.slice(0, 2))),
        );
      }
      if (nowSeconds - keycertAt >= 14 * day) keycertAt = nowSeconds;
      world.network.serve(
        await authority.bundle({
          recipes,
          keycert: { iat: keycertAt, nbf: keycertAt - 2 * day, exp: keycertAt + 35 * day },
          manifest: {
            n: 10 + today,
            iat: nowSeconds,
            nbf: nowSeconds - 2 * day,
            exp: nowSeconds + 7 * day,
          },
        }),
      );
      world.clock.set(nowSeconds * 1000);
      const at = new Date(nowSeconds * 1000).toISOString();
      expect(await world.client().request("timer"), at).toMatchObject({
        runner: "success",
        recipes: { 1: "success" },
      });
    }
    const { enrollments } = await world.client().look();
    expect(enrollments).toMatchObject([{ state: "active", enrolledAtMs: startSeconds * 1000 }]);
  },
);
