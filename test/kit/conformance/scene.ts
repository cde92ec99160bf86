import type { PreferenceValue } from "#recipes/arguments.ts";
import type { Sights } from "./arena.ts";
import type { History, HistoryStep } from "./history.ts";
import { namesIn, slugIn, textsIn } from "./publish.ts";
import type { Sight } from "./sights.ts";

// What has happened so far, as far as it says why two sides differ now.

/** What a difference is about. */
export type Subject =
  | { readonly kind: "value"; readonly branch: "default" | "user"; readonly name: string }
  /** What a side remembers under `<kind> <slug>`. */
  | { readonly kind: "enrollment"; readonly key: string }
  | { readonly kind: "events"; readonly slug: string }
  /** Whether the recipe could be carried out. */
  | { readonly kind: "failure"; readonly id: number };

export class Scene {
  readonly history: History;
  /** Of the step that was played last. */
  index = -1;
  before: Sights | undefined;
  now: Sights | undefined;
  /** Preferences that a study and a rollout have held at once. */
  readonly shared = new Set<string>();
  /** Texts that recipes have given to preferences. */
  readonly written = new Set<string>();
  /** Studies of ours of which somebody else has changed a preference: what is told of their end may come later. */
  readonly overridden = new Set<string>();
  readonly #names = new Map<string, Set<string>>();
  readonly #slugs = new Map<number, string>();

  constructor(history: History) {
    this.history = history;
  }

  /** The step was played, and this is what is seen after it. */
  advance(sights: Sights): void {
    this.index += 1;
    this.before = this.now;
    this.now = sights;
    const { step } = this;
    if (step.do === "run")
      for (const { recipe } of step.recipes) {
        const slug = slugIn(recipe);
        if (slug === undefined) continue;
        this.#slugs.set(recipe.id, slug);
        for (const text of textsIn(recipe)) this.written.add(text);
        const names = this.#names.get(slug) ?? new Set();
        for (const name of namesIn(recipe)) names.add(name);
        this.#names.set(slug, names);
      }
    for (const side of ["theirs", "ours"] as const) {
      const rollouts = new Set([...this.#held(side, "preference-rollout"), ...this.#begun(side)]);
      for (const name of this.#held(side, "preference-study"))
        if (rollouts.has(name)) this.shared.add(name);
    }
    for (const [key, { overridden }] of Object.entries(sights.ours.enrollments))
      if (overridden.length > 0) this.overridden.add(key);
  }

  get step(): HistoryStep {
    const step = this.history.steps[this.index];
    if (step === undefined) throw new Error("the history has not begun");
    return step;
  }

  /** The steps up to the one that was played last, which is among them. */
  get past(): readonly HistoryStep[] {
    return this.history.steps.slice(0, this.index + 1);
  }

  /** What the person has under that name by their own doing. */
  personsOwn(name: string): PreferenceValue | null {
    let own = this.history.preferences[name]?.user ?? null;
    for (const step of this.past) {
      if (step.do === "edit" && step.branch === "user" && step.name === name) own = step.value;
      if (step.do === "restart") own = step.meanwhile?.[name] ?? own;
    }
    return own;
  }

  /** Every preference that recipes of that slug have named. */
  namesOf(slug: string): ReadonlySet<string> {
    return this.#names.get(slug) ?? new Set();
  }

  /** The slug that is concerned, where only one is. */
  slugOf(subject: Subject): string | undefined {
    switch (subject.kind) {
      case "value":
        return undefined;
      case "enrollment":
        return subject.key.slice(subject.key.indexOf(" ") + 1);
      case "events":
        return subject.slug;
      case "failure":
        return this.#slugs.get(subject.id);
    }
  }

  /** Whether the subject is that slug, or a preference that it names. */
  concerns(subject: Subject, slug: string): boolean {
    return subject.kind === "value"
      ? this.namesOf(slug).has(subject.name)
      : this.slugOf(subject) === slug;
  }

  /** What rollouts name that this step began: one may be over again with it. */
  #begun(side: keyof Sights): readonly string[] {
    const { step } = this;
    if (step.do !== "run") return [];
    return step.recipes
      .filter(({ recipe }) => {
        const key = `preference-rollout ${slugIn(recipe) ?? ""}`;
        const isKnown = (sights: Sights | undefined): boolean =>
          Object.hasOwn(sights?.[side].enrollments ?? {}, key);
        return recipe.action === "preference-rollout" && isKnown(this.now) && !isKnown(this.before);
      })
      .flatMap(({ recipe }) => namesIn(recipe));
  }

  /** Preferences held before or after the step by live changes of that kind, in the eyes of one side. */
  #held(side: keyof Sights, kind: string): ReadonlySet<string> {
    const of = (sight: Sight | undefined): readonly string[] =>
      Object.entries(sight?.enrollments ?? {})
        .filter(([key]) => key.startsWith(`${kind} `))
        .flatMap(([, { preferences }]) => preferences);
    return new Set([...of(this.before?.[side]), ...of(this.now?.[side])]);
  }
}
