import * as v from "valibot";
import { RecipeError } from "./errors.ts";
import {
  aboveZero,
  atLeastZero,
  day,
  daysSince1970,
  type FilterObjectSpec,
  inputList,
  isSo,
  literal,
  moment,
  number,
  type ObjectContext,
  runsOf,
  spec,
  subfilters,
  text,
  texts,
  version,
  within,
} from "./filter-object-spec.ts";
import { numberLiteral, textList, textLiteral } from "./filter-text.ts";

// Normandy's filter objects: a condition as JSON, for forms and for people who do not write filters.
// Each becomes an expression in parentheses of its own, whatever it is put into.

const orders = {
  equal: "==",
  not_equal: "!=",
  greater_than: ">",
  greater_than_equal: ">=",
  less_than: "<",
  less_than_equal: "<=",
} as const;
const orderNames = Object.keys(orders) as (keyof typeof orders)[];
const platforms = { all_mac: "isMac", all_windows: "isWindows", all_linux: "isLinux" } as const;
const platformNames = Object.keys(platforms) as (keyof typeof platforms)[];
const anyOrAll = v.picklist(["any", "all"]);

/** Of a slug in the list that QA lets in. */
const testers = "extensions.mulberry.testing_for_recipes";

/** Preferences of the new tab page that nobody has changed. */
const pocket1 = {
  type: "and",
  subfilters: [
    {
      type: "or",
      subfilters: ["browser.newtabpage.enabled", "browser.startup.homepage"].map(untouched),
    },
    ...["showSearch", "feeds.topsites", "feeds.section.topstories", "feeds.section.highlights"].map(
      (name) => untouched(`browser.newtabpage.activity-stream.${name}`),
    ),
  ],
};

function untouched(pref: string): object {
  return { type: "preferenceIsUserSet", pref, value: false };
}

