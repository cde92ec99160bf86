import path from "node:path";
import * as v from "valibot";
import type { PreferenceValue } from "#recipes/arguments.ts";
import { extensionId } from "./firefox.ts";
import { type Impostor, openImpostor } from "./impostor.ts";
import type { aStudyPreference } from "./recipes.ts";
import { aPreferenceStudy, aConsoleLog, aRollback, aRollout } from "./recipes.ts";
import { openStage, type Stage } from "./stage.ts";

// A Firefox in which one test after the other runs studies that none before it has ended for good,
// behind somebody who can stall its server.

/** A preference of every Firefox, and what it is built with. */
export const shared = "browser.sessionhistory.max_entries";
export const builtIn = 50;
/** The preferences of the extension begin so. */
export const mulberry = "extensions.mulberry.";
/** The add-on of the study in the fixtures. */
export const addonId = "feature-study@mulberry.example";

const enrollment = v.looseObject({
  kind: v.string(),
  slug: v.string(),
  state: v.string(),
  enrollmentId: v.string(),
});

export interface LivedIn extends AsyncDisposable {
  readonly stage: Stage;
  readonly impostor: Impostor;
  /** `extensionApiId` of the study add-on. */
  readonly apiId: number;
  pref(name: string): Promise<unknown>;
  set(name: string, value: PreferenceValue | null): Promise<void>;
  /** The text of an undo record, or `null`. */
  record(name: string): Promise<unknown>;
  /** One key of the extension's own storage, or `null`. */
  stored(key: string): Promise<unknown>;
  /** Enrolments that run. */
  live(): Promise<readonly v.InferOutput<typeof enrollment>[]>;
  addons(): Promise<readonly string[]>;
  /** Restarts the browser, and waits for the run that it begins with. */
  restart(): Promise<void>;
  /** Ends what a test left, whether it passed or not. */
  tidy(): Promise<void>;
}

export async function openLivedIn(): Promise<LivedIn> {
  const stage = await openStage();
  await stage.nextRun(undefined);
  const { firefox } = stage;
  const impostor = await openImpostor(stage.server.url);
  await firefox.setPref(`${mulberry}server_url`, impostor.url);
  const apiId = await stage.addAddon(path.join(import.meta.dirname, "../fixtures/study-addon"));

  const stored = async (key: string): Promise<unknown> => {
    const page = await firefox.openPage("pages/studies.html");
    const found = await page.run(
      `async (key) => (await browser.storage.local.get(key))[key] ?? null`,
      key,
    );
    await page.close();
    return found;
  };
  const live: LivedIn["live"] = async () =>
    Object.values(
      v.parse(v.record(v.string(), enrollment), (await stored("enrollments")) ?? {}),
    ).filter(({ state }) => state === "active");
  return {
    stage,
    impostor,
    apiId,
    stored,
    live,
    pref: (name) => firefox.getPref(name),
    set: (name, value) => firefox.setPref(name, value),
    record: (name) => firefox.getPref(`${mulberry}journal.${name}`),
    addons: async () => (await firefox.listAddons()).map(({ id }) => id),
    async restart() {
      const before = await stage.run();
      await firefox.restart();
      await stage.nextRun(before);
    },
    async tidy() {
      impostor.behave();
      const isOff = (await firefox.listAddons()).some(
        ({ id, isActive }) => id === extensionId && !isActive,
      );
      if (isOff) await firefox.manageAddon(extensionId, "enable");
      for (const name of ["studies_enabled", "rollouts_enabled", "telemetry_enabled", "enabled"])
        await firefox.setPref(mulberry + name, true);
      await firefox.setPref(`${mulberry}server_url`, impostor.url);
      const rollouts = (await live()).filter(({ kind }) => kind === "preference-rollout");
      await stage.publish([nothing(), ...rollouts.map(rollbackOf)]);
      await stage.run();
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await impostor[Symbol.asyncDispose]();
    },
  };
}

let last = 100;
/** A recipe id that was not there before. */
export const next = (): number => (last += 1);

/** A new study of one branch. */
export const aStudy = (
  preferences: Record<string, ReturnType<typeof aStudyPreference>>,
  id = next(),
): ReturnType<typeof aPreferenceStudy> =>
  aPreferenceStudy({
    id,
    arguments: { slug: `study-${String(id)}`, branches: [{ slug: "only", ratio: 1, preferences }] },
  });

export const aRolloutOf = (
  preferenceName: string,
  value: PreferenceValue,
  id = next(),
): ReturnType<typeof aRollout> =>
  aRollout({
    id,
    arguments: { slug: `rollout-${String(id)}`, preferences: [{ preferenceName, value }] },
  });

export const rollbackOf = (rollout: { readonly slug: string }): ReturnType<typeof aRollback> =>
  aRollback({ id: next(), arguments: { rolloutSlug: rollout.slug } });

/** So that a set is not empty, which a client would take for a mistake. */
export const nothing = (): ReturnType<typeof aConsoleLog> => aConsoleLog({ id: next() });
