import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { SyntheticClient } from "#core/paper.ts";
import type { ProposedSet } from "#core/simulate.ts";
import { type Authority, anAuthority } from "#kit/authority.ts";
import { aJsonAnswer, aWorld, rememberingTokens, serverUrl } from "#kit/client.ts";
import { aClientId, anArchiveOf } from "#kit/environments.ts";
import {
  anAddonStudy,
  aPreferenceStudy,
  aRollback,
  aRollout,
  aStudyPreference,
} from "#kit/recipes.ts";
import { canonicalJson } from "#recipes/canonical.ts";
import { capabilitiesOf } from "#recipes/capabilities.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { blastOver } from "#server/authoring/blast.ts";
import { blastRadius } from "#server/preview/blast-radius.ts";
import { storedEnvironments } from "#server/preview/environments.ts";
import { sha256 } from "#server/publish/hash.ts";

let authority: Authority;
let nowMs = 0;
beforeAll(async () => {
  authority = await anAuthority();
  nowMs = authority.nowSeconds * 1_000;
});

const half = '["half", env.userId]|bucketSample(0, 50, 100)';
const study = aPreferenceStudy({ id: 1, filter_expression: half });
const rollout = aRollout({ id: 2, filter_expression: 'env.country == "DE"' });
const gone = aPreferenceStudy({
  id: 3,
  slug: "gone",
  filter_expression: "true",
  arguments: {
    slug: "gone",
    branches: [{ slug: "on", ratio: 1, preferences: { "test.gone": aStudyPreference(true) } }],
  },
});
const live = [study, rollout, gone];
const proposed = [
  // Those on Linux leave, and others enter.
  aPreferenceStudy({ id: 1, filter_expression: "!env.os.isLinux" }),
  aRollout({
    id: 2,
    revision_id: "2",
    filter_expression: 'env.country == "DE"',
    arguments: { preferences: [{ preferenceName: "test.tabs.fast", value: false }] },
  }),
  aPreferenceStudy({
    id: 4,
    slug: "rival",
    filter_expression: 'env.version|versionCompare("150.!") >= 0',
    arguments: { slug: "rival" },
  }),
  aRollback({ id: 5, filter_expression: 'env.channel == "nightly"' }),
];

describe("a blast radius", () => {
  test("is what the same clients then do", async () => {
    const dataDir = await aFolder();
    await anArchiveOf(dataDir, 60, nowMs);
    const clients = await Array.fromAsync(storedEnvironments({ dataDir, nowMs, most: 100 }));
    expect(clients).toHaveLength(60);
    const exchange = { live: setOf(live), proposed: setOf(proposed), nowMs };
    const { recipes } = await blastOver(exchange, clients);
    const done = await whatClientsDo(clients);
    const events = (method: string, slug: string): number =>
      done.filter((event) => event === `${method} ${slug}`).length;
    expect(done.length).toBeGreaterThan(100);
    for (const { slug, enrol, change, unenrol, refused } of recipes)
      expect({ slug, enrol, change, unenrol, refused }).toEqual({
        slug,
        enrol: events("enroll", slug),
        change: events("update", slug),
        unenrol: events("unenroll", slug),
        refused: events("enrollFailed", slug) + events("updateFailed", slug),
      });
    // Each of these happens somewhere, or nothing was compared.
    const total = (name: "enrol" | "unenrol" | "change"): number =>
      recipes.reduce((sum, recipe) => sum + recipe[name], 0);
    expect(total("enrol")).toBeGreaterThan(0);
    expect(total("unenrol")).toBeGreaterThan(0);
    expect(total("change")).toBeGreaterThan(0);
  });

  test("is counted over the newest environment of each client, in several threads", async () => {
    const dataDir = await aFolder();
    await anArchiveOf(dataDir, 300, nowMs);
    const exchange = { live: setOf(live), proposed: setOf(proposed), nowMs };
    const clients = storedEnvironments({ dataDir, nowMs, most: 1_000 });
    const alone = await blastOver(exchange, clients);
    const radius = await blastRadius(exchange, { dataDir, most: 1_000 });
    expect(radius).toEqual({ ...alone, browsers: "pings", assumed: [] });
    expect(radius.clients).toBe(300);
    expect(radius.recipes.map(({ slug, standing }) => [slug, standing])).toEqual([
      ["tab-study", "changed"],
      ["fast-tabs", "changed"],
      ["gone", "gone"],
      ["rival", "new"],
      ["recipe-5", "new"],
    ]);
  });

  test("takes made-up browsers where no pings are, and says so", async () => {
    const dataDir = await aFolder();
    const exchange = { live: setOf([]), proposed: setOf([study]), nowMs };
    const radius = await blastRadius(exchange, { dataDir, most: 500 });
    expect(radius).toMatchObject({ browsers: "synthetic", clients: 500 });
    const [counted] = radius.recipes;
    expect(counted?.enrol).toBeGreaterThan(200);
    expect(counted?.enrol).toBe(counted?.matches);
  });

  test("names what no ping tells and a filter asks for", async () => {
    const dataDir = await aFolder();
    await anArchiveOf(dataDir, 3, nowMs);
    const filter_expression = 'env.syncSetup && "a.b"|preferenceExists && env.locale == "de"';
    const set = setOf([aRollout({ filter_expression })]);
    const { assumed } = await blastRadius(
      { live: set, proposed: set, nowMs },
      { dataDir, most: 9 },
    );
    expect(assumed).toEqual(["env.syncSetup", "preferences"]);
  });

  test("installs no add-on of a branch twice", async () => {
    const exchange = {
      live: setOf([anAddonStudy()]),
      proposed: setOf([anAddonStudy({ revision_id: "2" })]),
      nowMs,
    };
    const { recipes } = await blastOver(exchange, [aClient()]);
    expect(recipes[0]).toMatchObject({ enrolled: 1, enrol: 0, change: 0, unenrol: 0, refused: 0 });
  });
});

