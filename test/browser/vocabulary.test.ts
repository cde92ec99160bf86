import { rename } from "node:fs/promises";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  addonId,
  aRolloutOf,
  type LivedIn,
  mulberry,
  next,
  nothing,
  openLivedIn,
  shared,
} from "#kit/lived-in.ts";
import { anAddonRollback, anAddonRollout, anAddonStudy } from "#kit/recipes.ts";
import { extensionId } from "#kit/firefox.ts";

// What a client tells that no other test in a browser brings about; `npm test` ends with a table of all of it.

const folder = path.join(import.meta.dirname, "../fixtures/study-addon");

let here: LivedIn;
let stage: LivedIn["stage"];
beforeAll(async () => {
  here = await openLivedIn();
  ({ stage } = here);
});
afterEach(() => here.tidy());
afterAll(() => here[Symbol.asyncDispose]());

/** What was told since: method, object, and reason where there is one. */
async function told(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = (await stage.events()).length;
  await work();
  await stage.run();
  return (await stage.events())
    .slice(before)
    .map(({ category, method, object, value, extra }) =>
      category === "normandy"
        ? [method, object, extra?.["reason"]].filter((part) => part !== undefined).join(" ")
        : `${extra?.["source"] ?? ""} ${value ?? ""}`,
    );
}

/** A version of the study's add-on, as a recipe names it. */
const upload = async (version: string): Promise<number> =>
  stage.addAddon(folder, {
    "manifest.json": JSON.stringify({
      manifest_version: 3,
      name: "Feature study",
      version,
      browser_specific_settings: { gecko: { id: addonId } },
    }),
  });

function addonStudy(extensionApiId: number, id = next()) {
  return anAddonStudy({
    id,
    arguments: {
      slug: `study-${String(id)}`,
      branches: [{ slug: "with", ratio: 1, extensionApiId }],
    },
  });
}

function addonRollout(slug: string, id: number, extensionApiId: number) {
  const { addon: _written, ...said } = anAddonRollout().arguments;
  return { ...anAddonRollout({ id, slug }), arguments: { ...said, slug, extensionApiId } };
}

const publish = (...recipes: readonly object[]) => stage.publish([...recipes, nothing()]);
const run = async (...recipes: readonly object[]): Promise<void> => {
  await publish(...recipes);
  await stage.run();
};
/** Add-ons do not arrive while it runs. */
async function withoutAddons(work: () => Promise<void>): Promise<void> {
  const kept = path.join(stage.dataDir, "extensions");
  await rename(kept, `${kept}-away`);
  try {
    await work();
  } finally {
    await rename(`${kept}-away`, kept);
  }
}

describe("a runner", () => {
  test("says that the browser is offline", async () => {
    const { firefox } = stage;
    const seen = await told(async () => {
      await firefox.runPrivileged(`() => { Services.io.offline = true; }`);
      try {
        expect(await stage.run()).toMatchObject({ runner: "offline_error" });
      } finally {
        await firefox.runPrivileged(`() => { Services.io.offline = false; }`);
      }
    });
    expect(seen).toContain("normandy/runner offline_error");
  });

  test("says that what it believed was damaged, and believes anew", async () => {
    const seen = await told(async () => {
      const page = await stage.firefox.openPage("pages/studies.html");
      await page.run(`async () => { await browser.storage.local.set({ trust: "damaged" }); }`);
      await page.close();
    });
    expect(seen).toContain("normandy/runner corruption_error");
    expect(await stage.run()).toMatchObject({ runner: "success" });
  });
});

