import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Recipe } from "#recipes/recipe.ts";
import { inOrder } from "#core/enrollment.ts";
import { isOwed, Outbox } from "#extension/telemetry/outbox.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { servedAddon } from "#kit/bench.ts";
import { aWorld, serverUrl, type World } from "#kit/client.ts";
import { anAddonRollout, anAddonStudy, aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { aStudyEnrollment, anAddonEnrollment } from "#kit/situation.ts";

const hour = 3_600_000;
const after = "test.tabs.after";
const marker = "__NO_ENROLLMENT_ID__";
let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(() => {
  world = aWorld(authority);
});

async function publish(recipes: readonly Recipe[], n = 10) {
  world.network.serve(await authority.bundle({ recipes, manifest: { n, must: ["mass-ok"] } }));
}
const pings = () => world.network.asked.filter(({ method }) => method === "POST");
const live = async (client = world.client()) =>
  (await client.look()).enrollments.filter(({ state }) => state === "active");
describe("telemetry that is switched off", () => {
  test("forgets what waits, who this is and every ID; on again all are new", async () => {
    await publish([aPreferenceStudy()]);
    const client = world.client();
    await client.start();
    world.network.posts = () => ({ kind: "offline" });
    await client.flush();
    const [before] = pings();
    const { clientId } = JSON.parse(before?.json ?? "") as { clientId: string };
    const [enrolled] = await live(client);

    await client.setSwitch("telemetry_enabled", false);
    expect(await live(client)).toMatchObject([{ enrollmentId: marker }]);
    expect(await world.events()).toEqual([]);
    const owed = await Outbox.open(world.store);
    expect(owed.waiting().map(isOwed)).toEqual([true]);
    expect(await world.store.get("client_id")).toBeUndefined();
    world.network.asked.length = 0;
    await client.flush();
    expect(world.network.asked).toEqual([]);

    world.network.posts = () => ({
      kind: "answer",
      status: 200,
      headers: {},
      bytes: new Uint8Array(),
    });
    await client.setSwitch("telemetry_enabled", true);
    await client.request("timer");
    world.clock.advance(3 * hour);
    await client.flush();
    const [wish, ping] = pings();
    expect(wish?.json).toContain(clientId);
    const sent = ping?.json ?? "";
    expect(sent).not.toContain(clientId);
    expect(sent).not.toContain(enrolled?.enrollmentId);
    const [again] = await live(client);
    expect(sent).toContain(again?.enrollmentId);
    expect(again?.enrollmentId).not.toBe(marker);
  });
});

describe("the person", () => {
  test("changes a preference under a study: it is theirs, and the study goes on", async () => {
    world.preferences.setByPerson(after, null);
    await publish([aPreferenceStudy()]);
    const client = world.client();
    await client.start();
    const before = (await world.events()).length;
    const value = world.preferences.stateOf(after).default;
    await client.preferencesChanged([after]);
    await client.preferencesChanged(["test.other"]);
    expect(await world.events()).toHaveLength(before);
    world.preferences.setByPerson(after, value !== true);
    await client.preferencesChanged([after]);
    await client.preferencesChanged([after]);
    const told = (await world.events()).slice(before);
    expect(told.map(([, ...event]) => event)).toMatchObject([
      ["normandy", "expPrefChanged", "preference_study", "tab-study", { reason: "observer" }],
    ]);
    expect(await live(client)).toMatchObject([{ preferences: { [after]: { overridden: true } } }]);
  });

  test("leaves one study for good, and only that one", async () => {
    await publish([aPreferenceStudy({ id: 1 }), aRollout({ id: 2 })]);
    const client = world.client();
    await client.start();
    await client.leave("preference-study/tab-study");
    await client.request("timer");
    const { enrollments } = await client.look();
    expect(enrollments).toMatchObject([
      { state: "ended", endReason: "individual-opt-out" },
      { kind: "preference-rollout", state: "active" },
    ]);
  });

  test.each(["nightly", "esr"])(
    "who leaves what is over, or never was, has that told (%s)",
    async (channel) => {
      await publish([aPreferenceStudy({ id: 1 }), aRollout({ id: 2 })]);
      const { facts } = world.ports;
      const application = { ...(await facts.application()), channel };
      const client = world.client({
        ...world.ports,
        facts: Object.assign(facts, { application: () => Promise.resolve(application) }),
      });
      await client.start();
      const [study] = await live(client);
      await client.leave("preference-study/tab-study");
      const before = (await world.events()).length;
      await client.leave("preference-study/tab-study");
      await client.leave("preference-study/no-such-study");
      // Of other kinds Normandy tells nothing, and a key that is none is nobody's.
      await client.leave("preference-rollout/no-such-rollout");
      await client.leave("preference-study/no study");
      const originalReason = "individual-opt-out";
      const told = (await world.events()).slice(before).map(([, , ...event]) => event);
      expect(told).toEqual([
        [
          "unenrollFailed",
          "preference_study",
          "tab-study",
          {
            reason: "already-unenrolled",
            originalReason,
            enrollmentId: study?.enrollmentId,
            ...(channel === "nightly" ? { caller: "optOut" } : {}),
          },
        ],
        [
          "unenrollFailed",
          "preference_study",
          "no-such-study",
          { reason: "does-not-exist", originalReason },
        ],
      ]);
    },
  );

  test("leaves everything with one click", async () => {
    await publish([aPreferenceStudy({ id: 1 }), aRollout({ id: 2 })]);
    const client = world.client();
    await client.start();
    await client.leaveAll();
    expect(await live(client)).toEqual([]);
    expect(await world.preferences.journal()).toEqual({});
    expect(world.settings.current).toMatchObject({
      studiesEnabled: false,
      rolloutsEnabled: false,
      telemetryEnabled: true,
    });
  });

  test("removes a rollout's add-on: it is theirs, and comes back with another version only", async () => {
    const { addon_id: id } = servedAddon(world.network);
    const bring = async (version: string, n: number) => {
      const addon = servedAddon(world.network, { version });
      await publish([anAddonRollout({ arguments: { addon } })], n);
    };
    await bring("1.0.0", 10);
    const client = world.client();
    await client.start();
    expect(world.addons.installed.get(id)).toMatchObject({ version: "1.0.0" });
    world.addons.installed.clear();
    const before = (await world.events()).length;
    await client.addonRemoved(id);
    expect(await world.events()).toHaveLength(before);
    expect((await client.request("timer"))?.recipes).toEqual({ 1: "success" });
    expect(world.addons.installed.size).toBe(0);
    expect(await live(client)).toMatchObject([{ kind: "addon-rollout" }]);
    await bring("1.1.0", 11);
    await client.request("timer");
    expect(world.addons.installed.get(id)).toMatchObject({ version: "1.1.0" });
  });

  test("removes a study's add-on: the study is over", async () => {
    const addon = servedAddon(world.network);
    const branches = [{ slug: "treatment", ratio: 1, extensionApiId: 1, addon }];
    await publish([anAddonStudy({ arguments: { branches } })]);
    const client = world.client();
    await client.start();
    await client.addonRemoved("somebody@else.example");
    expect(await live(client)).toHaveLength(1);
    world.addons.installed.clear();
    await client.addonRemoved(addon.addon_id);
    await client.addonRemoved(addon.addon_id);
    expect((await client.look()).enrollments).toMatchObject([{ endReason: "uninstalled" }]);
    const ends = (await world.events()).filter(([, , method]) => method === "unenroll");
    expect(ends).toHaveLength(1);
  });
});

describe("one thing at a time", () => {
  test("runs that are asked for at once are run one after the other", async () => {
    await publish([aRollout()]);
    const client = world.client();
    const reports = await Promise.all([
      client.start(),
      client.request("run-now"),
      client.request("timer"),
    ]);
    expect(reports.map((report) => report?.recipes)).toEqual(
      [1, 2, 3].map(() => ({ 1: "success" })),
    );
    const enrolled = (await world.events()).filter(([, , method]) => method === "enroll");
    expect(enrolled).toHaveLength(1);
  });

  test("a person who leaves amid a run is obeyed after it", async () => {
    await publish([aPreferenceStudy()]);
    const client = world.client();
    const running = client.start();
    await Promise.all([running, client.setSwitch("studies_enabled", false)]);
    expect(await live(client)).toEqual([]);
    expect(world.network.asked.some(({ url }) => url.startsWith(serverUrl))).toBe(true);
  });
});

test("what lives comes first, then the newest", () => {
  const old = aStudyEnrollment({ slug: "old", enrolledAtMs: 1 });
  const fresh = aStudyEnrollment({ slug: "fresh", enrolledAtMs: 2 });
  const over = aStudyEnrollment({ slug: "over", enrolledAtMs: 3, state: "ended" });
  const half = anAddonEnrollment({ slug: "half", enrolledAtMs: 0, state: "installing" });
  expect(inOrder([over, half, old, fresh]).map(({ slug }) => slug)).toEqual([
    "fresh",
    "old",
    "half",
    "over",
  ]);
});
