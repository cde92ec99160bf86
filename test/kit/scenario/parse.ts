import * as v from "valibot";
import { LineCounter, parseDocument } from "yaml";
import { isObject } from "#recipes/members.ts";
import { pointerTo } from "#recipes/pointer.ts";
import { expectations } from "./expectations.ts";
import { wholeRecipe } from "./recipes.ts";
import { ArgumentError, type ReadExpectation, type ReadStep, type Scene, shaped } from "./rows.ts";
import { type BrowserAtFirst, type EngineName, engineNames } from "./stage.ts";
import { steps } from "./steps.ts";

export type ScenarioErrorCode =
  | "scenario/syntax"
  | "scenario/malformed"
  | "scenario/unknown-step"
  | "scenario/unknown-expectation"
  | "scenario/bad-argument";

/** Thrown where a file is no scenario. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  readonly code: ScenarioErrorCode;
  /** JSON Pointer to the offending place. */
  readonly at: string;
  /** From 1. */
  readonly line: number;

  constructor(code: ScenarioErrorCode, message: string, at: string, line: number) {
    super(message);
    this.code = code;
    this.at = at;
    this.line = line;
  }
}

/** One step of a scenario: something that happens, or what is expected now. */
export type ScenarioStep = {
  /** As the file has it, on one line. */
  readonly text: string;
  readonly line: number;
} & (
  | { readonly kind: "happens"; readonly step: ReadStep }
  | {
      readonly kind: "expected";
      readonly expectations: Readonly<Record<string, ReadExpectation>>;
    }
);

export interface Scenario {
  readonly name: string;
  /** Engines that it is for; absent: all that can. */
  readonly in: readonly EngineName[] | undefined;
  readonly browser: BrowserAtFirst;
  /** Recipes as they are published, by name. */
  readonly recipes: Scene["recipes"];
  readonly steps: readonly ScenarioStep[];
}

const value = v.union([v.string(), v.number(), v.boolean()]);
const file = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  /** For people: what the scenario is there for, and why it comes out so. */
  about: v.optional(v.string()),
  in: v.optional(v.pipe(v.array(v.picklist(engineNames)), v.minLength(1))),
  browser: v.optional(
    v.strictObject({
      "built-in": v.optional(v.record(v.string(), value), {}),
      own: v.optional(v.record(v.string(), value), {}),
      "user-id": v.optional(v.string(), "deadbeef-dead-4eef-8eef-deadbeefcafe"),
      facts: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
    {},
  ),
  recipes: v.optional(
    v.record(v.string(), v.looseObject({ action: v.string(), id: v.exactOptional(v.number()) })),
    {},
  ),
  steps: v.pipe(v.array(v.unknown()), v.minLength(1)),
});

/**
 * Reads a scenario from the text of its file.
 *
 * @throws ScenarioError with code, JSON Pointer and line
 */
export function parseScenario(text: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined)
    throw new ScenarioError("scenario/syntax", error.message, "", lines.linePos(error.pos[0]).line);

  const lineOf = (path: readonly (string | number)[]): number => {
    // The deepest place that is there: what is missing has no line of its own.
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (isObject(node) && "range" in node && Array.isArray(node.range))
        return lines.linePos(Number(node.range[0])).line;
    }
    return 1;
  };
  const refuse = (code: ScenarioErrorCode, message: string, at: string): never => {
    throw new ScenarioError(code, message, at, lineOf(pathOf(at)));
  };
  /** Reads one place, and says of what is wrong there where it is. */
  const within = <T>(base: string, code: ScenarioErrorCode, read: () => T): T => {
    try {
      return read();
    } catch (wrong) {
      if (!(wrong instanceof ArgumentError)) throw wrong;
      return refuse(code, wrong.message, base + wrong.at);
    }
  };

  const said = within("", "scenario/malformed", () => shaped(file, document.toJS()));
  const recipes = Object.fromEntries(
    Object.entries(said.recipes).map(([name, content], place) => [
      name,
      within(pointerTo(["recipes", name]), "scenario/malformed", () =>
        wholeRecipe(name, place, content),
      ),
    ]),
  );
  const scene = aScene(recipes);
  const { "built-in": builtIn, own, "user-id": userId, facts } = said.browser;
  return {
    name: said.name,
    in: said.in,
    browser: { builtIn, own, userId, facts },
    recipes,
    steps: said.steps.map((item, index): ScenarioStep => {
      const place = pointerTo(["steps", index]);
      const [name, argument] = within(place, "scenario/malformed", () => callOf(item));
      const here = { text: inOneLine(name, argument), line: lineOf(["steps", index]) };
      // A bare word has no place below it.
      const at = typeof item === "string" ? place : place + pointerTo([name]);
      if (name === "expect") {
        const wanted = within(at, "scenario/bad-argument", () =>
          shaped(v.pipe(v.record(v.string(), v.unknown()), v.minEntries(1)), argument),
        );
        const read = Object.entries(wanted).map(([which, what]): [string, ReadExpectation] => {
          const row = rowOf(expectations, which);
          const there = at + pointerTo([which]);
          if (row === undefined)
            return refuse("scenario/unknown-expectation", unknown(which, expectations), there);
          return [which, within(there, "scenario/bad-argument", () => row.read(what, scene))];
        });
        return { ...here, kind: "expected", expectations: Object.fromEntries(read) };
      }
      const row = rowOf(steps, name);
      if (row === undefined) return refuse("scenario/unknown-step", unknown(name, steps), at);
      const step = within(at, "scenario/bad-argument", () => row.read(argument, scene));
      return { ...here, kind: "happens", step };
    }),
  };
}

/** What a play begins with. */
export function aScene(recipes: Scene["recipes"]): Scene {
  return { recipes, looked: { events: 0, requests: 0 }, ids: new Map() };
}

/** A step is a word, or one word with what it is told. */
function callOf(item: unknown): readonly [name: string, argument: unknown] {
  if (typeof item === "string") return [item, null];
  const entries: readonly [string, unknown][] = isObject(item) ? Object.entries(item) : [];
  const [only] = entries;
  if (only === undefined || entries.length > 1)
    throw new ArgumentError("", "a step is one word, or one word with what it is told");
  return only;
}

function rowOf<R>(table: Readonly<Record<string, R>>, name: string): R | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function unknown(name: string, table: object): string {
  return `there is no ${JSON.stringify(name)}; there are ${Object.keys(table).join(", ")}`;
}

function inOneLine(name: string, argument: unknown): string {
  return argument === null ? name : `${name}: ${JSON.stringify(argument)}`;
}

/** A JSON Pointer taken apart. */
function pathOf(pointer: string): readonly (string | number)[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((step) => (/^\d+$/u.test(step) ? Number(step) : step));
}
