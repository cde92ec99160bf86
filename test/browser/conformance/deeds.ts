import * as by from "#kit/conformance/by-hand.ts";
import type { Deed } from "#kit/conformance/compare.ts";
import { asPublished, namesIn, slugIn } from "#kit/conformance/publish.ts";
import type { Scene } from "#kit/conformance/scene.ts";
import type { NormandyRecipe, Sighted } from "#kit/conformance/history.ts";
import { isDenied } from "#recipes/denied.ts";
import { RecipeError } from "#recipes/errors.ts";
import { parseRecipe } from "#recipes/parse.ts";

// What we do otherwise than Firefox's modules, on purpose.

const { aHistory, run, study, rollout, rollback, toBe } = by;

/** A slug in Firefox's own list of rollouts that are over; the list is compiled in. */
const overForMozilla = "bug-1703186-rollout-http3-support-release-88-89";

export const deeds: readonly Deed[] = [
  {
    id: "owners",
    why: "A preference has owners in the order browser, rollout, study, person; Firefox lets a rollout and a study on one preference overwrite each other.",
    covers: ({ subject }, scene) => {
      if (subject.kind === "value") return scene.shared.has(subject.name);
      const slug = scene.slugOf(subject);
      return slug !== undefined && [...scene.namesOf(slug)].some((name) => scene.shared.has(name));
    },
    shownBy: aHistory({ count: 1 }, run(study({ count: toBe(2) }), rollout({ count: 3 }))),
  },
  {
    id: "signature-first",
    why: "A bad signature dominates: of a body that nobody signed not even the mistakes count.",
    covers: ({ subject }, scene) =>
      concerns(
        scene,
        subject,
        ({ recipe, standing }) =>
          standing === "SIGNATURE_ERROR" && scene.now?.theirs.refused.includes(recipe.id) === true,
      ),
    shownBy: aHistory(
      { count: 1 },
      run(study({ count: toBe(2) })),
      run(by.as("SIGNATURE_ERROR", study({}, { branches: 7 }))),
    ),
  },
  {
    id: "did-reset-value",
    why: "`didResetValue` is false where the person's own value was left, as Normandy's document says; its code always says true.",
    covers: ({ subject, theirs, ours }, scene) => {
      if (subject.kind !== "events" || ours === undefined) return false;
      const key = `preference-study ${subject.slug}`;
      const isNew = scene.before?.ours.enrollments[key] === undefined;
      const said = JSON.stringify(ours).replace(
        '"didResetValue":"false"',
        '"didResetValue":"true"',
      );
      return (isNew || scene.overridden.has(key)) && said === JSON.stringify(theirs);
    },
    goesOn: true,
    shownBy: aHistory(
      { count: 1 },
      run(study({ count: toBe(2, "user") })),
      by.set("count", 3),
      run(by.other),
    ),
  },
  {
    id: "told-once",
    why: "A change is told once; where one preference of a study begins with another's name, Firefox tells it for both, at each change.",
    covers: ({ subject, theirs, ours }, scene) =>
      subject.kind === "events" &&
      JSON.stringify(textsOf(ours)) ===
        JSON.stringify(withoutEchoes(textsOf(theirs), textsOf(ours), subject.slug, scene)),
    goesOn: true,
    shownBy: aHistory(
      { count: 1, "count.more": 3 },
      run(study({ count: toBe(2), "count.more": toBe(4) })),
      by.set("count.more", 5),
      by.set("count.more", 6),
    ),
  },
  {
    id: "no-addon",
    why: "A branch without an add-on is first-class: Firefox fails at each run to update what is not there.",
    covers: ({ subject, theirs }, scene) =>
      subject.kind === "failure" &&
      theirs === true &&
      concerns(scene, subject, ({ recipe }) => recipe.action === "branched-addon-study"),
    goesOn: true,
    shownBy: aHistory({}, run(by.addonStudy(["control"])), run(by.addonStudy(["control"]))),
  },
  {
    id: "today's-default",
    why: "A study on the user branch that ends reveals the default that the browser is built with today; Firefox keeps the one of the day it began, as a value of the person's.",
    covers: ({ subject, theirs, ours }, { past }) =>
      subject.kind === "value" &&
      subject.branch === "user" &&
      theirs !== null &&
      ours === null &&
      past.some((step) => step.do === "restart" && Object.hasOwn(step.builtIn ?? {}, subject.name)),
    shownBy: aHistory(
      { count: 1 },
      run(study({ count: toBe(2, "user") })),
      by.restart({ builtIn: { count: 5 } }),
      run(by.other),
    ),
  },
  {
    id: "kept-for-the-person",
    why: "Firefox does not save a value of the person's that equals the default. Where ours made it equal, we give it back at the end.",
    covers: ({ subject, theirs, ours }, scene) =>
      subject.kind === "value" &&
      subject.branch === "user" &&
      theirs === null &&
      ours !== null &&
      ours === scene.personsOwn(subject.name) &&
      scene.past.some((step) => step.do === "restart"),
    shownBy: aHistory({ count: [1, 2] }, run(rollout({ count: 2 })), by.restart(), run(rollback())),
  },
  {
    id: "left-alone-once-back",
    why: "A rollout that went back holds nothing: what it leaves out when it says something new is not written, where Firefox writes its old default once more.",
    covers: ({ subject }, scene) =>
      subject.kind === "value" &&
      subject.branch === "default" &&
      scene.step.do === "run" &&
      scene.step.recipes.some(({ recipe }) => {
        const slug = slugIn(recipe) ?? "";
        const before = scene.before?.ours.enrollments[`preference-rollout ${slug}`];
        return (
          recipe.action === "preference-rollout" &&
          (before?.state === "rolled-back" || before?.state === "graduated") &&
          scene.namesOf(slug).has(subject.name) &&
          !namesIn(recipe).includes(subject.name)
        );
      }),
    shownBy: aHistory(
      { count: 1, limit: 10 },
      run(rollout({ count: 2, limit: 20 })),
      run(rollback()),
      by.set("count", 7, "default"),
      run(rollout({ limit: 20 })),
    ),
  },
  {
    id: "every-letter",
    why: "What is set at the start is set as it was written; Firefox loses what is not ASCII.",
    covers: ({ subject, ours }, scene) =>
      scene.past.some((step) => step.do === "restart") &&
      [...scene.written].some((text) => /[^\0-\x7f]/u.test(text)) &&
      (subject.kind === "value"
        ? scene.written.has(String(ours))
        : ours === undefined || subject.kind === "enrollment"),
    shownBy: aHistory({ word: "one" }, run(study({ word: toBe("zwölf €") })), by.restart()),
  },
  {
    id: "mozilla's-own-rollouts",
    why: "Firefox skips rollouts of Mozilla's that it lists as over; we have none of those.",
    covers: ({ subject }, scene) => scene.concerns(subject, overForMozilla),
    shownBy: aHistory({ count: 1 }, run(rollout({ count: 2 }, { slug: overForMozilla }))),
  },
  {
    id: "shapes-hold",
    why: "Arguments have the shape that the schema says; Firefox's reader of schemas knows no patterns, no least lengths and no least numbers.",
    covers: ({ subject }, scene) =>
      concerns(
        scene,
        subject,
        ({ recipe }) =>
          isRefused(recipe) && scene.now?.theirs.refused.includes(recipe.id) === false,
      ),
    shownBy: aHistory({ count: 1 }, run(study({ count: toBe(2) }, { slug: "not a slug" }))),
  },
  {
    id: "said-to-be-meant",
    why: "A set that would end most studies has to say that it means to.",
    covers: (_difference, { step }) => step.do === "run" && step.meant === false,
    shownBy: aHistory({ count: 1 }, run(study({ count: toBe(2) })), {
      do: "run",
      recipes: [],
      meant: false,
    }),
  },
  {
    id: "locked",
    why: "A preference that is locked by policy is left alone, and the recipe told so.",
    covers: ({ subject }, scene) => {
      const slug = scene.slugOf(subject);
      const names = slug === undefined ? [] : [...scene.namesOf(slug)];
      return names.some((name) => scene.history.preferences[name]?.locked === true);
    },
    shownBy: {
      ...aHistory({}, run(study({ count: toBe(2) }))),
      preferences: { count: { default: 1, user: null, locked: true } },
    },
  },
  {
    id: "guards-of-the-browser",
    why: "No recipe sets a preference that guards the browser, nor one whose name is not plain.",
    covers: ({ subject }, scene) =>
      concerns(scene, subject, ({ recipe }) => namesIn(recipe).some((name) => isDenied(name))),
    shownBy: aHistory({ "two words": 1 }, run(study({ "two words": toBe(2) }))),
  },
  {
    id: "studies-off-at-start",
    why: "What the person has switched off while the browser was closed ends at the next start.",
    covers: (_difference, { step }) => step.do === "restart" && step.studiesOff === true,
    shownBy: aHistory({ count: 1 }, run(study({ count: toBe(2) })), {
      do: "restart",
      studiesOff: true,
    }),
  },
  {
    id: "rollouts-can-be-left",
    why: "A person can leave a rollout; Firefox offers that for studies alone.",
    covers: ({ subject }, scene) =>
      scene.step.do === "leave" && scene.concerns(subject, scene.step.slug),
    shownBy: aHistory({ count: 1 }, run(rollout({ count: 2 })), by.leave("rollout")),
  },
];

