import { actions } from "#actions/index.ts";
import type { Suitability } from "#core/action.ts";
import { apply, type Workbench } from "#core/apply.ts";
import { EnrollmentBook } from "#core/book.ts";
import type { Enrollment } from "#core/enrollment.ts";
import { HeartbeatBook } from "#core/heartbeat.ts";
import { isLive } from "#core/enrollment.ts";
import { overrides } from "#core/overrides.ts";
import type { Ports } from "#core/ports.ts";
import { resume } from "#core/resume.ts";
import { act } from "#core/situation.ts";
import type { PreferenceBranch, PreferenceValue } from "#recipes/arguments.ts";
import type { Recipe } from "#recipes/recipe.ts";
import { NotingRecorder } from "./bench.ts";
import type { World } from "./client.ts";
import { mortal } from "./mortal.ts";
import { Killed } from "./mortality.ts";
import { aPreferenceStudy, aRollback, aRollout, aStudyPreference } from "./recipes.ts";
import { aMatch, aMiss } from "./situation.ts";

// What a preference should hold after anything that can happen, said without the code that makes it
// so: the person above the study above the rollout above the browser.

export const names = ["test.one", "test.two", "test.three"] as const;
/** `test.three` has no default of its own. */
export const builtIn: Readonly<Record<string, PreferenceValue>> = { "test.one": 0, "test.two": 0 };

/** One thing that happens. Numbers choose among what there is, so that any list of them is a history. */
export type Happening =
  | {
      readonly what: "study";
      readonly pick: number;
      readonly value: number;
      readonly branch: PreferenceBranch;
    }
  | { readonly what: "end-study"; readonly pick: number; readonly why: Ending }
  | { readonly what: "rollout"; readonly pick: number; readonly value: number }
  | { readonly what: "rollback"; readonly pick: number }
  | { readonly what: "person"; readonly pick: number; readonly value: number | null }
  | { readonly what: "person-while-off"; readonly pick: number; readonly value: number | null }
  | { readonly what: "restart" };
export type Ending = Extract<
  Suitability,
  "filter-mismatch" | "capabilities-mismatch" | "arguments-invalid"
>;

/** A happening, and the call of the browser amid it at which the browser is killed. */
export interface Step {
  readonly happening: Happening;
  readonly dies?: { readonly call: number; readonly when: "before" | "after" };
}

/** Lives through a history and answers with the first contradiction, or with none. */
export async function contradiction(
  world: World,
  history: readonly Step[],
): Promise<string | undefined> {
  const life = new Life(world);
  await life.begin();
  for (const [index, step] of history.entries()) {
    await life.live(step);
    const found = await life.faults();
    if (found !== undefined) return `step ${String(index)} (${JSON.stringify(step)}): ${found}`;
  }
  return undefined;
}

