import { readFile } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { extensionId, type Firefox } from "../firefox.ts";
import type { Held, History, HistoryStep, Sighted } from "./history.ts";
import { type Copy, onCopy, type Side } from "./publish.ts";
import { type Sight, theirsFrom } from "./sights.ts";

/** Firefox's own modules, in the Firefox of the test. They see to the preferences of both sides. */
export interface Theirs {
  /** Forgets what was on their side, and is somebody else. */
  forget(userId: string): Promise<void>;
  /** Clears what our extension keeps in preferences. */
  forgetOurs(): Promise<void>;
  /** Gives both sides' copies what a browser holds that has just started. */
  fill(preferences: History["preferences"]): Promise<void>;
  /**
   * One step. What a person does in about:config is done to both sides' copies, and so is what a
   * restart does to preferences.
   */
  play(step: HistoryStep, builtIn: BuiltIn): Promise<Omit<Sight, "preferences">>;
  /** What they have told since the browser started, before this was opened. */
  sinceStart(): Promise<Omit<Sight, "preferences">>;
  /** What each side's copies hold. */
  read(names: readonly string[]): Promise<Readonly<Record<Side, Readonly<Record<string, Held>>>>>;
}

/** What the browser is built with at that step. */
export type BuiltIn = Readonly<Record<string, Held & { readonly locked?: true }>>;

const value = v.nullable(v.union([v.string(), v.number(), v.boolean()]));
const states = v.record(v.string(), v.object({ default: value, user: value }));
const source = path.join(import.meta.dirname, "../../fixtures/conformance/theirs.js");
const dayMs = 86_400_000;

/** Loads the driver into Firefox's privileged window. */
export async function openTheirs(
  firefox: Firefox,
  copies: Readonly<Record<Side, Copy>>,
): Promise<Theirs> {
  await firefox.runPrivileged(`async () => {${await readFile(source, "utf8")}\n}`);
  const ask = (what: string, ...args: readonly unknown[]): Promise<unknown> =>
    firefox.runPrivileged(`(...args) => theirs.${what}(...args)`, ...args);
  const both = (name: string): readonly string[] => [
    copies.theirs.inBrowser(name),
    copies.ours.inBrowser(name),
  ];
  const forBoth = <T>(values: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([name, one]) => both(name).map((copy) => [copy, one])),
    );
  const sighted = ({ recipe, standing }: Sighted): unknown => ({
    recipe: { ...onCopy(recipe, copies.theirs), name: `Recipe ${String(recipe.id)}` },
    suitability: standing,
  });
  const play = (step: HistoryStep, builtIn: BuiltIn): Promise<unknown> => {
    switch (step.do) {
      case "run":
        return ask("run", step.recipes.map(sighted));
      case "edit":
        return ask("edit", both(step.name), step.branch, step.value);
      case "leave":
        return ask("leave", step.slug);
      case "allow-studies":
        return ask("allowStudies", step.on);
      case "wait":
        return ask("wait", step.days * dayMs);
      case "restart":
        return ask("restart", {
          values: forBoth(builtIn),
          meanwhile: forBoth(step.meanwhile ?? {}),
          studiesOff: step.studiesOff === true,
          extensionId,
        });
    }
  };
  return {
    async forget(userId) {
      await ask("forget", userId);
    },
    async forgetOurs() {
      await ask("forgetOurs");
    },
    async fill(preferences) {
      await ask("fill", forBoth(preferences));
    },
    async sinceStart() {
      return theirsFrom(await ask("sinceStart"), copies.theirs.inHistory);
    },
    async play(step, builtIn) {
      return theirsFrom(await play(step, builtIn), copies.theirs.inHistory);
    },
    async read(names) {
      const found = v.parse(states, await ask("read", names.flatMap(both)));
      const of = ({ inBrowser }: Copy): Readonly<Record<string, Held>> =>
        Object.fromEntries(
          names.map((name) => [name, found[inBrowser(name)] ?? { default: null, user: null }]),
        );
      return { theirs: of(copies.theirs), ours: of(copies.ours) };
    },
  };
}