test("the environment of a client is the newest that it sent", async () => {
  const dataDir = await aFolder();
  await anArchiveOf(dataDir, 2, nowMs);
  const clientId = aClientId(1).toUpperCase();
  const [client, ...others] = await Array.fromAsync(
    storedEnvironments({ dataDir, nowMs, most: 5, clientId }),
  );
  expect(others).toEqual([]);
  expect(client).toMatchObject({
    userId: aClientId(1),
    facts: { channel: "release", version: "141.0", locale: "de", os: { isMac: true } },
  });
});

function aClient(): SyntheticClient {
  return { userId: aClientId(7), facts: { version: "153.0", locale: "de" } };
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mulberry-preview-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function setOf(recipes: readonly Recipe[]): ProposedSet {
  const bodies = new Map<string, string>();
  const entries = recipes.map((recipe) => {
    const body = canonicalJson(whole(recipe));
    bodies.set(sha256(body), body);
    const { id, slug, revision_id: rev, action: act } = recipe;
    return { id, slug, rev, act, sha256: sha256(body), len: body.length, mod: 1 };
  });
  return { entries, bodies };
}

function whole(recipe: Recipe): Recipe {
  return { ...recipe, capabilities: capabilitiesOf({ ...recipe, capabilities: [] }) };
}

/** What real clients tell of the second set, after they ran the first: `method slug`. */
async function whatClientsDo(clients: readonly SyntheticClient[]): Promise<readonly string[]> {
  const tokens = rememberingTokens();
  const first = await authority.bundle({ recipes: live.map(whole), manifest: { n: 10 } });
  const second = await authority.bundle({ recipes: proposed.map(whole), manifest: { n: 11 } });
  const told: string[] = [];
  for (const { userId, facts } of clients) {
    const world = aWorld(authority, { tokens, facts, settings: { userId } });
    const { country, request_time } = facts;
    world.network.on(
      `${serverUrl}/api/v1/classify_client/`,
      aJsonAnswer({ country, request_time }),
    );
    world.network.serve(first);
    await world.client().start();
    const before = (await world.events()).length;
    world.network.serve(second);
    await world.client().request("timer");
    told.push(
      ...(await world.events())
        .slice(before)
        .filter(([, category]) => category === "normandy")
        .map(([, , method, , value]) => `${method} ${String(value)}`),
    );
  }
  return told;
}
