import * as v from "valibot";
import { isStudy } from "#core/enrollment.ts";
import { noEnrollmentIdMarker } from "#telemetry/events.ts";
import { pointerTo } from "#recipes/pointer.ts";
import { type ExpectationRow, expectation, recipeNamed, type Scene } from "./rows.ts";
import { can, type Eyes, type Told } from "./stage.ts";

// Everything that can be expected. A new expectation is one row; docs/qa.md takes its table from here.

const value = v.nullable(v.union([v.string(), v.number(), v.boolean()]));
const values = v.record(v.string(), value);
const status = v.union([
  v.string(),
  v.strictObject({ status: v.string(), reason: v.nullable(v.string()) }),
]);
const enrollment = v.union([
  v.string(),
  v.null(),
  v.partial(
    v.strictObject({
      state: v.string(),
      branch: v.string(),
      reason: v.string(),
      forced: v.boolean(),
    }),
  ),
]);
const words = v.record(v.string(), v.string());

export const expectations = {
  runner: expectation({
    doc: "How the last run ended: a status, or `{status, reason}`; a `null` reason is none.",
    example: "runner: success",
    shape: status,
    async see(eyes, said) {
      const report = await eyes.report();
      const { runner = null, reason = null } = report ?? {};
      return typeof said === "string" ? runner : { status: runner, reason };
    },
  }),
  recipes: expectation({
    doc: "What the last run reported of recipes, by their names here: a status, or `{status, reason}`; `not-listed` where it reported nothing.",
    example: "recipes: { study: success, rollout: { status: backoff, reason: filter-mismatch } }",
    shape: v.record(v.string(), status),
    check: recipesAreKnown,
    async see(eyes, said, scene) {
      const report = await eyes.report();
      const told = await eyes.told();
      return Object.fromEntries(
        Object.entries(said).map(([name, wanted]): [string, unknown] => {
          const { id } = recipeNamed(scene, name, "");
          const seen = report?.recipes[String(id)] ?? "not-listed";
          if (typeof wanted === "string") return [name, seen];
          return [name, { status: seen, reason: reasonOf(told, `normandy/recipe/${String(id)}`) }];
        }),
      );
    },
  }),
  events: expectation({
    doc: "Every event of category `normandy` since events were last looked at, in order: the method with the slug, and as many extras as are named.",
    example: "events: [{ enroll: tab-study, branch: treatment }]",
    shape: v.array(words),
    async see(eyes, said, scene) {
      const all = (await eyes.told()).filter(({ category }) => category === "normandy");
      const fresh = all.slice(scene.looked.events);
      return fresh.map((event, index) => asSaid(event, said[index] ?? {}));
    },
  }),
  enrollments: expectation({
    doc: "Enrolments by slug: a state (`active`, `ended`, `rolled-back`, `graduated`, `opted-out`), or as many of `state`, `branch`, `reason` (of the end) and `forced` as are named; `null`: never enrolled.",
    example: "enrollments: { tab-study: { state: active, branch: treatment } }",
    shape: v.record(v.string(), enrollment),
    async see(eyes, said) {
      const all = await eyes.enrollments();
      return Object.fromEntries(
        Object.entries(said).map(([slug, wanted]): [string, unknown] => {
          const found = all.find((one) => one.slug === slug);
          if (found === undefined) return [slug, null];
          if (typeof wanted !== "object" || wanted === null) return [slug, found.state];
          const whole = {
            state: found.state,
            branch: isStudy(found) ? found.branch : null,
            reason: found.endReason ?? null,
            forced: isStudy(found) && found.forced === true,
          };
          return [slug, only(whole, wanted)];
        }),
      );
    },
  }),
  preferences: expectation({
    doc: "Preferences as they are in force; `null` is nothing.",
    example: "preferences: { browser.tabs.warnOnOpen: false }",
    shape: values,
    names: Object.keys,
    see: (eyes, said) => each(said, (name) => eyes.preference(name)),
  }),
  defaults: expectation({
    doc: "The same on the default branch.",
    example: "defaults: { browser.tabs.warnOnOpen: true }",
    shape: values,
    needs: "branches",
    names: Object.keys,
    see: (eyes, said) => each(said, async (name) => (await can(eyes, "branches")(name)).default),
  }),
  own: expectation({
    doc: "The same on the user branch: the person's own values, and those of studies on that branch.",
    example: "own: { browser.tabs.warnOnOpen: null }",
    shape: values,
    needs: "branches",
    names: Object.keys,
    see: (eyes, said) => each(said, async (name) => (await can(eyes, "branches")(name)).user),
  }),
  records: expectation({
    doc: "The preferences that have an undo record, all of them, in the order of the alphabet.",
    example: "records: []",
    shape: v.array(v.string()),
    expected: (said) => said.toSorted(),
    see: async (eyes) => (await eyes.records()).toSorted(),
  }),
  addons: expectation({
    doc: "Versions of installed add-ons by id; `null` is none.",
    example: "addons: { feature-study@mulberry.example: 1.0.0 }",
    shape: v.record(v.string(), v.nullable(v.string())),
    needs: "addons",
    async see(eyes, said) {
      const installed = await can(eyes, "addons")();
      return Object.fromEntries(Object.keys(said).map((id) => [id, installed[id] ?? null]));
    },
  }),
  ids: expectation({
    doc: "Enrolment ids by slug: `new` (not seen before), `same` (as when ids were last looked at), `filler` (telemetry is off).",
    example: "ids: { tab-study: new }",
    shape: v.record(v.string(), v.picklist(["new", "same", "filler"])),
    async see(eyes, said, scene) {
      const all = await eyes.enrollments();
      return Object.fromEntries(
        Object.keys(said).map((slug) => {
          const id = all.find((one) => one.slug === slug)?.enrollmentId;
          return [slug, id === undefined ? null : ageOf(id, scene.ids.get(slug))];
        }),
      );
    },
  }),
  requests: expectation({
    doc: "Whether anything was asked of the server since requests were last looked at, pings left out.",
    example: "requests: false",
    shape: v.boolean(),
    async see(eyes, _said, scene) {
      const fresh = (await eyes.requests()).slice(scene.looked.requests);
      return fresh.some((request) => request.startsWith("GET "));
    },
  }),
} as const satisfies Readonly<Record<string, ExpectationRow>>;

