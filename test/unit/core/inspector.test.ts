import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { actions } from "#actions/index.ts";
import { inspect } from "#core/inspect.ts";
import { Inspector } from "#core/inspector.ts";
import type { InspectorRequest } from "#core/messages.ts";
import type { SettingsReader } from "#core/ports.ts";
import { QaSettings } from "#core/qa.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aJsonAnswer, aWorld, serverUrl, type World } from "#kit/client.ts";
import {
  aConsoleLog,
  anAddonStudy,
  aPreferenceStudy,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";

const dayMs = 86_400_000;
let authority: Authority;
let world: World;
let number = 10;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority, {
    settings: { devMode: true },
    facts: { distribution: null },
    defaults: { "test.tabs.after": false, "test.tabs.fast": false },
  });
});

async function publish(...recipes: readonly Recipe[]): Promise<void> {
  number += 1;
  const manifest = { n: number, must: ["mass-ok"] };
  world.network.serve(await authority.bundle({ recipes, manifest }));
}

/** The background, as `background.ts` puts it together. */
function background() {
  const qa = new QaSettings(world);
  const settings: SettingsReader = {
    read: () => qa.read(),
    writeUserId: (userId) => world.settings.writeUserId(userId),
    writeSwitch: (name, on) => world.settings.writeSwitch(name, on),
    writeLastRun: (json) => world.settings.writeLastRun(json),
  };
  const ports = { ...world.ports, settings };
  const client = world.client(ports);
  const inspector = new Inspector({
    client,
    qa,
    ports,
    inspect: (needs) => inspect({ ...needs, actions, pinnedRoot: authority.root }),
  });
  return { client, qa, inspector };
}

async function inspected(request: InspectorRequest = { ask: "inspect" }) {
  const { inspection } = await background().inspector.answer(request);
  if (inspection === null) throw new Error("nothing was inspected");
  return inspection;
}

const enrolled = async () => (await background().client.look()).enrollments;

describe("an inspection", () => {
  const several = (): readonly Recipe[] => [
    aPreferenceStudy({ id: 1 }),
    aRollout({ id: 2, filter_expression: 'env.locale == "de" && env.version == "153.0"' }),
    aConsoleLog({ id: 3, filter_expression: "1 +" }),
    aConsoleLog({ id: 4, capabilities: ["telepathy"] }),
    aConsoleLog({ id: 5, filter_expression: "env.distribution.x" }),
    anAddonStudy({ id: 6, arguments: { isEnrollmentPaused: true } }),
  ];

  test("finds of each recipe what the next run finds, and changes nothing in the browser", async () => {
    await publish(...several());
    const found = await inspected();
    expect(found).toMatchObject({ runner: "success", n: number });
    expect(await enrolled()).toEqual([]);
    expect(await world.preferences.journal()).toEqual({});
    expect(await world.events()).toEqual([]);

    const report = await background().client.request("timer");
    expect(Object.fromEntries(found.recipes.map(({ id, status }) => [id, status]))).toEqual(
      report?.recipes,
    );
    expect(found.recipes.map(({ suitability }) => suitability)).toEqual([
      "filter-match",
      "filter-mismatch",
      "filter-error",
      "capabilities-mismatch",
      "filter-error",
      "filter-match",
    ]);
  });

  test("tells each part of a filter, and what would turn it round", async () => {
    await publish(...several());
    const { recipes } = await inspected();
    expect(recipes[1]).toMatchObject({
      filter: 'env.locale == "de" && env.version == "153.0"',
      parts: [
        { depth: 0, value: "false", isTrue: false },
        { depth: 1, text: 'env.locale == "de"', value: "false", isTrue: false },
        { depth: 2, text: "env.locale", value: '"en-US"', isTrue: true },
        { depth: 1, text: 'env.version == "153.0"', value: "true" },
        { depth: 2, text: "env.version", value: '"153.0"' },
      ],
      flips: [[{ text: 'env.locale == "de"', to: true }]],
      plan: [],
    });
    expect(recipes[2]?.parts).toMatchObject([{ error: /^filter\/syntax: /u }]);
    expect(recipes[4]?.parts[0]?.error).toMatch(/^filter\/evaluation: /u);
  });

  test("has the plan that the run carries out", async () => {
    await publish(aPreferenceStudy({ id: 1 }));
    const [recipe] = (await inspected()).recipes;
    expect(recipe?.plan.map((step) => step.do)).toEqual([
      "claim-preference",
      "save-enrollment",
      "record-event",
    ]);
    expect(recipe?.branches).toEqual(["control", "treatment"]);
    await background().client.request("timer");
    const [again] = (await inspected()).recipes;
    expect(again).toMatchObject({ reason: "enrolled", plan: [] });
    expect(again?.branches).toContain(again?.branch);
  });

  test("says what would end because nobody lists it any more", async () => {
    await publish(aPreferenceStudy({ id: 1 }));
    await background().client.request("timer");
    await publish(aConsoleLog({ id: 2 }));
    expect((await inspected()).ends).toMatchObject([
      {
        key: "preference-study/tab-study",
        plan: [{ do: "save-enrollment" }, { do: "release-preference" }, { do: "record-event" }],
      },
    ]);
    expect(await enrolled()).toMatchObject([{ state: "active" }]);
  });

  test("plans nothing that the person has switched off, and says so", async () => {
    await publish(aPreferenceStudy({ id: 1 }));
    world.settings.current = { ...world.settings.current, studiesEnabled: false };
    expect((await inspected()).recipes).toMatchObject([
      { suitability: "filter-match", status: "custom_1_error", reason: "opted-out", plan: [] },
    ]);
  });

  test("says why there is no set", async () => {
    expect(await inspected()).toMatchObject({ runner: "content_error", recipes: [] });
  });
});

