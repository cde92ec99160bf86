import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import type { HeartbeatWord, Prompt } from "#core/heartbeat.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { parsePing } from "#telemetry/parse.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aWorld, type World } from "#kit/client.ts";
import { shownBy, surveysSentOver } from "#kit/heartbeats.ts";
import { aConsoleLog, aHeartbeat } from "#kit/recipes.ts";

// A survey from the recipe to the ping, in a browser made of maps, with the page's part played by
// the test.

const hour = 3_600_000;
const day = 24 * hour;
let authority: Authority;
let world: World;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(async () => {
  world = aWorld(authority);
  await publish([aHeartbeat({ id: 7 })]);
});

let published = 10;
async function publish(recipes: readonly Recipe[]): Promise<void> {
  const nowSeconds = Math.floor(world.clock.nowMs() / 1000);
  const manifest = { n: (published += 1), must: ["mass-ok"], iat: nowSeconds, nbf: nowSeconds };
  const times = { ...manifest, exp: nowSeconds + 7 * 86_400 };
  world.network.serve(await authority.bundle({ recipes, manifest: times }));
}

const sent = () => surveysSentOver(world.network);
const say = (client: Client, word: HeartbeatWord) => {
  world.clock.advance(1_000);
  return client.heartbeat(word);
};
/** Whatever waits for its turn is through. */
const settled = (client: Client) => client.leave("no such study");

describe("a survey", () => {
  test("is shown once, answered, and told once", async () => {
    const client = world.client();
    const { flowId, says, shownMs } = await shownBy(client);
    expect(world.prompts.opened).toBe(1);
    expect(says.message).toBe("How do you like the new tabs?");
    expect(await say(client, { moment: "votedTS", flowId, score: 4 })).toMatchObject({ score: 4 });
    expect(sent()).toEqual([]);
    expect(await say(client, { moment: "closedTS", flowId })).toBeUndefined();
    await say(client, { moment: "windowClosedTS", flowId });
    await settled(client);

    const [ping, ...more] = sent();
    expect(more).toEqual([]);
    expect(ping?.payload).toEqual({
      version: 1,
      surveyId: "tabs-survey",
      surveyVersion: "1",
      flowId,
      offeredTS: shownMs,
      votedTS: shownMs + 1_000,
      closedTS: shownMs + 2_000,
      score: 4,
    });
    expect(await world.store.get("heartbeat")).toEqual({
      seen: { 7: { shownMs, answeredMs: shownMs + 1_000 } },
    });
  });

  test("is known by the client id and the environment of every other ping", async () => {
    const client = world.client();
    const { flowId } = await shownBy(client);
    await say(client, { moment: "closedTS", flowId });
    await settled(client);
    const pings = world.network.asked
      .filter(({ method }) => method === "POST")
      .map(({ json }) => parsePing(JSON.parse(json ?? "")));
    expect(pings.map(({ type }) => type).sort()).toEqual(["event", "heartbeat"]);
    expect(new Set(pings.map(({ clientId }) => clientId)).size).toBe(1);
    expect(pings[0]?.environment).toEqual(pings[1]?.environment);
    expect(new Set(pings.map(({ id }) => id)).size).toBe(2);
  });

  test("that QA sees says so", async () => {
    world = aWorld(authority, { settings: { devMode: true } });
    await publish([aHeartbeat({ id: 7 })]);
    const client = world.client();
    const { flowId } = await shownBy(client);
    await say(client, { moment: "closedTS", flowId });
    await settled(client);
    expect(sent()).toMatchObject([{ payload: { testing: true } }]);
  });

  test("is the only one of a day, whichever recipe asks", async () => {
    const client = world.client();
    const { flowId } = await shownBy(client);
    await say(client, { moment: "closedTS", flowId });
    await settled(client);
    await publish([aHeartbeat({ id: 8 }), aHeartbeat({ id: 9 })]);
    world.clock.advance(day - 3 * hour);
    expect((await client.request("timer"))?.recipes).toEqual({ 8: "success", 9: "success" });
    expect(world.prompts.opened).toBe(1);
    await publish([aHeartbeat({ id: 8 }), aHeartbeat({ id: 9 })]);
    world.clock.advance(3 * hour);
    await client.request("timer");
    // The second of the two waits for the first.
    expect(world.prompts.opened).toBe(2);
    expect(await client.heartbeat({ moment: "offeredTS" })).toMatchObject({ recipeId: 8 });
  });

  test("is heard while a run is under way", async () => {
    const client = world.client();
    const { flowId } = await shownBy(client);
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => (answer = resolve));
    const { get } = world.network;
    world.network.get = async (...asked) => {
      await held;
      return get.apply(world.network, asked);
    };
    const run = client.request("timer");
    expect(await say(client, { moment: "votedTS", flowId, score: 2 })).toMatchObject({ score: 2 });
    answer();
    await run;
  });

  test("goes on with the background page stopped between any two words", async () => {
    const { flowId } = await shownBy(world.client());
    const words: readonly HeartbeatWord[] = [
      { moment: "learnMoreTS", flowId },
      { moment: "votedTS", flowId, score: 5 },
      { moment: "closedTS", flowId },
    ];
    for (const word of words) {
      const next = world.client();
      // The word is what starts the page: both come at once.
      const started = next.start();
      await say(next, word);
      await started;
      await settled(next);
    }
    expect(sent()).toMatchObject([{ payload: { flowId, score: 5 } }]);
    expect(world.prompts.opened).toBe(1);
  });

  test("is kept in one place, whoever asks for it first", async () => {
    const asked: string[] = [];
    const store = {
      get: (key: string) => {
        asked.push(key);
        return world.store.get(key);
      },
      set: (values: Readonly<Record<string, unknown>>) => world.store.set(values),
      remove: (keys: readonly string[]) => world.store.remove(keys),
    };
    const client = world.client({ ...world.ports, store });
    await Promise.all([
      client.start(),
      client.look(),
      client.heartbeat({ moment: "offeredTS" }),
      client.preferencesChanged(["test.other"]),
    ]);
    // Two that were read at once would each write over what the other has stored.
    expect(asked.filter((key) => key === "heartbeat")).toHaveLength(1);
    expect(asked.filter((key) => key === "enrollments")).toHaveLength(1);
  });

  test("can be read again where the store failed once", async () => {
    let fails = true;
    const store = {
      ...{ set: world.store.set.bind(world.store), remove: world.store.remove.bind(world.store) },
      get: (key: string) =>
        fails && key === "heartbeat" ? Promise.reject(new Error("busy")) : world.store.get(key),
    };
    const client = world.client({ ...world.ports, store });
    await expect(client.heartbeat({ moment: "offeredTS" })).rejects.toThrow("busy");
    fails = false;
    expect(await client.heartbeat({ moment: "offeredTS" })).toBeUndefined();
  });

  test("that was closed and not yet told is told by the next start", async () => {
    const client = world.client();
    const { flowId } = await shownBy(client);
    // Killed as soon as it is written down: nothing after it is carried out.
    const written = await world.store.get("heartbeat");
    await world.store.set({
      heartbeat: {
        ...(written as object),
        prompt: {
          ...(written as { prompt: Prompt }).prompt,
          results: { offeredTS: 1, closedTS: 2 },
        },
      },
    });
    const next = world.client();
    await next.start();
    await next.flush();
    expect(sent()).toMatchObject([{ payload: { flowId, closedTS: 2 } }]);
  });

  test.each([
    { what: "with its browser", facts: { sessionStart: 1 } },
    { what: "with its extension", facts: { extensionStart: 1 } },
  ])("whose page went $what has its window closed", async ({ facts }) => {
    await shownBy(world.client());
    const again = aWorld(authority, { facts });
    const client = world.client({ ...world.ports, facts: again.ports.facts });
    world.clock.advance(1_000);
    await client.start();
    await client.flush();
    const [ping] = sent();
    expect(ping?.payload).toMatchObject({ windowClosedTS: world.clock.nowMs() });
    expect(ping?.payload).not.toHaveProperty("closedTS");
    expect(await client.heartbeat({ moment: "offeredTS" })).toBeUndefined();
  });

  test("whose page is silent is over when reports are next sent after ten minutes", async () => {
    const client = world.client();
    await shownBy(client);
    world.clock.advance(10 * 60_000 - 1);
    await client.flush();
    expect(sent()).toEqual([]);
    world.clock.advance(1);
    await client.flush();
    expect(sent()).toMatchObject([{ payload: { windowClosedTS: world.clock.nowMs() } }]);
  });

  test("whose page never came says that nobody saw it", async () => {
    const client = world.client();
    await client.start();
    world.clock.advance(hour);
    await client.flush();
    const [ping] = sent();
    expect(ping?.payload).toHaveProperty("windowClosedTS");
    expect(ping?.payload).not.toHaveProperty("offeredTS");
  });

  test("fails where no page can be opened for it, and others go on", async () => {
    await publish([aHeartbeat({ id: 7 }), aConsoleLog({ id: 8 })]);
    const prompts = { open: () => Promise.reject(new Error("no window")) };
    const report = await world.client({ ...world.ports, prompts }).start();
    expect(report?.recipes).toEqual({ 7: "apply_error", 8: "success" });
  });

  test("is a capability that a browser without tabs of ours lacks", async () => {
    const { prompts: _none, ...ports } = world.ports;
    const capable = aHeartbeat({ id: 7, capabilities: ["action.show-heartbeat"] });
    await publish([capable]);
    const report = await world.client(ports).start();
    expect(report?.recipes).toEqual({ 7: "backoff" });
  });
});