/** Remembers what was looked at, once all of an `expect` has come true. */
export async function remember(
  names: readonly string[],
  eyes: Eyes,
  scene: Scene,
  eventsSeen: number,
): Promise<void> {
  if (names.includes("events")) scene.looked.events += eventsSeen;
  if (names.includes("requests")) scene.looked.requests = (await eyes.requests()).length;
  if (names.includes("ids"))
    for (const { slug, enrollmentId } of await eyes.enrollments())
      if (enrollmentId !== noEnrollmentIdMarker) scene.ids.set(slug, enrollmentId);
}

function recipesAreKnown(said: Readonly<Record<string, unknown>>, scene: Scene): void {
  for (const name of Object.keys(said)) recipeNamed(scene, name, pointerTo([name]));
}

async function each(
  said: Readonly<Record<string, unknown>>,
  see: (name: string) => Promise<unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  const seen: Record<string, unknown> = {};
  for (const name of Object.keys(said)) seen[name] = await see(name);
  return seen;
}

/** The reason beside the latest status of a source. */
function reasonOf(told: readonly Told[], source: string): string | null {
  const found = told.findLast(({ extra }) => extra["source"] === source);
  return found?.extra["reason"] ?? null;
}

/** An event in the words in which it is expected: all of them where it is another one. */
function asSaid(
  { method, value: slug, extra }: Told,
  wanted: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { enrollmentId: _random, ...whole } = { ...extra, [method]: slug ?? "" };
  return Object.hasOwn(wanted, method) ? only(whole, wanted) : whole;
}

/** The members of `whole` that `wanted` names. */
function only<T extends Readonly<Record<string, unknown>>>(whole: T, wanted: object): T {
  return Object.fromEntries(
    Object.entries(whole).filter(([key]) => Object.hasOwn(wanted, key)),
  ) as T;
}

function ageOf(id: string, before: string | undefined): "new" | "same" | "filler" {
  if (id === noEnrollmentIdMarker) return "filler";
  return id === before ? "same" : "new";
}
