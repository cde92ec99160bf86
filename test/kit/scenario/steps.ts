import * as v from "valibot";
import type { TurnableName } from "#core/ports.ts";
import { furthestDays } from "#core/qa.ts";
import { settingPrefix } from "#extension/platform/settings.ts";
import { pointerTo } from "#recipes/pointer.ts";
import { recipeNamed, step, type StepRow } from "./rows.ts";
import { type Ability, can } from "./stage.ts";
import { weatherNames } from "./weather.ts";

// Everything that can happen in a scenario. A new step is one row; docs/qa.md takes its table from here.

const value = v.union([v.string(), v.number(), v.boolean()]);
const values = v.record(v.string(), v.nullable(value));
const name = v.pipe(v.string(), v.minLength(1));
const nothing = v.null();
const numbers = v.optional(v.array(v.number()), []);
const names = v.optional(v.array(name), []);
const kill = v.strictObject({
  all: v.optional(v.boolean(), false),
  ids: numbers,
  slugs: names,
  prefs: names,
  addons: names,
});
const set = v.union([
  v.array(name),
  v.strictObject({
    recipes: v.array(name),
    kill: v.exactOptional(kill),
    mass: v.optional(v.boolean(), true),
  }),
]);
/** The person's switches, and Mulberry as a whole, as a scenario names them. */
const switches = {
  studies: "studies_enabled",
  rollouts: "rollouts_enabled",
  telemetry: "telemetry_enabled",
  extended: "extended_telemetry_enabled",
  mulberry: "enabled",
} as const satisfies Readonly<Record<string, TurnableName | "enabled">>;
const switchNames = Object.keys(switches) as (keyof typeof switches)[];

/** Of the extension itself, or of Telemetry Experiments: to be set in every browser. */
const isOwn = (preference: string): boolean =>
  preference.startsWith(settingPrefix) || preference.startsWith("experiments.");
const browsers = (said: object): readonly string[] =>
  Object.keys(said).filter((preference) => !isOwn(preference));