function textsOf(events: unknown): readonly string[] {
  return Array.isArray(events) ? events.map((one) => JSON.stringify(one)) : [];
}

/** Without what was told before of a preference whose name goes on where another of the study ends. */
function withoutEchoes(
  theirs: readonly string[],
  ours: readonly string[],
  slug: string,
  scene: Scene,
): readonly string[] {
  const names = [...scene.namesOf(slug)];
  const known = scene.before?.ours.enrollments[`preference-study ${slug}`]?.overridden ?? [];
  return theirs.filter((text, index) => {
    const name = /"preferenceName":"(.*)","reason":"observer"/u.exec(text)?.[1];
    if (name === undefined || !names.some((one) => name.startsWith(`${one}.`))) return true;
    return theirs.indexOf(text) === index && (ours.includes(text) || !known.includes(name));
  });
}

/** Whether the subject is a recipe of the last run for which this holds, or what such a recipe names. */
function concerns(
  scene: Scene,
  subject: Parameters<Scene["concerns"]>[0],
  holds: (sighted: Sighted) => boolean,
): boolean {
  if (scene.step.do !== "run") return false;
  return scene.step.recipes.filter(holds).some(({ recipe }) => {
    const slug = slugIn(recipe);
    return slug !== undefined && scene.concerns(subject, slug);
  });
}

/** Whether we do not understand the arguments. */
function isRefused(recipe: NormandyRecipe): boolean {
  try {
    parseRecipe(asPublished({ recipe, standing: "FILTER_MATCH" }));
    return false;
  } catch (error) {
    if (error instanceof RecipeError) return true;
    throw error;
  }
}