class Life {
  readonly #world: World;
  #bench: Workbench | undefined;
  #studies = 0;
  /** What the person set, by name; ours never comes in here. */
  readonly #person = new Map<string, PreferenceValue | null>(names.map((name) => [name, null]));
  /** Preferences of studies that the person has changed since, as `slug name`. */
  readonly #touched = new Set<string>();
  /**
   * Preferences that a study found with a value of the person's, and leaves alone until the next
   * start, or until the default is written anyway.
   */
  readonly #leftAlone = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  async begin(): Promise<void> {
    this.#bench = await benchOn(this.#world.ports);
  }

  async live({ happening, dies }: Step): Promise<void> {
    const before = this.#live();
    const rolledOut = names.map((name) => this.#rolledOut(name));
    if (dies === undefined) await this.#happen(happening, this.#world.ports);
    else {
      const { ports } = mortal(this.#world.ports, dies.call, dies.when);
      try {
        this.#bench = await benchOn(ports);
        await this.#happen(happening, ports);
      } catch (error) {
        if (!isDeath(error)) throw error;
      }
      await this.#startAgain();
      return;
    }
    for (const [index, name] of names.entries())
      if (this.#rolledOut(name) !== rolledOut[index])
        for (const key of [...this.#leftAlone])
          if (key.endsWith(` ${name}`)) this.#leftAlone.delete(key);
    for (const one of this.#live())
      if (!before.some(({ slug }) => slug === one.slug) && one.kind === "preference-study")
        for (const [name, { branchType }] of Object.entries(one.preferences))
          if (branchType === "default" && this.#person.get(name) !== null)
            this.#leftAlone.add(`${one.slug} ${name}`);
  }

  /** The first preference that does not hold what the order of its owners gives. */
  async faults(): Promise<string | undefined> {
    const journal = await this.#world.preferences.journal();
    const held = new Set<string>();
    for (const name of names) {
      const study = this.#holder("preference-study", name);
      const rollout = this.#holder("preference-rollout", name);
      const below = this.#rolledOut(name);
      const claim = study?.kind === "preference-study" ? study.preferences[name] : undefined;
      const key = `${study?.slug ?? ""} ${name}`;
      const hasDefault = claim?.branchType === "default" && !this.#leftAlone.has(key);
      const hasUser = claim?.branchType === "user";
      if (claim !== undefined) held.add(`${name} ${study?.slug ?? ""}`);
      if (below !== undefined) held.add(`${name} ${rollout?.slug ?? ""}`);
      const wanted = {
        default: (hasDefault ? claim.value : below) ?? builtIn[name] ?? null,
        user: hasUser && !this.#touched.has(key) ? claim.value : (this.#person.get(name) ?? null),
      };
      const state = this.#world.preferences.stateOf(name);
      // A default of ours where there was none cannot be taken away before the next start.
      const lingers = wanted.default === null && builtIn[name] === undefined;
      if (!lingers && state.default !== wanted.default)
        return `${name} has the default ${String(state.default)}, not ${String(wanted.default)}`;
      if (state.user !== wanted.user)
        return `${name} has the user value ${String(state.user)}, not ${String(wanted.user)}`;
    }
    const recorded = Object.entries(journal).flatMap(([name, { claims }]) =>
      claims.map(({ slug }) => `${name} ${slug}`),
    );
    const orphan = recorded.find((claim) => !held.has(claim));
    if (orphan !== undefined) return `an undo record that nobody stands behind: ${orphan}`;
    const missing = [...held].find((claim) => !recorded.includes(claim));
    return missing === undefined ? undefined : `no undo record for ${missing}`;
  }

  #live(): readonly Enrollment[] {
    return this.#book.all().filter(isLive);
  }

  get #book(): EnrollmentBook {
    if (this.#bench === undefined) throw new Error("the life has not begun");
    return this.#bench.book;
  }

  #holder(kind: Enrollment["kind"], name: string): Enrollment | undefined {
    return this.#live().find(
      (one) => one.kind === kind && "preferences" in one && Object.hasOwn(one.preferences, name),
    );
  }

  #rolledOut(name: string): PreferenceValue | undefined {
    const rollout = this.#holder("preference-rollout", name);
    return rollout?.kind === "preference-rollout" ? rollout.preferences[name]?.value : undefined;
  }

  async #startAgain(): Promise<void> {
    const { ports, preferences, clock } = this.#world;
    preferences.restart(builtIn);
    this.#leftAlone.clear();
    this.#bench = await benchOn(ports);
    await resume(this.#bench, clock.nowMs(), true);
  }

  async #happen(happening: Happening, ports: Ports): Promise<void> {
    const name =
      "pick" in happening ? (names[happening.pick % names.length] ?? names[0]) : names[0];
    switch (happening.what) {
      case "study":
        this.#studies += 1;
        return this.#carryOut(
          aPreferenceStudy({
            id: 100 + this.#studies,
            arguments: {
              slug: `study-${String(this.#studies)}`,
              branches: [
                {
                  slug: "only",
                  ratio: 1,
                  preferences: { [name]: aStudyPreference(happening.value, happening.branch) },
                },
              ],
            },
          }),
          "filter-match",
          ports,
        );
      case "end-study": {
        const studies = this.#live().filter(({ kind }) => kind === "preference-study");
        const study = studies[happening.pick % Math.max(1, studies.length)];
        if (study === undefined) return;
        const recipe = aPreferenceStudy({ id: study.recipeId, arguments: { slug: study.slug } });
        return this.#carryOut(recipe, happening.why, ports);
      }
      case "rollout":
        return this.#carryOut(
          aRollout({
            id: 10 + (happening.pick % names.length),
            arguments: {
              slug: `rollout-${name}`.replaceAll(".", "-"),
              preferences: [{ preferenceName: name, value: happening.value }],
            },
          }),
          "filter-match",
          ports,
        );
      case "rollback":
        return this.#carryOut(
          aRollback({
            id: 20,
            arguments: { rolloutSlug: `rollout-${name}`.replaceAll(".", "-") },
          }),
          "filter-match",
          ports,
        );
      case "person":
        this.#edit(name, happening.value);
        return this.#notice(name);
      case "person-while-off":
        this.#edit(name, happening.value);
        return this.#startAgain();
      case "restart":
        return this.#startAgain();
    }
  }

  #edit(name: string, value: PreferenceValue | null): void {
    const study = this.#holder("preference-study", name);
    const claim = study?.kind === "preference-study" ? study.preferences[name] : undefined;
    this.#world.preferences.setByPerson(name, value);
    const { user, default: byDefault } = this.#world.preferences.stateOf(name);
    const key = `${study?.slug ?? ""} ${name}`;
    // What changes nothing that one could see is no choice against the study.
    if (claim?.branchType === "user" && (user ?? byDefault) !== claim.value) this.#touched.add(key);
    if (claim?.branchType !== "user" || this.#touched.has(key)) this.#person.set(name, value);
  }

  /** As the client does when the browser tells of a change. */
  async #notice(name: string): Promise<void> {
    if (this.#bench === undefined) return;
    for (const one of this.#live())
      if (one.kind === "preference-study" && Object.hasOwn(one.preferences, name)) {
        const states = await this.#bench.ports.preferences.read(Object.keys(one.preferences));
        await apply(overrides(one, states, "observer", [name]), this.#bench);
      }
  }

  async #carryOut(recipe: Recipe, suitability: Suitability, ports: Ports): Promise<void> {
    if (this.#bench === undefined) return;
    const settings = await this.#world.ports.settings.read();
    const world = { actions, settings, ports, bench: this.#bench };
    const { plan } = await act(
      recipe.action,
      suitability === "filter-match" ? aMatch(recipe) : aMiss(suitability, recipe),
      suitability === "filter-match" ? recipe : undefined,
      undefined,
      world,
      this.#world.clock.nowMs(),
    );
    await apply(plan, this.#bench);
  }
}

async function benchOn(ports: Ports): Promise<Workbench> {
  const book = await EnrollmentBook.open(ports.store, ports.log);
  const heartbeats = await HeartbeatBook.open(ports.store);
  return { ports, book, heartbeats, recorder: new NotingRecorder() };
}

/** Also where the death of the browser is the cause that another failure names. */
function isDeath(error: unknown): boolean {
  return error instanceof Killed || (error instanceof Error && error.cause instanceof Killed);
}
