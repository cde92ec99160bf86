import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChromiumStage } from "#kit/settings-stage.ts";
import {
  aConsoleLog,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";

// Chromium stops a service worker at any await. Here it is stopped at each call by which a run changes
// something, of its storage, of the settings or of the network, right after the call had its effect.

const passwords = "privacy.services.passwordSavingEnabled";
const webRtc = "privacy.network.webRTCIPHandlingPolicy";
const suggest = "privacy.services.searchSuggestEnabled";
const nothing = aConsoleLog({ id: 1 });

const setOf = (round: number) => [
  aPreferenceStudy({
    id: 1000 + round,
    arguments: {
      slug: `study-${String(round)}`,
      branches: [
        {
          slug: "only",
          ratio: 1,
          preferences: {
            "signon.rememberSignons": aStudyPreference(false, "user"),
            "media.peerconnection.ice.default_address_only": aStudyPreference(true),
          },
        },
      ],
    },
  }),
  aRollout({
    id: 2000 + round,
    arguments: {
      slug: `rollout-${String(round)}`,
      preferences: [{ preferenceName: "browser.search.suggest.enabled", value: false }],
    },
  }),
  nothing,
];

/** Counts the calls that change something; after number `limit` nothing answers any more. */
const arm = `((limit) => {
  globalThis.calls = 0;
  const count = (owner, name) => {
    const original = owner[name].bind(owner);
    owner[name] = async (...args) => {
      if (globalThis.calls >= limit) return new Promise(() => undefined);
      const answer = await original(...args);
      globalThis.calls += 1;
      return globalThis.calls >= limit ? new Promise(() => undefined) : answer;
    };
  };
  count(chrome.storage.local, "set");
  count(chrome.storage.local, "remove");
  count(globalThis, "fetch");
  for (const api of ["services.passwordSavingEnabled", "network.webRTCIPHandlingPolicy", "services.searchSuggestEnabled"]) {
    const [group, name] = api.split(".");
    count(chrome.privacy[group][name], "set");
    count(chrome.privacy[group][name], "clear");
  }
})`;

describe("a service worker that Chromium stops", { timeout: 600_000 }, () => {
  let stage: Awaited<ReturnType<typeof openChromiumStage>>;
  beforeAll(async () => {
    stage = await openChromiumStage();
    await stage.run();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** Wakes a service worker, so that it can be told when to end. */
  const awake = async () => {
    await stage.ask(`() => chrome.runtime.sendMessage({ ask: "studies" })`);
    return stage.chromium.worker();
  };

  /** A run that is stopped after its call number `limit`. @returns whether it came that far */
  const stopped = async (limit: number): Promise<boolean> => {
    await stage.chromium.stopWorker();
    const worker = await awake();
    await worker.evaluate(`${arm}(${String(limit)})`);
    const wanted = await stage.request();
    let calls = 0;
    await expect
      .poll(async () => {
        calls = Number(await worker.evaluate("globalThis.calls"));
        return calls >= limit || (await stage.lastRun())?.runNow === wanted;
      })
      .toBe(true);
    await stage.chromium.stopWorker();
    return calls >= limit;
  };

  /** What a person could see, without the round's number. */
  const state = async (round: number): Promise<unknown> => {
    const settings = await stage.shown(passwords, webRtc, suggest);
    const stored = await stage.ask(
      `async (round) => {
        const { preference_records, enrollments, schedule } = await chrome.storage.local.get(null);
        const mine = Object.values(enrollments).filter(({ slug }) => slug.endsWith("-" + round));
        return {
          records: preference_records,
          begun: schedule.begun,
          enrollments: mine.map(({ kind, state, branch, endReason, preferences }) =>
            ({ kind, state, branch, endReason, preferences })),
        };
      }`,
      round,
    );
    const text = JSON.stringify({ settings, stored });
    return JSON.parse(text.replaceAll(`-${String(round)}"`, '"'));
  };

  test("is, after whatever call, where an undisturbed one is", async () => {
    let round = 100;
    const enrolling = (): Promise<void> => stage.publish(setOf(round));
    const ending = (): Promise<void> =>
      stage.publish([
        nothing,
        aRollback({ id: 3000 + round, arguments: { rolloutSlug: `rollout-${String(round)}` } }),
      ]);

    await enrolling();
    await stage.run();
    const enrolled = await state(round);
    await ending();
    await stage.run();
    const ended = await state(round);

    const stops = { enrolling: 0, ending: 0 };
    for (let limit = 1, goesOn = true; goesOn; limit += 1) {
      round += 1;
      goesOn = false;
      for (const [what, publish, expected] of [
        ["enrolling", enrolling, enrolled],
        ["ending", ending, ended],
      ] as const) {
        await publish();
        const cameThatFar = await stopped(limit);
        await stage.run();
        expect(await state(round), `${what}, stopped after call ${String(limit)}`).toEqual(
          expected,
        );
        if (cameThatFar) stops[what] += 1;
        goesOn ||= cameThatFar;
      }
    }
    console.log(
      `stopped while enrolling: ${String(stops.enrolling)}, ending: ${String(stops.ending)}`,
    );
    expect(Math.min(stops.enrolling, stops.ending)).toBeGreaterThan(10);
  });
});