describe("what cannot be taken away", () => {
  /** As a profile that Firefox may not write to. */
  const lock = (isLocked: boolean) =>
    stage.firefox.runPrivileged(
      `(isLocked) => {
      const { XPIExports } = ChromeUtils.importESModule("resource://gre/modules/addons/XPIExports.sys.mjs");
      const location = XPIExports.XPIInternal.XPIStates.getLocation("app-profile");
      Object.defineProperty(location, "locked", { value: isLocked, configurable: true });
    }`,
      isLocked,
    );

  test("at the end of a study makes its action fail, and goes with the next run", async () => {
    await run(addonStudy(await upload("1.0")));
    await lock(true);
    const seen = await told(() => publish());
    await lock(false);
    expect(seen).toContain("normandy/action/addon-study custom_2_error");
    expect(await here.addons()).toContain(addonId);
    await stage.run();
    expect(await here.addons()).not.toContain(addonId);
  });

  test("by a rollback is told", async () => {
    const id = next();
    const slug = `rollout-${String(id)}`;
    await run(addonRollout(slug, id, await upload("1.0")));
    await lock(true);
    const back = anAddonRollback({ id: next(), arguments: { rolloutSlug: slug } });
    const seen = await told(() => publish(back));
    await lock(false);
    expect(seen).toContain("unenrollFailed addon_rollback uninstall-failed");
    await run(back);
    expect(await here.addons()).not.toContain(addonId);
  });
});

describe("a study with an add-on", () => {
  test("tells that its branch was forced", async () => {
    const id = next();
    await here.set(`${mulberry}force_branch.study-${String(id)}`, "with");
    const before = (await stage.events("normandy")).length;
    await run(addonStudy(await upload("1.0"), id));
    const [enrolled] = (await stage.events("normandy")).slice(before);
    expect(enrolled).toMatchObject({ method: "enroll", extra: { branch: "with", forced: "true" } });
  });

  test("follows with a later version, and tells why it does not go back", async () => {
    const id = next();
    await run(addonStudy(await upload("1.0"), id));
    expect(await told(async () => publish(addonStudy(await upload("1.1"), id)))).toContain(
      "update addon_study",
    );
    expect(await told(async () => publish(addonStudy(await upload("1.0.5"), id)))).toContain(
      "updateFailed addon_study no-downgrade",
    );
  });

  test("tells why its add-on, and a later version of it, did not arrive", async () => {
    const id = next();
    const study = addonStudy(await upload("2.0"), id);
    await publish(study);
    const before = (await stage.events("normandy")).length;
    await withoutAddons(async () => {
      await stage.run();
      const [failed] = (await stage.events("normandy")).slice(before);
      expect(failed?.extra).toMatchObject({ reason: "download-failure", branch: "with" });
      expect(failed?.extra?.["detail"]).toBeTruthy();
    });
    await stage.run();
    await publish(addonStudy(await upload("2.1"), id));
    await withoutAddons(async () => {
      expect(await told(() => Promise.resolve())).toContain(
        "updateFailed addon_study download-failure",
      );
    });
  });

  test.each([
    ["the person leaves it", "individual-opt-out"],
    ["the person switches studies off", "general-opt-out"],
    ["the person removes its add-on", "uninstalled"],
  ] as const)("ends when %s", async (_, reason) => {
    const study = addonStudy(await upload("1.0"));
    await run(study);
    const seen = await told(async () => {
      switch (reason) {
        case "individual-opt-out": {
          const page = await stage.firefox.openPage("pages/studies.html");
          await page.run(
            `(key) => browser.runtime.sendMessage({ ask: "leave", key }).then(() => true)`,
            `addon-study/${String(study.id)}`,
          );
          await page.close();
          return;
        }
        case "general-opt-out":
          return here.set(`${mulberry}studies_enabled`, false);
        case "uninstalled":
          return stage.firefox.manageAddon(addonId, "uninstall");
      }
    });
    expect(seen).toContain(`unenroll addon_study ${reason}`);
    expect(await here.addons()).toEqual([extensionId]);
  });
});

describe("a rollout", () => {
  test("of an add-on tells why a later version did not arrive", async () => {
    const id = next();
    const slug = `rollout-${String(id)}`;
    await run(addonRollout(slug, id, await upload("3.0")));
    await publish(addonRollout(slug, id, await upload("3.1")));
    await withoutAddons(async () => {
      expect(await told(() => Promise.resolve())).toContain(
        "updateFailed addon_rollout download-failure",
      );
    });
    await run(anAddonRollback({ id: next(), arguments: { rolloutSlug: slug } }));
  });

  test("is refused where the browser's own value is of another type, or the same", async () => {
    const seen = await told(() => publish(aRolloutOf(shared, "many"), aRolloutOf(shared, 50)));
    expect(seen).toContain("enrollFailed preference_rollout invalid type");
    expect(seen).toContain("enrollFailed preference_rollout would-be-no-op");
  });
});
