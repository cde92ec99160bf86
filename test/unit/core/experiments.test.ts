import { createHash } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import { experimentId } from "#core/experiment-ids.ts";
import type { Ports } from "#core/ports.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { aJsonAnswer, anAnswer, aWorld, type World } from "#kit/client.ts";
import { anExperimentFile } from "#kit/telemetry-experiments.ts";
import { aRollout } from "#kit/recipes.ts";
import type { WireEvent } from "#telemetry/events.ts";

const addonId = "flash-protectedmode-beta35@experiments.example";
const id = experimentId(addonId);
const uri = "http://localhost:8000/firefox-manifest.json";
const xpiURL = "http://localhost:8000/flash.xpi";
const xpi = new TextEncoder().encode("an experiment's add-on");
const xpiHash = `sha256:${createHash("sha256").update(xpi).digest("hex")}`;

let qa: Authority;
let world: World;
let client: Client;
beforeAll(async () => {
  qa = await anAuthority({ root: { env: "development" } });
});
beforeEach(async () => {
  await open(qa);
});

/** A browser that fits the experiment, pointed at its manifest as QA's handbook says. */
async function open(authority: Authority, settings: object = {}): Promise<void> {
  const appinfo = {
    name: "Firefox",
    OS: "WINNT",
    version: "36.0",
    platformBuildID: "20150101000000",
  };
  world = aWorld(authority, {
    settings: { devMode: true, ...settings },
    facts: { appinfo, channel: "beta", country: "DE", request_time: new Date() },
  });
  const { env } = authority.rootPayload;
  const recipes = [aRollout({ filter_expression: "false" })];
  world.network.serve(await authority.bundle({ recipes, manifest: { env }, keycert: { env } }));
  world.network.on(xpiURL, anAnswer(xpi));
  for (const [name, value] of [
    ["experiments.manifest.uri", uri],
    ["experiments.manifest.cert.checkAttributes", false],
    ["experiments.force-sample-value", "0.0"],
    ["experiments.logging.level", 0],
  ] as const)
    world.preferences.setByPerson(name, value);
  publish();
  const addons = Object.assign(world.addons, {
    identify: () => Promise.resolve({ id: addonId, version: "1.0" }),
  }) satisfies Ports["addons"];
  client = world.client({ ...world.ports, addons });
}

function publish(conditions: object = {}): void {
  const file = anExperimentFile({}, { xpiURL, xpiHash, ...conditions });
  world.network.on(uri, aJsonAnswer({ version: 1, experiments: [file] }));
}

async function status(): Promise<string | undefined> {
  const report = await client.request("run-now");
  return report?.recipes[String(id)];
}

const isInstalled = (): boolean => world.addons.installed.has(addonId);

/** What was told of the study, in dev mode sent at once: method and reason. */
function told(): readonly unknown[] {
  return world.network.asked.flatMap(({ json = "{}" }) => {
    const { payload } = JSON.parse(json) as { payload?: { events?: { parent?: WireEvent[] } } };
    return (payload?.events?.parent ?? []).flatMap(([, , method, , value, extra]) =>
      value === addonId ? [[method, extra?.["reason"]]] : [],
    );
  });
}