export const steps = {
  publish: step({
    doc: "The server publishes a set: recipes by their names here, and nothing else any more. `kill` is the kill list (`all`, `ids`, `slugs`, `prefs`, `addons`); `mass: false` leaves the brake on mass changes in force.",
    example: "publish: [study, rollout]",
    shape: set,
    check(said, scene) {
      const isList = Array.isArray(said);
      for (const [index, one] of (isList ? said : said.recipes).entries())
        recipeNamed(scene, one, pointerTo(isList ? [index] : ["recipes", index]));
    },
    async play(stage, said, scene) {
      const {
        recipes,
        kill: stopped,
        mass = true,
      } = Array.isArray(said) ? { recipes: said } : said;
      await stage.publish({
        recipes: recipes.map((one) => recipeNamed(scene, one, "").content),
        manifest: {
          ...(stopped === undefined ? {} : { kill: stopped }),
          ...(mass ? {} : { must: [] }),
        },
      });
    },
  }),
  run: step({
    doc: "The extension runs: it fetches, verifies, filters, applies and reports.",
    example: "run",
    shape: nothing,
    play: (stage) => stage.run(),
  }),
  set: step({
    doc: "A person sets preferences in about:config; `null` resets. Names that begin with `extensions.mulberry.` or `experiments.` are the extension's own, in every browser.",
    example: "set: { browser.tabs.warnOnOpen: false }",
    shape: values,
    needs: (said) => (browsers(said).length > 0 ? ["edit"] : []),
    names: browsers,
    async play(stage, said) {
      const entries = Object.entries(said);
      const ours = entries.filter(([one]) => isOwn(one));
      const theirs = entries.filter(([one]) => !isOwn(one));
      if (ours.length > 0) await stage.configure(Object.fromEntries(ours));
      if (theirs.length > 0) await can(stage, "edit")(Object.fromEntries(theirs));
    },
  }),
  switch: step({
    doc: "The person turns switches: `studies`, `rollouts`, `telemetry`, `extended` (telemetry), or `mulberry` as a whole.",
    example: "switch: { studies: false }",
    shape: v.record(v.picklist(switchNames), v.boolean()),
    async play(stage, said) {
      for (const which of switchNames) {
        const on = said[which];
        if (on !== undefined) await stage.turn(switches[which], on);
      }
    },
  }),
  leave: step({
    doc: "The person leaves one study or rollout on the Studies page, by its slug.",
    example: "leave: tab-study",
    shape: name,
    play: (stage, slug) => stage.leave(slug),
  }),
  "leave-all": step({
    doc: "The person leaves everything on the Studies page.",
    example: "leave-all",
    shape: nothing,
    play: (stage) => stage.leave(null),
  }),
  restart: step({
    doc: "The browser ends as a person ends it and starts again. `meanwhile`: preferences that are set while it is closed. `built-in`: what the new start is built with. `facts`: what filters see from then on.",
    example: "restart: { meanwhile: { browser.tabs.warnOnOpen: false } }",
    shape: v.nullable(
      v.strictObject({
        meanwhile: v.optional(values, {}),
        "built-in": v.optional(v.record(v.string(), value), {}),
        facts: v.optional(v.record(v.string(), v.unknown()), {}),
      }),
    ),
    needs(said) {
      const { meanwhile = {}, "built-in": builtIn = {}, facts = {} } = said ?? {};
      return [...some(meanwhile, "edit"), ...some(builtIn, "rebuild"), ...some(facts, "describe")];
    },
    names: (said) => Object.keys({ ...said?.meanwhile, ...said?.["built-in"] }),
    async play(stage, said) {
      const { meanwhile = {}, "built-in": builtIn = {}, facts = {} } = said ?? {};
      await stage.stop();
      if (Object.keys(meanwhile).length > 0) await can(stage, "edit")(meanwhile);
      if (Object.keys(builtIn).length > 0) await can(stage, "rebuild")(builtIn);
      if (Object.keys(facts).length > 0) await can(stage, "describe")(facts);
      await stage.start();
    },
  }),
  crash: step({
    doc: "The browser crashes, and starts again.",
    example: "crash",
    shape: nothing,
    async play(stage) {
      await stage.crash();
      await stage.start();
    },
  }),
  "crash-at": step({
    doc: "From now on the browser crashes, and starts again, whenever a recipe sets this preference; `null`: no longer.",
    example: "crash-at: browser.tabs.warnOnOpen",
    shape: v.nullable(name),
    needs: () => ["crashAt"],
    names: (said) => (said === null ? [] : [said]),
    play: (stage, said) => can(stage, "crashAt")(said),
  }),
  clock: step({
    doc: "Moves the time that runs decide by to so many days from now, as the Inspector does. Signatures are judged by the real time.",
    example: "clock: 8",
    shape: v.pipe(v.number(), v.integer(), v.minValue(-furthestDays), v.maxValue(furthestDays)),
    play: (stage, days) => stage.moveClock(days),
  }),
  wait: step({
    doc: "So many days go by for browser and server, who signs its set anew each day; below 0 the clock of both is put back.",
    example: "wait: 8",
    shape: v.pipe(v.number(), v.integer()),
    needs: () => ["pass"],
    play: (stage, days) => can(stage, "pass")(days),
  }),
  server: step({
    doc: "What the server, or whoever stands before it, answers from now on (the table below).",
    example: "server: forged-set",
    shape: v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.picklist(weatherNames)),
    play: (stage, weather) => stage.weather(weather),
  }),
  "rotate-keys": step({
    doc: "The server signs with a new online key, for which a root key vouches.",
    example: "rotate-keys",
    shape: nothing,
    play: (stage) => stage.rotateKeys(),
  }),
  halt: step({
    doc: "The server serves a signed halt, with a kill list as `publish` takes it.",
    example: "halt: { slugs: [tab-study] }",
    shape: kill,
    play: (stage, said) => stage.halt(said),
  }),
  force: step({
    doc: "Chooses branches in the Inspector, by the slug of the study; `null`: chance decides again.",
    example: "force: { tab-study: treatment }",
    shape: v.record(v.string(), v.nullable(name)),
    async play(stage, said) {
      for (const [slug, branch] of Object.entries(said)) await stage.forceBranch(slug, branch);
    },
  }),
  policy: step({
    doc: "Enterprise policy: `studies: false` is `DisableFirefoxStudies`; `lock` locks preferences at what is in force.",
    example: "policy: { studies: false }",
    shape: v.partial(v.strictObject({ studies: v.boolean(), lock: v.array(name) })),
    needs: ({ studies, lock }) => [
      ...(studies === undefined ? [] : (["forbidStudies"] as const)),
      ...(lock === undefined ? [] : (["lock"] as const)),
    ],
    names: ({ lock = [] }) => lock,
    async play(stage, { studies, lock }) {
      if (studies !== undefined) await can(stage, "forbidStudies")(!studies);
      if (lock !== undefined) await can(stage, "lock")(lock);
    },
  }),
  "remove-addon": step({
    doc: "A person removes an add-on, by its id.",
    example: "remove-addon: feature-study@mulberry.example",
    shape: name,
    needs: () => ["removeAddon"],
    play: (stage, id) => can(stage, "removeAddon")(id),
  }),
} as const satisfies Readonly<Record<string, StepRow>>;

function some(said: object, ability: Ability): readonly Ability[] {
  return Object.keys(said).length > 0 ? [ability] : [];
}
