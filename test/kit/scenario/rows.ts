import * as v from "valibot";
import { pointerTo } from "#recipes/pointer.ts";
import type { Ability, Eyes, Stage } from "./stage.ts";

// What the tables of steps and expectations are made of.

/** What a scenario's steps can name, and what was seen so far. */
export interface Scene {
  /** Whole recipes by the scenario's own name for them. */
  readonly recipes: Readonly<Record<string, NamedRecipe>>;
  /** Events and requests that an expectation has looked at already. */
  readonly looked: { events: number; requests: number };
  /** Enrolment ids when they were last looked at, by slug. */
  readonly ids: Map<string, string>;
}

export interface NamedRecipe {
  readonly id: number;
  readonly slug: string;
  /** Preferences that it would set. */
  readonly preferences: readonly string[];
  readonly content: Readonly<Record<string, unknown>>;
}

/** Where in an argument something is wrong, and what. */
export class ArgumentError extends Error {
  /** JSON Pointer, from the argument on. */
  readonly at: string;

  constructor(at: string, message: string) {
    super(message);
    this.at = at;
  }
}

/** A step as the file has it, ready to be played. */
export interface ReadStep {
  readonly needs: readonly Ability[];
  /** Preferences of the browser that it names. */
  readonly names: readonly string[];
  play(stage: Stage, scene: Scene): Promise<void>;
}

/** One row of the table of steps. */
export interface StepRow {
  readonly doc: string;
  /** As it stands in a file, in YAML. */
  readonly example: string;
  /** @throws ArgumentError */
  read(argument: unknown, scene: Scene): ReadStep;
}

interface StepSpec<A> {
  readonly doc: string;
  readonly example: string;
  readonly shape: v.GenericSchema<unknown, A>;
  readonly needs?: (argument: A) => readonly Ability[];
  readonly names?: (argument: A) => readonly string[];
  play(stage: Stage, argument: A, scene: Scene): Promise<void>;
  /** What the shape cannot see, for example a recipe that nobody knows. @throws ArgumentError */
  check?(argument: A, scene: Scene): void;
}

/** One row, its argument typed by its shape. */
export function step<A>(spec: StepSpec<A>): StepRow {
  return {
    doc: spec.doc,
    example: spec.example,
    read(said, scene) {
      const argument = shaped(spec.shape, said);
      spec.check?.(argument, scene);
      return {
        needs: spec.needs?.(argument) ?? [],
        names: spec.names?.(argument) ?? [],
        play: (stage, now) => spec.play(stage, argument, now),
      };
    },
  };
}

/** An expectation as the file has it. */
export interface ReadExpectation {
  readonly needs: readonly Ability[];
  readonly names: readonly string[];
  readonly expected: unknown;
  see(eyes: Eyes, scene: Scene): Promise<unknown>;
}

/** One row of the table of expectations. */
export interface ExpectationRow {
  readonly doc: string;
  readonly example: string;
  /** @throws ArgumentError */
  read(argument: unknown, scene: Scene): ReadExpectation;
}

interface ExpectationSpec<A> {
  readonly doc: string;
  readonly example: string;
  readonly shape: v.GenericSchema<unknown, A>;
  readonly needs?: Ability;
  readonly names?: (argument: A) => readonly string[];
  check?(argument: A, scene: Scene): void;
  /** What is to be seen, in the form in which `see` answers; the argument itself unless said otherwise. */
  expected?(argument: A): unknown;
  /** Looks at as much as the argument speaks of. */
  see(eyes: Eyes, argument: A, scene: Scene): Promise<unknown>;
}

/** One row, its argument typed by its shape. */
export function expectation<A>(spec: ExpectationSpec<A>): ExpectationRow {
  return {
    doc: spec.doc,
    example: spec.example,
    read(said, scene) {
      const argument = shaped(spec.shape, said);
      spec.check?.(argument, scene);
      return {
        needs: spec.needs === undefined ? [] : [spec.needs],
        names: spec.names?.(argument) ?? [],
        expected: spec.expected === undefined ? argument : spec.expected(argument),
        see: (eyes, now) => spec.see(eyes, argument, now),
      };
    },
  };
}

/** @throws ArgumentError for the first thing that is wrong */
export function shaped<A>(shape: v.GenericSchema<unknown, A>, said: unknown): A {
  const parsed = v.safeParse(shape, said, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  throw new ArgumentError(pointerTo(path), issue.message);
}

/** @throws ArgumentError where the scenario has no recipe of that name */
export function recipeNamed(scene: Scene, name: string, at: string): NamedRecipe {
  const found = Object.hasOwn(scene.recipes, name) ? scene.recipes[name] : undefined;
  if (found !== undefined) return found;
  const known = Object.keys(scene.recipes).join(", ");
  throw new ArgumentError(
    at,
    `no recipe is called ${JSON.stringify(name)} here; there are ${known}`,
  );
}
