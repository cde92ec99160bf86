import { beforeEach, describe, expect, test } from "vitest";
import { clientCapabilities } from "#core/client-capabilities.ts";
import { ContextFactory, readableAttributes, type Sources } from "#core/context.ts";
import { EnrollmentBook } from "#core/book.ts";
import { judgeFilter } from "#core/judge.ts";
import { MemoryAddons, MemoryFacts, MemoryPreferences, MemoryStore } from "#core/memory.ts";
import type { PreferenceEngine } from "#core/ports.ts";
import { actions } from "#actions/index.ts";
import type { Enrollment } from "#core/enrollment.ts";
import { anAnswer, ScriptedNetwork, serverUrl, TestClock } from "#kit/client.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import {
  aRolloutEnrollment,
  aStudyEnrollment,
  anAddonEnrollment,
  anAddonRolloutEnrollment,
} from "#kit/situation.ts";

const classifyUrl = `${serverUrl}/api/v1/classify_client/`;
let network: ScriptedNetwork;
let clock: TestClock;
let preferences: MemoryPreferences;
beforeEach(() => {
  network = new ScriptedNetwork();
  clock = new TestClock(0);
  preferences = new MemoryPreferences({ "test.one": 1 });
  network.on(
    classifyUrl,
    anAnswer('{"country":"DE","request_time":"2026-11-22T10:00:00.000Z","ip":"::1"}'),
  );
});

async function sources(
  said: {
    facts?: Record<string, unknown>;
    enrollments?: readonly Enrollment[];
    serverUrl?: string | undefined;
    isFirstRun?: boolean;
    readFact?: (name: string) => unknown;
  } = {},
): Promise<Sources> {
  const book = await EnrollmentBook.open(new MemoryStore(), { write: () => undefined });
  await book.saveAll(said.enrollments ?? []);
  const facts = new MemoryFacts(said.facts ?? {});
  return {
    settings: {
      userId: "u-1",
      clockDays: 0,
      serverUrl: "serverUrl" in said ? said.serverUrl : serverUrl,
    },
    ports: {
      facts: said.readFact === undefined ? facts : Object.assign(facts, { read: said.readFact }),
      preferences,
      network,
      clock,
    },
    book,
    isFirstRun: said.isFirstRun ?? false,
  };
}

/** How the filters fall out, one after the other, in one run. */
async function judge(expressions: readonly string[], said: Parameters<typeof sources>[0] = {}) {
  const recipes = expressions.map((filter_expression, index) =>
    aConsoleLog({ id: index + 1, filter_expression }),
  );
  const contexts = await ContextFactory.prepare(recipes, await sources(said));
  const verdicts = [];
  for (const recipe of recipes) {
    const { suitability, reason } = await judgeFilter(recipe, contexts.of(recipe));
    verdicts.push(reason ?? suitability);
  }
  return verdicts;
}
const match = "filter-match";
const mismatch = "filter-mismatch";

