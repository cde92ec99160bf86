import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aDeniedRollout, aDeniedStudy, deniedNames, deniedRecipes } from "#kit/denied.ts";
import { openStage, type Stage } from "#kit/stage.ts";

// Recipes whose every signature is right, and that no browser may obey.

/** What a build of an organisation denies besides. */
const own = "signon.rememberSignons";
/** Preferences that every Firefox has, so that there is something to lose. */
const builtIn = [
  "app.update.interval",
  "browser.safebrowsing.malware.enabled",
  "extensions.blocklist.enabled",
  "network.proxy.type",
  "network.trr.mode",
  "security.OCSP.enabled",
  "toolkit.telemetry.server",
  "xpinstall.signatures.required",
];
const names = [...deniedNames, ...builtIn, own, "\u0161pp.update.auto", "app.update.auto\0.x"];
/** As Firefox reads the last two. */
const held = [...deniedNames, ...builtIn, own, "app.update.auto"];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({}, { denied: [own] });
  await stage.nextRun(undefined);
});
afterAll(() => stage[Symbol.asyncDispose]());

const state = (): Promise<unknown> =>
  stage.firefox.runPrivileged(
    `(names) => names.map((name) => {
      const { prefs } = Services;
      const read = (branch) => {
        switch (prefs.getPrefType(name)) {
          case prefs.PREF_BOOL: return branch.getBoolPref(name);
          case prefs.PREF_INT: return branch.getIntPref(name);
          case prefs.PREF_STRING: return branch.getStringPref(name);
          default: return null;
        }
      };
      const onDefault = prefs.prefHasDefaultValue(name) ? read(prefs.getDefaultBranch("")) : null;
      return [name, prefs.prefHasUserValue(name), read(prefs), onDefault];
    })`,
    held,
  );
const records = (): Promise<unknown> =>
  stage.firefox.runPrivileged(`() => Services.prefs.getChildList("extensions.mulberry.journal.")`);

describe("a preference that no recipe may set", () => {
  test("is set by none: every entry, on both branches, by a study and by a rollout", async () => {
    const before = await state();
    const recipes = deniedRecipes(names);
    await stage.publish(recipes);
    const report = await stage.run();
    expect(Object.values(report.recipes)).toEqual(recipes.map(() => "apply_error"));
    expect(await state()).toEqual(before);
    expect(await records()).toEqual([]);
    const told = (await stage.events("normandy")).filter(({ method }) => method === "enrollFailed");
    expect(told.map(({ extra }) => extra?.["reason"])).toEqual(recipes.map(() => "pref-denied"));
  });

  test("is let go by a build that denies what an older one did not, before anybody sees it", async () => {
    const name = "network.proxy.type";
    const record = {
      v: 1,
      base: { default: 5, user: null },
      claims: [{ owner: "rollout", slug: "older", branch: "default", value: 1 }],
    };
    const before = await state();
    await stage.firefox.setPref(`extensions.mulberry.journal.${name}`, JSON.stringify(record));
    await stage.firefox.restart();
    expect(await state()).toEqual(before);
    expect(await records()).toEqual([]);
  });

  test("does not keep others from being carried out", async () => {
    await stage.publish([
      aDeniedStudy(901, own, "user"),
      aDeniedRollout(902, "security.OCSP.enabled"),
      {
        ...aDeniedRollout(903, "findbar.highlightAll"),
        arguments: {
          slug: "denied-rollout-903",
          preferences: [{ preferenceName: "findbar.highlightAll", value: true }],
        },
      },
    ]);
    expect((await stage.run()).recipes).toEqual({
      901: "apply_error",
      902: "apply_error",
      903: "success",
    });
    expect(await stage.firefox.getPref("findbar.highlightAll", "default")).toBe(true);
  });
});
