import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "#core/client.ts";
import { parseStudyRequest } from "#core/study-messages.ts";
import { anAuthority, type Authority } from "#kit/authority.ts";
import { servedAddon } from "#kit/bench.ts";
import { aWorld, type World } from "#kit/client.ts";
import { anAddonStudy } from "#kit/recipes.ts";

let authority: Authority;
let world: World;
let client: Client;
let addonId: string;
beforeAll(async () => {
  authority = await anAuthority();
});
beforeEach(async () => {
  world = aWorld(authority);
  const addon = servedAddon(world.network);
  addonId = addon.addon_id;
  const branches = [{ slug: "treatment", ratio: 1, extensionApiId: 1, addon }];
  const recipes = [anAddonStudy({ arguments: { branches } })];
  world.network.serve(await authority.bundle({ recipes }));
  client = world.client();
  await client.start();
});

describe("the add-on of a running study", () => {
  test("hears which study and branch it belongs to, and nothing that names this browser", async () => {
    const heard = await client.hear(addonId, { ask: "study" });
    expect(heard).toEqual({
      answer: {
        slug: "reader-study",
        userFacingName: "Reader study",
        userFacingDescription: "Tries a quieter reader view.",
        branch: "treatment",
        active: true,
        addonId,
        addonVersion: "1.0.0",
        studyStartDate: new Date(world.clock.nowMs()).toISOString(),
      },
    });
  });

  test("hears the browser's version and channel", async () => {
    expect(await client.hear(addonId, { ask: "client" })).toEqual({
      answer: { updateChannel: "esr", fxVersion: "153.0" },
    });
  });

  test("ends its study with a reason of its own: it is told, and gone", async () => {
    const request = { ask: "end-study", reason: "feature-switched-off" };
    expect(await client.hear(addonId, request)).toEqual({ answer: null });
    expect(world.addons.installed.size).toBe(0);
    expect(world.addons.told).toEqual([
      { id: addonId, notice: { tell: "unenroll", reason: "feature-switched-off" } },
    ]);
    const { enrollments } = await client.look();
    expect(enrollments).toMatchObject([{ state: "ended", endReason: "feature-switched-off" }]);
    const unenrol = (await world.events()).find(([, , method]) => method === "unenroll");
    expect(unenrol?.[5]).toMatchObject({ reason: "feature-switched-off", branch: "treatment" });
    expect(await client.hear(addonId, { ask: "study" })).toBeUndefined();
  });
});

describe("anybody else", () => {
  test("hears nothing and ends nothing", async () => {
    for (const ask of ["study", "client", "end-study"])
      expect(
        await client.hear("other@mulberry.example", { ask, reason: "because" }),
      ).toBeUndefined();
    expect(world.addons.installed.size).toBe(1);
  });
});

test.each([
  null,
  "study",
  { ask: "studies" },
  { ask: "end-study" },
  { ask: "end-study", reason: "" },
  { ask: "end-study", reason: "A sentence about jane@example.com" },
  { ask: "end-study", reason: "a".repeat(61) },
  { ask: "end-study", reason: 5 },
])("%j is no request", (message) => {
  expect(parseStudyRequest(message)).toBeUndefined();
});