describe("what a filter is answered", () => {
  test.each([
    "env.userId == 'u-1'",
    "normandy.randomizationId == 'u-1'",
    "ctx.userId == 'u-1'",
    "env.country == 'DE'",
    "normandy.request_time > '2026-11-22T09:59:59Z'|date",
    "normandy.request_time < '2026-11-22T10:00:01Z'|date",
    "!env.isFirstRun",
    "env.locale == 'de-AT'",
    "ctx.locale == 'de-AT'",
    "ctx.localeLanguageCode == 'de'",
    "ctx.platform == 'linux'",
    "env.recipe.id == 1",
    "env.recipe.arguments.message == 'Hello from a recipe.'",
    "'test.one'|preferenceValue == 1",
    "'test.one'|preferenceExists && !('test.one'|preferenceIsUserSet)",
    "!('test.none'|preferenceExists)",
    "('test.' + 'one')|preferenceValue == 1",
    "!(('test.' + 'none')|preferenceExists)",
    "env.noSuchName == undefined",
    "env['to' + 'String'] == undefined",
    "env.version == undefined",
  ])("makes %s true", async (expression) => {
    const facts = { locale: "de-AT", os: { isLinux: true } };
    expect(await judge([expression], { facts })).toEqual([match]);
  });

  test.each([
    { os: { isWindows: true }, platform: "win" },
    { os: { isMac: true }, platform: "macosx" },
    { os: { isLinux: true }, platform: "linux" },
  ])("names the platform $platform", async ({ os, platform }) => {
    expect(await judge([`ctx.platform == '${platform}'`], { facts: { os } })).toEqual([match]);
  });

  test("names no platform and no language where it cannot tell", async () => {
    const facts = { os: {}, locale: 1 };
    const filters = ["ctx.platform == undefined", "ctx.localeLanguageCode == undefined"];
    expect(await judge(filters, { facts })).toEqual([match, match]);
    expect(await judge(["ctx.platform == undefined"], { facts: { os: null } })).toEqual([match]);
  });

  test("is whether this is the first run, and what the person set", async () => {
    preferences.setByPerson("test.one", 2);
    const set = ["'test.one'|preferenceValue == 2", "'test.one'|preferenceIsUserSet"];
    const filters = ["env.isFirstRun", ...set];
    expect(await judge(filters, { isFirstRun: true })).toEqual([match, match, match]);
  });

  test("is what this browser takes part in", async () => {
    const enrollments = [
      aStudyEnrollment({ slug: "live" }),
      aStudyEnrollment({ slug: "over", state: "ended" }),
      aRolloutEnrollment({ slug: "wide" }),
      anAddonEnrollment({ slug: "added" }),
      anAddonRolloutEnrollment({ slug: "brought", state: "rolled-back" }),
    ];
    const filters = [
      "'live' in normandy.experiments.active && !('over' in normandy.experiments.active)",
      "'over' in normandy.experiments.expired && !('live' in normandy.experiments.expired)",
      "'live' in normandy.experiments.all && 'over' in normandy.experiments.all",
      "!('added' in normandy.experiments.all) && !('wide' in normandy.experiments.all)",
      "normandy.studies.pref.live.branch == 'treatment' && !normandy.studies.pref.live.expired",
      "normandy.studies.pref.over.expired",
      "normandy.studies.addon.added.active && normandy.studies.addon.added.recipeId == 1",
      "normandy.rollouts.pref.wide.state == 'active' && !('brought' in normandy.rollouts.pref|keys)",
      "normandy.rollouts.addon.brought.state == 'rolled-back'",
      "normandy.rollouts.pref.wide.preferences[0].preferenceName == 'test.tabs.fast'",
    ];
    expect(await judge(filters, { enrollments })).toEqual(filters.map(() => match));
  });
});