describe("a person's switches", () => {
  test.each(["studies_enabled", "telemetry_enabled"] as const)(
    "keep surveys out: %s",
    async (name) => {
      await world.ports.settings.writeSwitch(name, false);
      const client = world.client();
      expect((await client.start())?.recipes).toEqual({ 7: "custom_1_error" });
      expect(world.prompts.opened).toBe(0);
      await client.setSwitch(name, true);
      await client.request("timer");
      expect(world.prompts.opened).toBe(1);
    },
  );

  test("end the one on show: with studies off it is told, as closed by no one", async () => {
    const client = world.client();
    const { flowId } = await shownBy(client);
    await client.setSwitch("studies_enabled", false);
    expect(await say(client, { moment: "votedTS", flowId, score: 3 })).toBeUndefined();
    await settled(client);
    const [ping] = sent();
    expect(ping?.payload).toHaveProperty("windowClosedTS");
    expect(ping?.payload).not.toHaveProperty("score");
  });

  test("end the one on show: with reports off nothing of it is ever told", async () => {
    const client = world.client();
    const { flowId } = await shownBy(client);
    await say(client, { moment: "votedTS", flowId, score: 3 });
    await client.setSwitch("telemetry_enabled", false);
    expect(await say(client, { moment: "closedTS", flowId })).toBeUndefined();
    await client.setSwitch("telemetry_enabled", true);
    await client.flush();
    await world.client().flush();
    expect(sent()).toEqual([]);
    expect(await world.store.get("heartbeat")).not.toHaveProperty("prompt");
  });

  test("leave rollouts out of it", async () => {
    await world.ports.settings.writeSwitch("rollouts_enabled", false);
    await shownBy(world.client());
  });
});
