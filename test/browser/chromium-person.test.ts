import path from "node:path";
import { describe, expect, test } from "vitest";
import { openChromiumStage, type SettingsStage } from "#kit/settings-stage.ts";
import type { Chromium } from "#kit/chromium.ts";
import { aConsoleLog, aPreferenceStudy, aRollout, aStudyPreference } from "#kit/recipes.ts";

// The person in charge of a stock Chromium: their own choices, other extensions, and the way out.

const other = path.join(import.meta.dirname, "../fixtures/other-extension");
const passwords = "privacy.services.passwordSavingEnabled";
const suggest = "privacy.services.searchSuggestEnabled";
const free = "controllable_by_this_extension";
const ours = "controlled_by_this_extension";
const nothing = aConsoleLog({ id: 19 });

/** A study that gives this preference this value. */
function aStudyOf(
  id: number,
  slug: string,
  name: string,
  wanted: ReturnType<typeof aStudyPreference>,
) {
  const branches = [{ slug: "only", ratio: 1, preferences: { [name]: wanted } }];
  return aPreferenceStudy({ id, arguments: { slug, branches } });
}

/** What the switch on chrome://settings does. */
async function offerToSavePasswords(
  { chromium }: { readonly chromium: Chromium },
  value: boolean,
): Promise<void> {
  const page = await chromium.openPage("chrome://settings");
  await page.run(
    `(value) => new Promise((done) =>
      chrome.settingsPrivate.setPref("credentials_enable_service", value, "", done))`,
    value,
  );
  await page.close();
}

async function told(stage: SettingsStage): Promise<readonly unknown[]> {
  const events = await stage.events("normandy");
  return events.map(({ method, value, extra }) => [method, value, extra?.["reason"]]);
}

describe("a person who uses Chromium", () => {
  test("keeps a value of their own under a default, and has it again after a study over it", async () => {
    await using stage = await openChromiumStage();
    await offerToSavePasswords(stage, false);
    expect(await stage.shown(passwords)).toEqual([[false, free]]);

    const gentle = aStudyOf(30, "gentle", "signon.rememberSignons", aStudyPreference(true));
    await stage.publish([nothing, gentle]);
    expect(await stage.run()).toMatchObject({ recipes: { 30: "success" } });
    expect(await stage.shown(passwords)).toEqual([[false, free]]);
    expect(await told(stage)).toContainEqual(["expPrefChanged", "gentle", "atEnroll"]);

    const firm = aStudyOf(31, "firm", "signon.rememberSignons", aStudyPreference(true, "user"));
    await stage.publish([nothing, firm]);
    await stage.run();
    // The study that is no longer published ends after the others have run: its place is free in the next run.
    expect(await stage.run()).toMatchObject({ recipes: { 31: "success" } });
    expect(await stage.shown(passwords)).toEqual([[true, ours]]);
    await stage.publish([nothing]);
    await stage.run();
    expect(await stage.shown(passwords)).toEqual([[false, free]]);
  });

  test("changes their mind under a rollout, which Chromium hides: it is theirs when the rollout ends", async () => {
    await using stage = await openChromiumStage();
    const rollout = aRollout({
      id: 32,
      arguments: {
        slug: "no-offer",
        preferences: [{ preferenceName: "signon.rememberSignons", value: false }],
      },
    });
    const preferences = [{ preferenceName: "network.prefetch-next", value: false }];
    const changed = aRollout({
      id: 32,
      revision_id: "2",
      arguments: { slug: "no-offer", preferences },
    });
    await offerToSavePasswords(stage, false);
    await offerToSavePasswords(stage, true);
    await stage.publish([rollout]);
    await stage.run();
    expect(await stage.shown(passwords)).toEqual([[false, ours]]);
    await stage.publish([changed]);
    await stage.run();
    expect(await stage.shown(passwords)).toEqual([[true, free]]);
  });

  test("has another extension take a setting over: the study is overridden, and leaves no trace", async () => {
    await using stage = await openChromiumStage(other);
    const study = aStudyOf(
      50,
      "suggest",
      "browser.search.suggest.enabled",
      aStudyPreference(false),
    );
    await stage.publish([study, nothing]);
    await stage.run();
    expect(await stage.shown(suggest)).toEqual([[false, ours]]);

    const page = await stage.chromium.openPage("manifest.json", other);
    await page.run(`() => chrome.privacy.services.searchSuggestEnabled.set({ value: true })`);
    await expect
      .poll(async () => {
        await stage.run();
        return told(stage);
      })
      .toContainEqual(["expPrefChanged", "suggest", "observer"]);

    // A study that comes now finds it locked.
    await stage.publish([nothing]);
    await stage.run();
    const late = aStudyOf(51, "late", "browser.search.suggest.enabled", aStudyPreference(false));
    await stage.publish([nothing, late]);
    expect(await stage.run()).toMatchObject({ recipes: { 51: "apply_error" } });
    expect(await told(stage)).toContainEqual(["enrollFailed", "late", "pref-locked"]);
    await page.run(`() => chrome.privacy.services.searchSuggestEnabled.clear({})`);
    expect(await stage.shown(suggest)).toEqual([[true, free]]);
  });

  test("disables the extension, or removes it: every setting is given back at once", async () => {
    await using stage = await openChromiumStage(other);
    const seenByOther = async (): Promise<unknown> =>
      (await stage.chromium.setting(passwords, other)).value;
    const study = aStudyOf(60, "leaving", "signon.rememberSignons", aStudyPreference(false));
    await stage.publish([study, nothing]);
    await stage.run();
    expect(await seenByOther()).toBe(false);
    await stage.chromium.setEnabled(false);
    expect(await seenByOther()).toBe(true);
    await stage.chromium.setEnabled(true);
    expect(await seenByOther()).toBe(false);
    await stage.chromium.uninstall();
    expect(await seenByOther()).toBe(true);
  });
});