/** Every filter object there is, by its `type`. */
export const filterObjects = {
  channel: spec({
    doc: "The update channel is one of these.",
    shape: v.strictObject({ channels: texts }),
    example: { channels: ["release", "esr"] },
    compile: ({ channels }) => `env.channel in ${textList(channels)}`,
  }),
  locale: spec({
    doc: "The interface language is one of these, written in full.",
    shape: v.strictObject({ locales: texts }),
    example: { locales: ["en-US", "de"] },
    compile: ({ locales }) => `env.locale in ${textList(locales)}`,
  }),
  country: spec({
    doc: "The country is one of these, two letters each.",
    shape: v.strictObject({ countries: texts }),
    example: { countries: ["DE", "AT"] },
    compile: ({ countries }) => `env.country in ${textList(countries)}`,
  }),
  platform: spec({
    doc: "The operating system is one of `all_windows`, `all_mac`, `all_linux`.",
    shape: v.strictObject({
      platforms: v.pipe(v.array(v.picklist(platformNames)), v.minLength(1)),
    }),
    example: { platforms: ["all_windows", "all_mac"] },
    compile: (object) => object.platforms.map((name) => `env.os.${platforms[name]}`).join(" || "),
  }),
  version: spec({
    doc: "The browser is of one of these major versions, any update of it and any channel.",
    shape: v.strictObject({
      versions: v.pipe(
        v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(40))),
        v.minLength(1),
      ),
    }),
    example: { versions: [140, 141, 153] },
    compile: ({ versions }) =>
      runsOf(versions)
        .map(([first, last]) => within(`${String(first)}.!`, `${String(last)}.*`))
        .join(" || "),
  }),
  versionRange: spec({
    doc: "The browser is of the first version or a later one, and earlier than the second.",
    shape: v.strictObject({ min_version: version, max_version: version }),
    example: { min_version: "140.0", max_version: "153.0.1" },
    compile: ({ min_version, max_version }) => within(min_version, max_version),
  }),
  dateRange: spec({
    doc: "It is the first moment or later, and before the second, by the server's clock.",
    shape: v.strictObject({ not_before: moment, not_after: moment }),
    example: { not_before: "2026-02-01T00:00:00Z", not_after: "2026-03-01T00:00:00Z" },
    compile: ({ not_before, not_after }) =>
      `env.request_time >= (${textLiteral(not_before)}|date) && env.request_time < (${textLiteral(not_after)}|date)`,
  }),
  profileCreationDate: spec({
    doc: "The profile was made on that day or before (`olderThan`), or after it (`newerThan`, which is also said of a browser that has no `main` ping yet).",
    shape: v.strictObject({ direction: v.picklist(["olderThan", "newerThan"]), date: day }),
    example: { direction: "olderThan", date: "2026-02-01" },
    compile: ({ direction, date }) => {
      const days = String(daysSince1970(date));
      const made = "env.telemetry.main.environment.profile.creationDate";
      return direction === "olderThan"
        ? `${made} <= ${days}`
        : `!env.telemetry.main || ${made} > ${days}`;
    },
  }),
  bucketSample: spec({
    doc: "Those whose inputs (parts of a filter, as `env.userId`) fall into `count` of `total` buckets, from the bucket `start` on.",
    shape: v.strictObject({
      input: texts,
      start: atLeastZero,
      count: atLeastZero,
      total: aboveZero,
    }),
    example: { input: ["env.userId", '"new-tabs"'], start: 0, count: 100, total: 10000 },
    compile: ({ input, start, count, total }) =>
      `${inputList(input)}|bucketSample(${[start, count, total].map(numberLiteral).join(", ")})`,
  }),
  stableSample: spec({
    doc: "That share of all, from 0 to 1, by the inputs (parts of a filter, as `env.userId`).",
    shape: v.strictObject({ input: texts, rate: v.pipe(atLeastZero, v.maxValue(1)) }),
    example: { input: ["env.userId", '"new-tabs"'], rate: 0.1 },
    compile: ({ input, rate }) => `${inputList(input)}|stableSample(${numberLiteral(rate)})`,
  }),
  namespaceSample: spec({
    doc: "So many of ten thousand buckets of a namespace, from the bucket `start` on: changes that share a namespace and no bucket never meet in one browser.",
    shape: v.strictObject({ namespace: text, start: atLeastZero, count: atLeastZero }),
    example: { namespace: "new-tabs-1", start: 0, count: 100 },
    compile: ({ namespace, start, count }) =>
      `[${textLiteral(namespace)}, env.userId]|bucketSample(${numberLiteral(start)}, ${numberLiteral(count)}, 10000)`,
  }),
  preferenceValue: spec({
    doc: "The preference's value compares so with this one: `equal`, `not_equal`, `greater_than`, `greater_than_equal`, `less_than`, `less_than_equal`, or, for texts, `contains`.",
    shape: v.strictObject({
      pref: text,
      value: v.union([v.string(), number, v.boolean()]),
      comparison: v.picklist([...orderNames, "contains"]),
    }),
    example: { pref: "browser.startup.page", value: 3, comparison: "equal" },
    compile: ({ pref, value, comparison }) => {
      const held = `(${textLiteral(pref)}|preferenceValue)`;
      return comparison === "contains"
        ? `${literal(value)} in ${held}`
        : `${held} ${orders[comparison]} ${literal(value)}`;
    },
  }),
  preferenceExists: spec({
    doc: "The preference has a value, or has none.",
    shape: v.strictObject({ pref: text, value: v.boolean() }),
    example: { pref: "browser.startup.page", value: true },
    compile: ({ pref, value }) => isSo(value, `${textLiteral(pref)}|preferenceExists`),
  }),
  preferenceIsUserSet: spec({
    doc: "The person has changed the preference, or has not.",
    shape: v.strictObject({ pref: text, value: v.boolean() }),
    example: { pref: "browser.startup.homepage", value: false },
    compile: ({ pref, value }) => isSo(value, `${textLiteral(pref)}|preferenceIsUserSet`),
  }),
  addonActive: spec({
    doc: "Any or all of these add-ons are there and switched on.",
    shape: v.strictObject({ addons: texts, any_or_all: anyOrAll }),
    example: { addons: ["uBlock0@raymondhill.net"], any_or_all: "any" },
    compile: ({ addons, any_or_all }) =>
      addons.map((id) => `env.addons[${textLiteral(id)}].isActive`).join(joiner[any_or_all]),
  }),
  addonInstalled: spec({
    doc: "Any or all of these add-ons are there, switched on or off.",
    shape: v.strictObject({ addons: texts, any_or_all: anyOrAll }),
    example: { addons: ["uBlock0@raymondhill.net"], any_or_all: "all" },
    compile: ({ addons, any_or_all }) =>
      addons.map((id) => `env.addons[${textLiteral(id)}]`).join(joiner[any_or_all]),
  }),
  windowsBuildNumber: spec({
    doc: "This is Windows, and its build number compares so with this one.",
    shape: v.strictObject({
      value: v.pipe(number, v.safeInteger()),
      comparison: v.picklist(orderNames),
    }),
    example: { value: 15063, comparison: "greater_than_equal" },
    compile: ({ value, comparison }) =>
      `env.os.isWindows && env.os.windowsBuildNumber ${orders[comparison]} ${numberLiteral(value)}`,
  }),
  windowsVersion: spec({
    doc: "This is Windows, of one of these NT versions.",
    shape: v.strictObject({ versions_list: v.pipe(v.array(atLeastZero), v.minLength(1)) }),
    example: { versions_list: [6.1, 10] },
    compile: (object) =>
      `env.os.isWindows && env.os.windowsVersion in [${object.versions_list.map(numberLiteral).join(", ")}]`,
  }),
  negate: spec({
    doc: "Whom the object inside does not let in.",
    shape: v.strictObject({ filter_to_negate: v.unknown() }),
    example: { filter_to_negate: { type: "channel", channels: ["esr"] } },
    compile: ({ filter_to_negate }, { inside }) =>
      `!${inside(filter_to_negate, ["filter_to_negate"])}`,
  }),
  and: spec({
    doc: "Whom every object inside lets in.",
    shape: v.strictObject({ subfilters }),
    example: { subfilters: [{ type: "channel", channels: ["esr"] }] },
    compile: (object, context) => each(object.subfilters, context).join(" && "),
  }),
  or: spec({
    doc: "Whom any object inside lets in.",
    shape: v.strictObject({ subfilters }),
    example: { subfilters: [{ type: "channel", channels: ["esr"] }] },
    compile: (object, context) => each(object.subfilters, context).join(" || "),
  }),
  preset: spec({
    doc: "A condition under a name: `pocket-1`, whose new tab page is as it came.",
    shape: v.strictObject({ name: v.picklist(["pocket-1"]) }),
    example: { name: "pocket-1" },
    compile: (_object, { inside }) => inside(pocket1, []),
  }),
  qaOnly: spec({
    doc: "Browsers whose `extensions.mulberry.testing_for_recipes` names this recipe.",
    shape: v.strictObject({}),
    example: {},
    compile: (_object, { slug }) => {
      if (slug === undefined)
        throw new RecipeError(
          "recipe/missing",
          "only a recipe with a slug can be for testers alone",
        );
      return `${textLiteral(`,${slug},`)} in ("," + (${textLiteral(testers)}|preferenceValue("")) + ",")`;
    },
  }),
  jexl: spec({
    doc: "A filter, as it is; `capabilities` names what a client must know for it beyond what it says itself, `comment` says what it is for.",
    shape: v.strictObject({
      expression: text,
      capabilities: v.optional(v.array(text), []),
      comment: v.optional(v.string(), ""),
    }),
    example: {
      expression: "env.isDefaultBrowser",
      capabilities: [],
      comment: "their main browser",
    },
    // A comment of the language ends at its line, not at a parenthesis.
    compile: ({ expression }) => (expression.includes("#") ? `${expression}\n` : expression),
  }),
} as const satisfies Readonly<Record<string, FilterObjectSpec>>;

export type FilterObjectType = keyof typeof filterObjects;

const joiner = { any: " || ", all: " && " } as const;

function each(values: readonly unknown[], { inside }: ObjectContext): readonly string[] {
  return values.map((value, index) => inside(value, ["subfilters", index]));
}
