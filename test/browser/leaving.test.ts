import { rm } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { extensionId, type Firefox } from "#kit/firefox.ts";
import { addonId, aRolloutOf, aStudy, nothing } from "#kit/lived-in.ts";
import { anAddonStudy, aStudyPreference } from "#kit/recipes.ts";
import { openStage, type Stage } from "#kit/stage.ts";

// The ways in which a person is rid of Mulberry, with nothing, one study, and five studies running:
// the browser is as it was, and no study add-on is left. One Firefox each.

const addonFolder = path.join(import.meta.dirname, "../fixtures/study-addon");

/** What the browser has before anything of ours: built in, set by the person, or not there. */
const before = {
  "browser.sessionhistory.max_entries": 50,
  "findbar.highlightAll": false,
  "test.leaving.mine": "mine",
  "test.leaving.absent": null,
} as const;

type Count = 0 | 1 | 5;

/** Studies, rollouts among them, of every kind that changes something. */
async function recipesFor(count: Count, stage: Stage): Promise<readonly unknown[]> {
  const study = aStudy({ "browser.sessionhistory.max_entries": aStudyPreference(30) });
  if (count === 0) return [nothing()];
  if (count === 1) return [study];
  return [
    study,
    aStudy({ "test.leaving.mine": aStudyPreference("ours", "user") }),
    aStudy({ "test.leaving.absent": aStudyPreference(7, "user") }),
    aRolloutOf("findbar.highlightAll", true),
    anAddonStudy({
      id: 99,
      arguments: {
        slug: "leaving",
        branches: [{ slug: "with", ratio: 1, extensionApiId: await stage.addAddon(addonFolder) }],
      },
    }),
  ];
}

interface Way {
  readonly how: string;
  /** What is left behind where that cannot be helped: nobody of ours runs any more. */
  readonly residue?: Readonly<Record<string, unknown>>;
  readonly keepsAddon?: true;
  leave(firefox: Firefox): Promise<void>;
}

const ways: readonly Way[] = [
  {
    how: "leaving everything on the Studies page",
    async leave(firefox) {
      const page = await firefox.openPage("pages/studies.html");
      await page.run(`() => browser.runtime.sendMessage({ ask: "leave-all" }).then(() => null)`);
      await page.close();
    },
  },
  {
    how: "switching Mulberry off by its preference",
    leave: (firefox) => firefox.setPref("extensions.mulberry.enabled", false),
  },
  {
    how: "disabling the extension",
    leave: (firefox) => firefox.manageAddon(extensionId, "disable"),
  },
  {
    how: "removing the extension",
    leave: (firefox) => firefox.manageAddon(extensionId, "uninstall"),
  },
  {
    how: "removing the extension's file while Firefox is closed",
    // User-branch values are the profile's own by then, and so is an add-on: docs/privacy.md says so.
    residue: { "test.leaving.mine": "ours", "test.leaving.absent": 7 },
    keepsAddon: true,
    async leave(firefox) {
      await firefox.stop();
      await rm(path.join(firefox.profileDir, "extensions", `${extensionId}.xpi`));
      await firefox.start();
    },
  },
];

describe.each(ways)("$how", ({ leave, residue, keepsAddon }) => {
  test.each([0, 1, 5] as const)(
    "with %i studies running leaves the browser as it was",
    { timeout: 120_000 },
    async (count) => {
      await using stage = await openStage();
      const { firefox } = stage;
      await stage.nextRun(undefined);
      await firefox.setPref("test.leaving.mine", "mine");
      await stage.publish(await recipesFor(count, stage));
      const { recipes } = await stage.run();
      expect(Object.values(recipes).every((status) => status === "success")).toBe(true);
      expect((await addons(firefox)).includes(addonId)).toBe(count === 5);

      await leave(firefox);
      const left = { ...before, ...(count === 5 ? residue : {}) };
      // Firefox tells its own parts of a removal one after the other.
      await expect
        .poll(async () => ({
          preferences: await state(firefox),
          hasAddon: (await addons(firefox)).includes(addonId),
        }))
        .toEqual({ preferences: left, hasAddon: count === 5 && keepsAddon === true });
      // Nor does it come back.
      await firefox.restart();
      expect(await state(firefox)).toEqual(left);
    },
  );
});

async function state(firefox: Firefox): Promise<Readonly<Record<string, unknown>>> {
  const names = Object.keys(before);
  const values = await Promise.all(names.map((name) => firefox.getPref(name)));
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
}

async function addons(firefox: Firefox): Promise<readonly string[]> {
  return (await firefox.listAddons()).map(({ id }) => id);
}
