import * as v from "valibot";

// Everything that recipes can change in a browser, seen at once: whether it is all of one piece.

const addonId = "feature-study@mulberry.example";

/** What a person has before anything of ours: preference, default branch, user branch. */
const persons = {
  "browser.sessionhistory.max_entries": { default: 50, user: null },
  "findbar.highlightAll": { default: false, user: null },
  "test.kills.mine": { default: null, user: "mine" },
  "test.kills.nobodys": { default: null, user: null },
} as const;
export const names = Object.keys(persons);

const value = v.nullable(v.union([v.string(), v.number(), v.boolean()]));
export const sight = v.object({
  prefs: v.record(v.string(), v.object({ default: value, user: value })),
  journal: v.record(
    v.string(),
    v.object({ claims: v.array(v.looseObject({ owner: v.string(), slug: v.string() })) }),
  ),
  addons: v.array(v.string()),
  enrollments: v.array(
    v.looseObject({
      kind: v.string(),
      slug: v.string(),
      state: v.string(),
      preferences: v.optional(
        v.record(v.string(), v.looseObject({ value, branchType: v.optional(v.string()) })),
      ),
    }),
  ),
});
export type Sight = v.InferOutput<typeof sight>;

export const readBrowser = `async (names) => {
  const all = Services.prefs;
  const read = (branch, name) => {
    switch (all.getPrefType(name)) {
      case all.PREF_BOOL: return branch.getBoolPref(name);
      case all.PREF_INT: return branch.getIntPref(name);
      case all.PREF_STRING: return branch.getStringPref(name);
      default: return null;
    }
  };
  const defaults = all.getDefaultBranch("");
  const { AddonManager } = ChromeUtils.importESModule("resource://gre/modules/AddonManager.sys.mjs");
  const addons = await AddonManager.getAddonsByTypes(["extension"]);
  const records = "extensions.mulberry.journal.";
  return {
    prefs: Object.fromEntries(names.map((name) => [name, {
      default: all.prefHasDefaultValue(name) ? read(defaults, name) : null,
      user: all.prefHasUserValue(name) ? read(all, name) : null,
    }])),
    journal: Object.fromEntries(all.getChildList(records).map((name) =>
      [name.slice(records.length), JSON.parse(all.getStringPref(name))])),
    addons: addons.filter((one) => one.id.endsWith("-study@mulberry.example")).map(({ id }) => id),
  };
}`;

export const isLive = ({ state }: { readonly state: string }): boolean => state === "active";

/** Everything in which preferences, undo records, enrolments and add-ons disagree. */
export function faults({ prefs, journal, addons, enrollments }: Sight): readonly string[] {
  const live = enrollments.filter(isLive);
  const wanted = new Map<string, unknown>();
  const owners = new Set<string>();
  for (const { kind, slug, preferences = {} } of live)
    for (const [name, held] of Object.entries(preferences)) {
      const owner = kind === "preference-rollout" ? "rollout" : "study";
      owners.add(`${name} ${owner} ${slug}`);
      wanted.set(`${name} ${held.branchType ?? "default"}`, held.value);
    }
  const claimed = Object.entries(journal).flatMap(([name, { claims }]) =>
    claims.map(({ owner, slug }) => `${name} ${owner} ${slug}`),
  );
  const found: string[] = [
    ...claimed.filter((claim) => !owners.has(claim)).map((claim) => `undo record only: ${claim}`),
    ...[...owners].filter((o) => !claimed.includes(o)).map((owner) => `no undo record: ${owner}`),
  ];
  for (const [name, branches] of Object.entries(persons))
    for (const branch of ["default", "user"] as const) {
      const key = `${name} ${branch}`;
      const right = wanted.has(key) ? wanted.get(key) : branches[branch];
      const is = prefs[name]?.[branch];
      if (is !== right) found.push(`${key} is ${String(is)}, not ${String(right)}`);
    }
  const hasStudy = live.some(({ kind }) => kind === "addon-study");
  if (hasStudy !== addons.includes(addonId)) found.push(`add-on: ${String(!hasStudy)}`);
  const half = enrollments.filter((one) => one.state === "installing");
  return [...found, ...half.map(({ slug }) => `half enrolled: ${slug}`)];
}