describe("what QA makes happen", () => {
  test("is a run, now", async () => {
    await publish(aPreferenceStudy({ id: 1 }));
    await inspected({ ask: "run-now" });
    expect(await enrolled()).toMatchObject([{ state: "active" }]);
  });

  test("is a branch, whichever chance had chosen, whether the study runs or is over", async () => {
    await publish(aPreferenceStudy({ id: 1 }));
    const slug = "tab-study";
    for (const branch of ["treatment", "control", "treatment"]) {
      await inspected({ ask: "force-branch", slug, branch });
      await inspected({ ask: "run-now" });
      expect(await enrolled()).toMatchObject([{ branch, forced: true, state: "active" }]);
    }
    await background().client.leave(`preference-study/${slug}`);
    await inspected({ ask: "force-branch", slug, branch: "control" });
    await inspected({ ask: "run-now" });
    expect(await enrolled()).toMatchObject([{ branch: "control", state: "active" }]);
  });

  test("is chance again, from the next study on", async () => {
    await publish(aPreferenceStudy({ id: 1 }));
    await inspected({ ask: "force-branch", slug: "tab-study", branch: "control" });
    const { forced } = await background().inspector.answer({
      ask: "force-branch",
      slug: "tab-study",
      branch: null,
    });
    expect(forced).toEqual({});
    await inspected({ ask: "run-now" });
    expect(await enrolled()).not.toMatchObject([{ forced: true }]);
  });

  test("is another time, for decisions and for what filters see of it, and not for what is believed", async () => {
    const now = new Date(world.clock.nowMs()).toISOString();
    world.network.on(
      `${serverUrl}/api/v1/classify_client/`,
      aJsonAnswer({ country: null, request_time: now }),
    );
    const laterMs = world.clock.nowMs() + 20 * dayMs;
    const later = new Date(laterMs).toISOString();
    await publish(
      aRollout({ id: 1, filter_expression: `env.request_time >= "${later}"|date` }),
      aPreferenceStudy({
        id: 2,
        arguments: {
          branches: [{ slug: "only", ratio: 1, preferences: { "test.x": aStudyPreference(1) } }],
        },
      }),
    );
    expect((await inspected()).recipes[0]).toMatchObject({ suitability: "filter-mismatch" });
    // A manifest lives for seven days.
    const moved = await inspected({ ask: "move-clock", days: 20 });
    expect(moved).toMatchObject({ runner: "success", asOfMs: laterMs });
    expect(moved.recipes[0]).toMatchObject({ suitability: "filter-match" });
    await inspected({ ask: "run-now" });
    expect((await enrolled()).map(({ enrolledAtMs }) => enrolledAtMs)).toEqual([laterMs, laterMs]);
  });
});

describe("with dev mode off", () => {
  beforeEach(async () => {
    await publish(aPreferenceStudy({ id: 1 }));
    const { inspector } = background();
    await inspector.answer({ ask: "force-branch", slug: "tab-study", branch: "control" });
    await inspector.answer({ ask: "move-clock", days: 20 });
    expect(await background().qa.read()).toMatchObject({
      forcedBranches: { "tab-study": "control" },
      clockDays: 20,
    });
    world.settings.current = { ...world.settings.current, devMode: false };
  });

  test("what QA had said before holds no more", async () => {
    expect(await background().qa.read()).toMatchObject({ forcedBranches: {}, clockDays: 0 });
    await background().client.request("timer");
    const [study] = await enrolled();
    expect(study).toMatchObject({ enrolledAtMs: world.clock.nowMs() });
    expect(study).not.toHaveProperty("forced");
  });

  test.each([
    { ask: "inspect" },
    { ask: "run-now" },
    { ask: "force-branch", slug: "tab-study", branch: "treatment" },
    { ask: "force-branch", slug: "tab-study", branch: null },
    { ask: "move-clock", days: -3 },
  ] as const)("nothing is told and nothing is done: %j", async (request) => {
    const before = await world.store.get("qa");
    const asked = world.network.asked.length;
    expect(await background().inspector.answer(request)).toEqual({
      devMode: false,
      clockDays: 0,
      forced: {},
      inspection: null,
    });
    expect(await world.store.get("qa")).toEqual(before);
    expect(await enrolled()).toEqual([]);
    expect(world.network.asked.length).toBe(asked);
  });

  test("nobody goes round the Inspector to QA's record", async () => {
    const { qa } = background();
    await qa.forceBranch("tab-study", "treatment");
    await qa.moveClock(1);
    expect(await world.store.get("qa")).toEqual({
      forced: { "tab-study": "control" },
      clockDays: 20,
    });
  });
});

test("a record of QA that is damaged says nothing", async () => {
  for (const damage of [7, { forced: {}, clockDays: 0.5 }, { forced: {}, clockDays: 1e9 }, {}]) {
    await world.store.set({ qa: damage });
    expect(await background().qa.read()).toMatchObject({ forcedBranches: {}, clockDays: 0 });
  }
});
