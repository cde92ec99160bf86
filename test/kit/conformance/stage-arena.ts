import { appendFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import type { Tab } from "#tools/firefox-bidi.ts";
import { openImpostor, send } from "../impostor.ts";
import { rollbackOf } from "../lived-in.ts";
import { aConsoleLog } from "../recipes.ts";
import { type LastRun, openStage } from "../stage.ts";
import type { Arena } from "./arena.ts";
import type { History, HistoryStep, Sighted } from "./history.ts";
import { asPublished, type Copy, copies as usual, onCopy, type Side } from "./publish.ts";
import { oursFrom, type SeenEvent, type Sight } from "./sights.ts";
import { openTheirs } from "./theirs.ts";

type Meanwhile = NonNullable<Extract<HistoryStep, { do: "restart" }>["meanwhile"]>;

const mulberry = "extensions.mulberry.";
const stored = v.record(v.string(), v.looseObject({ kind: v.string(), slug: v.string() }));

/**
 * The same with nothing of ours left out: the extension as it is built, a real server, HTTP, pings.
 * What is told arrives with each run; days cannot pass. A restart is one.
 *
 * @param copies - for preferences that Firefox itself is built with; then a history finds and leaves
 *   them as they are
 */
export async function openStageArena(copies: Readonly<Record<Side, Copy>> = usual): Promise<Arena> {
  const stage = await openStage();
  const { firefox, server } = stage;
  let lastRun: LastRun = await stage.nextRun(undefined);
  const impostor = await openImpostor(server.url);
  await firefox.setPref(`${mulberry}server_url`, impostor.url);
  let theirs = await openTheirs(firefox, copies);
  let page: Tab = await firefox.openPage("pages/studies.html");

  let names: readonly string[] = [];
  /** Keys of enrolments from before this history. */
  let old: ReadonlySet<string> = new Set();
  /** Told and not looked at yet. */
  let pending: readonly SeenEvent[] = [];
  let toldBefore = 0;
  /** Bodies are kept by the client: what is to be refused must be new to it. */
  let published = 0;

  const ask = (message: object): Promise<unknown> =>
    page.run(`(message) => browser.runtime.sendMessage(message)`, message);
  /** Our client does one thing after the other: when this is answered, the rest is done. */
  const settle = (): Promise<unknown> => ask({ ask: "leave", key: "nothing" });
  const enrollments = async (): Promise<v.InferOutput<typeof stored>> => {
    const found = await page.run(
      `async () => (await browser.storage.local.get("enrollments")).enrollments ?? {}`,
    );
    return v.parse(stored, found);
  };
  const publish = async (recipes: readonly Sighted[]): Promise<void> => {
    published += 1;
    const written = recipes.map((one) => ({
      ...asPublished({ ...one, recipe: onCopy(one.recipe, copies.ours) }),
      revision_id: String(published),
    }));
    const { recipes: live } = await server.publishLive(written);
    impostor.behave();
    for (const { recipe, standing } of recipes) {
      const entry = live.find(({ id }) => id === recipe.id);
      if (standing !== "SIGNATURE_ERROR" || entry === undefined) continue;
      impostor.play(new RegExp(`^/v2/r/${entry.sha256}$`, "u"), (response, genuine) => {
        send(response, genuine, { bytes: Buffer.from(genuine.bytes.map((byte) => byte ^ 1)) });
      });
    }
  };
  const newEvents = async (): Promise<readonly SeenEvent[]> => {
    const all = await stage.events("normandy");
    const since = all.slice(toldBefore);
    toldBefore = all.length;
    return since.map(({ method, object, value, extra }) => ({
      method,
      object,
      value: value ?? "",
      extra: extra ?? {},
    }));
  };

  const playOurs = async (step: HistoryStep): Promise<void> => {
    switch (step.do) {
      case "run":
        await publish(step.recipes);
        lastRun = await stage.run();
        return;
      case "leave":
        for (const { kind, slug } of Object.values(await enrollments()))
          if (slug === step.slug) await ask({ ask: "leave", key: `${kind}/${slug}` });
        return;
      case "allow-studies":
        await firefox.setPref(`${mulberry}studies_enabled`, step.on);
        return;
      case "wait":
        throw new Error("days cannot pass here");
      case "edit":
      case "restart":
        return;
    }
  };
  const restart = async (meanwhile: Meanwhile = {}): Promise<void> => {
    await firefox.stop();
    const lines = Object.entries(meanwhile).flatMap(([name, value]) =>
      Object.values(copies).map(
        ({ inBrowser }) => `user_pref("${inBrowser(name)}", ${JSON.stringify(value)});\n`,
      ),
    );
    await appendFile(path.join(firefox.profileDir, "prefs.js"), lines.join(""));
    await firefox.start();
    lastRun = await stage.nextRun(lastRun);
    theirs = await openTheirs(firefox, copies);
    page = await firefox.openPage("pages/studies.html");
  };

  return {
    async begin(history: History) {
      const rollouts = Object.values(await enrollments()).filter(
        ({ kind, state }) => kind === "preference-rollout" && state === "active",
      );
      await firefox.setPref(`${mulberry}studies_enabled`, true);
      await server.publishLive([aConsoleLog({ id: 1 }), ...rollouts.map(rollbackOf)]);
      await stage.run();
      await newEvents();
      pending = [];
      old = new Set(Object.keys(await enrollments()));
      names = Object.keys(history.preferences);
      await theirs.forget(history.userId);
      if (copies === usual) await theirs.fill(history.preferences);
    },
    async play(step) {
      if (step.do === "restart") await restart(step.meanwhile);
      const seen = step.do === "restart" ? await theirs.sinceStart() : await theirs.play(step, {});
      await playOurs(step);
      await settle();
      pending = [...pending, ...seen.events];
      const tells = step.do === "run";
      const raw = {
        events: tells ? await newEvents() : [],
        enrollments: Object.entries(await enrollments()).flatMap(([key, one]) =>
          old.has(key) ? [] : [one],
        ),
        ...(tells ? { report: lastRun } : {}),
      };
      const preferences = await theirs.read(names);
      const sights: { readonly theirs: Sight; readonly ours: Sight } = {
        theirs: {
          ...seen,
          events: tells ? pending : [],
          preferences: preferences.theirs,
        },
        ours: { ...oursFrom(raw, copies.ours.inHistory), preferences: preferences.ours },
      };
      if (tells) pending = [];
      return sights;
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await impostor[Symbol.asyncDispose]();
    },
  };
}

/**
 * The history with slugs and ids that no other has, for a browser that remembers the others; days do
 * not pass in it and the browser does not end.
 */
export function renamed({ steps, ...rest }: History, number: number): History {
  const slugOf = (slug: string): string => `${slug}-${String(number)}`;
  return {
    ...rest,
    steps: steps.flatMap((step): readonly HistoryStep[] => {
      switch (step.do) {
        case "run":
          return [
            { ...step, recipes: step.recipes.map((one) => renamedRecipe(one, number, slugOf)) },
          ];
        case "leave":
          return [{ ...step, slug: slugOf(step.slug) }];
        case "wait":
        case "restart":
          return [];
        case "edit":
        case "allow-studies":
          return [step];
      }
    }),
  };
}

function renamedRecipe(
  { recipe, standing }: Sighted,
  number: number,
  slugOf: (slug: string) => string,
): Sighted {
  const { slug, rolloutSlug } = recipe.arguments;
  return {
    standing,
    recipe: {
      ...recipe,
      id: number * 1000 + recipe.id,
      arguments: {
        ...recipe.arguments,
        ...(typeof slug === "string" ? { slug: slugOf(slug) } : {}),
        ...(typeof rolloutSlug === "string" ? { rolloutSlug: slugOf(rolloutSlug) } : {}),
      },
    },
  };
}
