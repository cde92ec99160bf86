import { readFile, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { next, nothing } from "#kit/lived-in.ts";
import { anAddonRollback, anAddonRollout, anAddonStudy } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";
import { packXpi } from "#tools/xpi.ts";

// Add-ons for everybody, in a real Firefox: each test brings an add-on of its own.

const folder = path.join(import.meta.dirname, "../fixtures/study-addon");

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.nextRun(undefined);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A rollout, the add-on that it brings, and its end. */
function aLine() {
  const id = next();
  const slug = `rollout-${String(id)}`;
  const addonId = `feature-${String(id)}@mulberry.example`;
  const changes = (version: string) => ({
    "manifest.json": JSON.stringify({
      manifest_version: 3,
      name: slug,
      version,
      browser_specific_settings: { gecko: { id: addonId } },
    }),
  });
  /** @returns the id for `extensionApiId` */
  const upload = (version: string): Promise<number> => stage.addAddon(folder, changes(version));
  const naming = (extensionApiId: number) => {
    const { addon: _written, ...recipe } = anAddonRollout().arguments;
    return { ...anAddonRollout({ id, slug }), arguments: { ...recipe, slug, extensionApiId } };
  };
  return {
    id,
    slug,
    addonId,
    upload,
    naming,
    bring: async (version: string) => naming(await upload(version)),
    back: () => anAddonRollback({ id: next(), arguments: { rolloutSlug: slug } }),
    pack: (version: string) => packXpi(folder, changes(version)),
    /** The version that is installed. */
    there: async () =>
      (await stage.firefox.listAddons()).find((one) => one.id === addonId)?.version,
  };
}

/** Publishes, runs, and answers with the status of each recipe and what was told of it. */
async function run(...recipes: readonly object[]) {
  const before = (await stage.events("normandy")).length;
  await stage.publish([...recipes, nothing()]);
  const { recipes: statuses } = await stage.run();
  const events = (await stage.events("normandy")).slice(before);
  return {
    statuses,
    told: events.map(({ method, object, value, extra }) => [method, object, value, extra]),
    enrollmentId: String(events[0]?.extra?.["enrollmentId"]),
  };
}
const anId = expect.stringMatching(/^[0-9a-f-]{36}$/u) as unknown;

describe("a rollout of an add-on", () => {
  test("installs it, tells, and says so in the environment of pings", async () => {
    const { slug, addonId, bring, there } = aLine();
    const recipe = await bring("1.0");
    const { told, enrollmentId } = await run(recipe);
    expect(await there()).toBe("1.0");
    const extra = { addonId, addonVersion: "1.0", enrollmentId: anId };
    expect(told).toEqual([["enroll", "addon_rollout", slug, extra]]);
    await run(recipe);
    const pings = await Array.fromAsync(stage.server.ingest.pings());
    const annotation = { branch: "active", type: "normandy-addonrollout", enrollmentId };
    expect(JSON.stringify(pings.at(-1))).toContain(`"${slug}":${JSON.stringify(annotation)}`);
  });

  test("is on the Studies page, with what it brought", async () => {
    const { slug, addonId, bring } = aLine();
    await run(await bring("1.0"));
    const page = await stage.firefox.openPage("pages/studies.html");
    const card = await page.run(
      `async (slug) => {
      for (;;) {
        const cards = [...document.querySelectorAll("#running article")];
        const found = cards.find(({ textContent }) => textContent.includes(slug));
        if (found) return found.textContent;
        await new Promise((done) => setTimeout(done, 20));
      }
    }`,
      slug,
    );
    await page.close();
    expect(card).toContain("Add-on rollout");
    expect(card).toContain(`${addonId} version 1.0`);
  });

  test("follows with a later version, under its ID, and goes no version back", async () => {
    const { id, slug, addonId, bring, there } = aLine();
    const { enrollmentId } = await run(await bring("1.0"));
    const later = await run(await bring("1.1"));
    expect(await there()).toBe("1.1");
    const extra = { addonId, addonVersion: "1.1", enrollmentId };
    expect(later.told).toEqual([["update", "addon_rollout", slug, extra]]);
    const earlier = await run(await bring("1.0.5"));
    expect(await there()).toBe("1.1");
    expect(earlier.statuses[id]).toBe("apply_error");
    const refusal = { reason: "upgrade-required", enrollmentId };
    expect(earlier.told).toEqual([["updateFailed", "addon_rollout", slug, refusal]]);
  });

  test("changes no id, and lets nobody else bring the same add-on", async () => {
    const { id, slug, addonId, bring, upload, naming, there } = aLine();
    const rival = aLine();
    const { enrollmentId } = await run(await bring("1.0"));
    const extensionApiId = await upload("2.0");
    const study = anAddonStudy({
      id: next(),
      arguments: { slug: "late-study", branches: [{ slug: "only", ratio: 1, extensionApiId }] },
    });
    const { statuses, told } = await run(
      naming(await aLine().upload("9.0")),
      rival.naming(extensionApiId),
      study,
    );
    for (const refused of [id, rival.id, study.id]) expect(statuses[refused]).toBe("apply_error");
    expect(told).toEqual([
      ["updateFailed", "addon_rollout", slug, { reason: "addon-id-changed", enrollmentId }],
      [
        "enrollFailed",
        "addon_rollout",
        rival.slug,
        { reason: "conflict", addonId, conflictingSlug: slug },
      ],
      [
        "enrollFailed",
        "addon_study",
        "late-study",
        { reason: "conflicting-addon-id", branch: "only" },
      ],
    ]);
    expect(await there()).toBe("1.0");
  });

  test("that a person removes stays away until it brings another version", async () => {
    const { id, slug, addonId, bring, there } = aLine();
    const recipe = await bring("1.0");
    const { enrollmentId } = await run(recipe);
    await stage.firefox.manageAddon(addonId, "uninstall");
    const stillGone = async () => {
      const { statuses, told } = await run(recipe);
      expect({ status: statuses[id], told }).toEqual({ status: "success", told: [] });
      expect(await there()).toBeUndefined();
    };
    await stillGone();
    await stage.firefox.restart();
    await stillGone();
    const { told } = await run(await bring("2.0"));
    expect(told).toMatchObject([["update", "addon_rollout", slug, { enrollmentId }]]);
    expect(await there()).toBe("2.0");
  });

  test("is taken back once, and comes again with another version under a new ID", async () => {
    const { slug, addonId, bring, back, there } = aLine();
    const recipe = await bring("1.0");
    const { enrollmentId } = await run(recipe);
    expect((await run(back())).told).toEqual([
      ["unenroll", "addon_rollback", slug, { reason: "rollback", enrollmentId }],
    ]);
    expect(await there()).toBeUndefined();
    expect((await run(back())).told).toEqual([]);
    expect((await run(recipe)).told).toEqual([]);
    expect(await there()).toBeUndefined();
    const again = await run(await bring("1.1"));
    const extra = { addonId, addonVersion: "1.1", enrollmentId: anId };
    expect(again.told).toEqual([["update", "addon_rollout", slug, extra]]);
    expect(again.enrollmentId).not.toBe(enrollmentId);
    expect(await there()).toBe("1.1");
  });

  test("goes with the switch for rollouts at once, and comes back with it", async () => {
    const { id, bring, there } = aLine();
    const recipe = await bring("1.0");
    await run(recipe);
    await stage.firefox.setPref("extensions.mulberry.rollouts_enabled", false);
    await expect.poll(there).toBeUndefined();
    expect((await run(recipe)).statuses[id]).toBe("custom_1_error");
    await stage.firefox.setPref("extensions.mulberry.rollouts_enabled", true);
    expect((await run(recipe)).statuses[id]).toBe("success");
    expect(await there()).toBe("1.0");
  });

  test("never touches a person's own add-on of that id, and its rollback does not remove it", async () => {
    const { slug, addonId, bring, back, pack, there } = aLine();
    const file = path.join(stage.dataDir, `${slug}.xpi`);
    await writeFile(file, await pack("0.5"));
    await stage.firefox.installAddon(file);
    const recipe = await bring("1.0");
    expect((await run(recipe)).told).toEqual([
      ["enrollFailed", "addon_rollout", slug, { reason: "conflict", addonId }],
    ]);
    expect(await there()).toBe("0.5");
    await stage.firefox.manageAddon(addonId, "uninstall");
    await run(recipe);
    expect(await there()).toBe("1.0");
    // They remove ours and put their own in its place.
    await stage.firefox.manageAddon(addonId, "uninstall");
    await stage.firefox.installAddon(file);
    expect((await run(back())).told).toMatchObject([["unenroll", "addon_rollback", slug, {}]]);
    expect(await there()).toBe("0.5");
  });

  test.each([
    {
      what: "was changed on its way",
      harm: async (file: string) => writeFile(file, (await readFile(file)).fill(7)),
      detail: "ERROR_INCORRECT_HASH",
    },
    { what: "is not there", harm: (file: string) => rm(file), detail: "ERROR_NETWORK_FAILURE" },
  ])("that $what is told in Firefox's words, and nothing is left of it", async (row) => {
    const { id, slug, bring, pack, there } = aLine();
    const recipe = await bring("1.0");
    const sha256 = createHash("sha256")
      .update(await pack("1.0"))
      .digest("hex");
    await row.harm(path.join(stage.dataDir, "extensions", `${sha256}.xpi`));
    const { statuses, told } = await run(recipe);
    expect(statuses[id]).toBe("apply_error");
    const extra = { reason: "download-failure", detail: row.detail };
    expect(told).toEqual([["enrollFailed", "addon_rollout", slug, extra]]);
    expect(await there()).toBeUndefined();
    expect((await run(await bring("1.1"))).told).toMatchObject([
      ["enroll", "addon_rollout", slug, {}],
    ]);
  });
});