describe("what has to be asked for", () => {
  test("is asked of the server once in a run, and only when a filter needs it", async () => {
    await judge(["true", "env.locale == 'x'"]);
    expect(network.asked).toEqual([]);
    await judge(["env.country == 'DE'", "normandy.country == 'FR'", "env['request_' + 'time']"]);
    expect(network.asked).toEqual([{ method: "GET", url: classifyUrl, maxBytes: 4_096 }]);
  });

  test.each([
    { what: "is not there", answer: { kind: "offline" as const } },
    { what: "answers an error", answer: anAnswer("", { status: 500 }) },
    { what: "answers something else", answer: anAnswer("{}") },
    {
      what: "answers no time",
      answer: anAnswer('{"country":"DE","request_time":"yesterday"}'),
    },
    { what: "answers no text", answer: anAnswer(Uint8Array.of(0xff)) },
  ])("breaks the filters that need it when the server $what, and no others", async ({ answer }) => {
    network.on(classifyUrl, answer);
    expect(await judge(["env.country == 'DE'", "true", "env.country == 'FR'"])).toEqual([
      "filter/evaluation",
      match,
      "filter/evaluation",
    ]);
    expect(network.asked).toHaveLength(1);
  });

  test("breaks them too when there is no server", async () => {
    expect(await judge(["env.country == 'DE'", "true"], { serverUrl: undefined })).toEqual([
      "filter/evaluation",
      match,
    ]);
  });

  test("may say that it knows no country", async () => {
    network.on(classifyUrl, anAnswer('{"country":null,"request_time":"2026-11-22T10:00:00Z"}'));
    expect(await judge(["env.country == 'DE'"])).toEqual([mismatch]);
  });

  test("has five seconds, exactly", async () => {
    let answer: (value: unknown) => void = () => undefined;
    const readFact = () => new Promise((resolve) => (answer = resolve));
    const said = { facts: { locale: "", channel: "" }, readFact };
    const inTime = judge(["env.locale == 'de'"], said);
    await settled();
    expect(clock.delays).toEqual([5_000]);
    clock.advance(4_999);
    answer("de");
    expect(await inTime).toEqual([match]);

    const late = judge(["env.locale == 'de'", "1 == 1"], said);
    await settled();
    clock.advance(5_000);
    expect(await late).toEqual(["filter/timeout", match]);
  });

  test("that fails breaks only the filters that name it", async () => {
    const readFact = (name: string) => {
      if (name === "locale") throw new Error("no locale");
      return Promise.reject(new Error("no channel"));
    };
    const said = { facts: { locale: "", channel: "" }, readFact };
    expect(await judge(["env.locale", "env.channel", "1 == 1"], said)).toEqual([
      "filter/evaluation",
      "filter/evaluation",
      match,
    ]);
  });

  test("is read once, however many filters name it", async () => {
    let reads = 0;
    const readFact = () => {
      reads += 1;
      return "de";
    };
    await judge(["env.locale == 'de'", "normandy.locale == 'de'", "env.locale == 'fr'"], {
      facts: { locale: "" },
      readFact,
    });
    expect(reads).toBe(2);
  });

  test("is not asked for by a filter that cannot be read", async () => {
    expect(await judge(["env.country =="])).toEqual(["filter/syntax"]);
    expect(network.asked).toEqual([]);
  });
});

describe("capabilities", () => {
  const facts = new MemoryFacts({ locale: "de", os: {} });
  const ports = { facts, preferences: new MemoryPreferences(), addons: new MemoryAddons() };
  const userOnly: PreferenceEngine = Object.assign(new MemoryPreferences(), {
    branches: ["user"] as const,
  });

  test("are the actions, transforms and attributes that this browser has", () => {
    const able = clientCapabilities(actions, ports);
    for (const name of [
      "capabilities-v1",
      "action.preference-study",
      "action.preference-rollout",
      "action.preference-rollback",
      "action.addon-study",
      "action.console-log",
      "jexl.transform.stableSample",
      "jexl.transform.regExpMatch",
      "jexl.context.env",
      "jexl.context.normandy",
      "jexl.context.ctx",
      "jexl.context.env.locale",
      "jexl.context.normandy.userId",
      "jexl.context.ctx.localeLanguageCode",
      "jexl.context.ctx.platform",
    ])
      expect(able).toContain(name);
    expect(able).not.toContain("jexl.context.env.version");
    expect(able).not.toContain("jexl.context.env.platform");
  });

  test("lack what its engines cannot do", () => {
    const { addons: _none, ...withoutAddons } = ports;
    expect([...clientCapabilities(actions, withoutAddons)].join()).not.toContain("action.addon-");
    const poor = clientCapabilities(actions, { ...ports, preferences: userOnly });
    expect([...poor].filter((name) => name.startsWith("action."))).toEqual([
      "action.addon-study",
      "action.addon-rollout",
      "action.addon-rollback",
      "action.console-log",
    ]);
    const mute = { ...ports, facts: new MemoryFacts({}) };
    expect(clientCapabilities(actions, mute)).not.toContain("jexl.context.ctx.platform");
  });

  test("name no action that is not there", () => {
    const { "console-log": _gone, ...fewer } = actions;
    const able = clientCapabilities(fewer as typeof actions, ports);
    expect(able).not.toContain("action.console-log");
  });

  test("are of a namespace's own names", () => {
    expect(readableAttributes("env", facts)).not.toContain("platform");
    expect(readableAttributes("ctx", facts)).not.toContain("country");
  });
});

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
