import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  aRolloutOf,
  aStudy,
  builtIn,
  type LivedIn,
  mulberry,
  next,
  nothing,
  openLivedIn,
  rollbackOf,
  shared,
} from "#kit/lived-in.ts";
import { aPreferenceStudy, aStudyPreference } from "#kit/recipes.ts";

// Two owners of one preference, damage, and what QA sets.

let here: LivedIn;
let stage: LivedIn["stage"];
let impostor: LivedIn["impostor"];

beforeAll(async () => {
  here = await openLivedIn();
  ({ stage, impostor } = here);
});
afterEach(() => here.tidy());
afterAll(() => here[Symbol.asyncDispose]());

describe("a rollout and a study on one preference", () => {
  test.each([
    ["rollout", "rollout"],
    ["rollout", "study"],
    ["study", "rollout"],
    ["study", "study"],
  ] as const)(
    "begun with the %s and ended with the %s first: the study shows, then the rollout, then nothing",
    async (first, endsFirst) => {
      const study = aStudy({ [shared]: aStudyPreference(30) });
      const rollout = aRolloutOf(shared, 40);
      await stage.publish([first === "study" ? study : rollout, nothing()]);
      await stage.run();
      expect(await here.pref(shared)).toBe(first === "study" ? 30 : 40);
      await stage.publish([study, rollout]);
      await stage.run();
      expect(await here.pref(shared)).toBe(30);
      await here.restart();
      expect(await stage.firefox.getPref(shared, "default")).toBe(30);

      if (endsFirst === "study") await stage.publish([rollout, nothing()]);
      else await stage.publish([study, rollbackOf(rollout)]);
      await stage.run();
      expect(await here.pref(shared)).toBe(endsFirst === "study" ? 40 : 30);
      await stage.publish([nothing(), rollbackOf(rollout)]);
      await stage.run();
      expect(await here.pref(shared)).toBe(builtIn);
      expect(await here.record(shared)).toBeNull();
    },
  );
});

describe("damage", () => {
  test.each([
    ["default", builtIn],
    ["user", "mine"],
  ] as const)(
    "of an undo record (%s branch) loses neither the browser's value nor the person's",
    async (branch, base) => {
      const name = branch === "default" ? shared : "test.states.mine";
      const value = branch === "default" ? 30 : "ours";
      await here.set("test.states.mine", "mine");
      const study = aStudy({ [name]: aStudyPreference(value, branch) });
      await stage.publish([study, nothing()]);
      await stage.run();
      expect(await here.pref(name)).toBe(value);
      await here.set(`${mulberry}journal.${name}`, "nonsense");
      await here.restart();
      const isLive = (await here.live()).some(({ slug }) => slug === study.slug);
      expect(await here.pref(name)).toBe(isLive ? value : base);
      await stage.publish([nothing()]);
      await stage.run();
      expect(await here.pref(name)).toBe(base);
      expect(await here.record(name)).toBeNull();
    },
  );
});

describe("QA", () => {
  test("gets the branch that it asks for", async () => {
    await here.set(`${mulberry}force_branch.forced`, "rare");
    await stage.publish([
      aPreferenceStudy({
        id: next(),
        arguments: {
          slug: "forced",
          branches: [
            { slug: "usual", ratio: 1000, preferences: { [shared]: aStudyPreference(30) } },
            { slug: "rare", ratio: 1, preferences: { [shared]: aStudyPreference(31) } },
          ],
        },
      }),
    ]);
    await stage.run();
    expect(await here.pref(shared)).toBe(31);
  });

  test("may change run_now twice at once", async () => {
    const before = await stage.run();
    await stage.firefox.runPrivileged(
      `(name) => {
      Services.prefs.setIntPref(name, 7_000_001);
      Services.prefs.setIntPref(name, 7_000_002);
    }`,
      `${mulberry}run_now`,
    );
    expect(await stage.nextRun(before, "run-now")).toMatchObject({ runner: "success" });
    expect(await stage.run()).toMatchObject({ runner: "success" });
  });

  test.each(["ftp://127.0.0.1/", "http://example.com/", "nonsense", ""])(
    "who sets the server to %j has no run, and one when it is set back",
    async (url) => {
      const value = await here.pref(shared);
      await here.set(`${mulberry}server_url`, url);
      impostor.forget();
      const asked = next();
      await here.set(`${mulberry}run_now`, asked);
      await expect.poll(() => here.stored("schedule")).toMatchObject({ runNow: asked });
      expect(impostor.asked).toEqual([]);
      await here.set(`${mulberry}server_url`, impostor.url);
      expect(await stage.run()).toMatchObject({ runner: "success" });
      expect(await here.pref(shared)).toBe(value);
    },
  );

  test("whose randomisation id is gone has a new one and stays where it was", async () => {
    await stage.publish([aStudy({ [shared]: aStudyPreference(31) })]);
    await stage.run();
    const before = await here.pref(`${mulberry}user_id`);
    await here.set(`${mulberry}user_id`, null);
    expect(await stage.run()).toMatchObject({ runner: "success" });
    const after = await here.pref(`${mulberry}user_id`);
    expect(after).toMatch(/^[0-9a-f-]{36}$/u);
    expect(after).not.toBe(before);
    expect(await here.pref(shared)).toBe(31);
  });

  test("who switches all of it off has the browser as it was, at once", async () => {
    await stage.publish([aStudy({ [shared]: aStudyPreference(30) })]);
    await stage.run();
    expect(await here.pref(shared)).toBe(30);
    await here.set(`${mulberry}enabled`, false);
    await expect.poll(() => here.pref(shared)).toBe(builtIn);
    expect(await here.live()).toEqual([]);
    impostor.forget();
    const asked = next();
    await here.set(`${mulberry}run_now`, asked);
    await expect.poll(() => here.stored("schedule")).toMatchObject({ runNow: asked });
    expect(impostor.asked).toEqual([]);
    await here.set(`${mulberry}enabled`, true);
    expect(await stage.run()).toMatchObject({ runner: "success" });
  });
});