describe("QA's manifest of experiments", () => {
  test("runs an add-on study the way of every recipe", async () => {
    expect(await status()).toBe("success");
    expect(isInstalled()).toBe(true);
    expect(await status()).toBe("success");
    expect(told()).toEqual([["enroll", undefined]]);
  });

  test.each([
    { channel: ["release"] },
    { os: ["Linux"] },
    { appName: ["Thunderbird"] },
    { locale: ["de"] },
    { minVersion: "36.1" },
    { maxVersion: "35.*" },
    { minBuildID: "20160101000000" },
    { maxBuildID: "20141231235959" },
    { disabled: true },
    { startTime: 1_900_000_000, endTime: 1_990_000_000 },
    { endTime: 1_700_000_000 },
  ])("lets this browser out by %o", async (conditions) => {
    publish(conditions);
    expect(await status()).toBe("backoff");
    expect(isInstalled()).toBe(false);
  });

  test("lets nobody in who is frozen, and keeps who is in", async () => {
    publish({ frozen: true });
    expect(await status()).toBe("success");
    expect(isInstalled()).toBe(false);
    publish();
    await status();
    publish({ frozen: true });
    expect(await status()).toBe("success");
    expect(isInstalled()).toBe(true);
  });

  test("draws by the number that QA says", async () => {
    world.preferences.setByPerson("experiments.force-sample-value", "0.11");
    expect(await status()).toBe("backoff");
    world.preferences.setByPerson("experiments.force-sample-value", "0.1");
    expect(await status()).toBe("success");
  });

  test("ends what was active for long enough, once and for all", async () => {
    publish({ maxActiveSeconds: 60 });
    await status();
    world.clock.advance(61_000);
    expect(await status()).toBe("backoff");
    expect(isInstalled()).toBe(false);
    expect(told().at(-1)).toEqual(["unenroll", "filter-mismatch"]);
    publish({ maxActiveSeconds: 6_000 });
    // It was in once, and is over for good.
    expect(await status()).toBe("success");
    expect(isInstalled()).toBe(false);
  });

  test("ends what is listed no more, and nothing while its server is away", async () => {
    await status();
    world.network.on(uri, { kind: "unreachable", detail: "refused" });
    await status();
    expect(isInstalled()).toBe(true);
    world.network.on(uri, anAnswer("<html>"));
    await status();
    expect(isInstalled()).toBe(true);
    world.network.on(uri, aJsonAnswer({ version: 1, experiments: [] }));
    await status();
    expect(isInstalled()).toBe(false);
    expect(told().at(-1)).toEqual(["unenroll", "recipe-not-seen"]);
  });

  test.each([
    {
      what: "other bytes",
      conditions: { xpiHash: `sha256:${"0".repeat(64)}` },
      cause: "other-bytes",
    },
    { what: "a hash of another kind", conditions: { xpiHash: "sha1:aa" }, cause: "unknown-hash" },
    { what: "no add-on", conditions: { xpiURL: undefined }, cause: "no-addon" },
    {
      what: "an add-on that is not there",
      conditions: { xpiURL: `${xpiURL}.gone` },
      cause: "download-failure",
    },
    {
      what: "another add-on",
      conditions: { id: "other@experiments.example" },
      cause: "metadata-mismatch",
    },
  ])("runs nothing of $what, and says why at QA's level", async ({ conditions, cause }) => {
    publish(conditions);
    expect(await status()).toBeUndefined();
    expect(isInstalled()).toBe(false);
    const said = world.log.filter(({ message }) => message === "an experiment cannot run");
    expect(said).toMatchObject([{ level: "error", fields: { cause } }]);
  });

  test("lets the add-on set its branch once, and read it from then on", async () => {
    await status();
    const branch = async (): Promise<unknown> => {
      const heard = (await client.hear(addonId, { ask: "study" })) as {
        readonly answer: { readonly branch: unknown };
      };
      return heard.answer.branch;
    };
    expect(await branch()).toBe("__NO_BRANCHES__");
    const set = (name: string): unknown =>
      client.hear(addonId, { ask: "set-branch", branch: name });
    expect(await set("no branch")).toBeUndefined();
    expect(await set("experiment")).toEqual({ answer: {} });
    expect(await branch()).toBe("experiment");
    expect(await set("control")).toEqual({ answer: { refused: "study-branch/set-already" } });
    expect(await status()).toBe("success");
    expect(await branch()).toBe("experiment");
    expect(isInstalled()).toBe(true);
  });
});

describe("nothing is asked of QA's manifest", () => {
  const isAsked = async (): Promise<boolean> => {
    await client.request("run-now");
    return world.network.asked.some(({ url }) => url === uri);
  };

  test("outside dev mode", async () => {
    await open(qa, { devMode: false });
    expect(await isAsked()).toBe(false);
  });

  test("under a root that is not for development, whatever a preference says", async () => {
    await open(await anAuthority({ root: { env: "production" } }));
    expect(await isAsked()).toBe(false);
  });

  test("over http: where the certificate is to be looked at, or from another machine", async () => {
    world.preferences.setByPerson("experiments.manifest.cert.checkAttributes", null);
    expect(await isAsked()).toBe(false);
    world.preferences.setByPerson("experiments.manifest.cert.checkAttributes", false);
    world.preferences.setByPerson("experiments.manifest.uri", "http://elsewhere.example/m.json");
    await client.request("run-now");
    expect(world.network.asked.some(({ url }) => url.includes("elsewhere"))).toBe(false);
    world.preferences.setByPerson("experiments.manifest.uri", uri);
    expect(await isAsked()).toBe(true);
  });
});
