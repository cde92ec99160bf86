import * as v from "valibot";
import { textList, textLiteral } from "#recipes/filter-text.ts";
import { pointerTo } from "#recipes/pointer.ts";
import { type Imported, type ImportNote, ImportRefusal } from "./import-finding.ts";
import { type PreferenceWish, wishesOf } from "./import-features.ts";
import { translateTargeting } from "./import-targeting.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What is read of an experiment of Nimbus's, as Firefox on the desktop takes it. */
const experimentShape = v.object({
  slug: v.string(),
  appName: v.string(),
  userFacingName: v.string(),
  userFacingDescription: v.string(),
  isEnrollmentPaused: v.boolean(),
  isRollout: v.optional(v.boolean(), false),
  isFirefoxLabsOptIn: v.optional(v.boolean(), false),
  channel: v.optional(v.string(), ""),
  locales: v.optional(v.nullable(v.array(v.string())), null),
  localizations: v.optional(v.unknown()),
  outcomes: v.optional(v.array(v.unknown()), []),
  targeting: v.optional(v.nullable(v.string()), null),
  bucketConfig: v.object({
    randomizationUnit: v.string(),
    namespace: v.string(),
    start: count,
    count,
    total: v.pipe(count, v.minValue(1)),
  }),
  branches: v.pipe(
    v.array(
      v.object({
        slug: v.string(),
        ratio: v.optional(count, 1),
        features: v.optional(v.array(featureShape())),
        feature: v.optional(featureShape()),
      }),
    ),
    v.minLength(1),
  ),
});
type Experiment = v.InferOutput<typeof experimentShape>;

function featureShape(): v.ObjectSchema<
  { readonly featureId: v.StringSchema<undefined>; readonly value: v.UnknownSchema },
  undefined
> {
  return v.object({ featureId: v.string(), value: v.unknown() });
}

/**
 * One experiment or rollout of Nimbus's, where all that its features set are preferences.
 *
 * @param item - a JSON object
 * @throws ImportRefusal `import/*` for what would not be the same experiment any more; RecipeError
 *   `filter/*` for a targeting that cannot be read
 */
export function importNimbus(item: object): Imported {
  const parsed = v.safeParse(experimentShape, item);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
    throw new ImportRefusal(
      "import/unknown-form",
      `this is not Nimbus's: expected ${issue.expected ?? "something else"}`,
      pointerTo(path),
    );
  }
  const experiment = parsed.output;
  refuseOthers(experiment);
  const { filter, notes } = filterOf(experiment);
  const { slug, isRollout, userFacingName } = experiment;
  const name = userFacingName === "" ? slug : userFacingName;
  const said = isRollout ? rollout(experiment) : study(experiment, name);
  return {
    content: { name, ...said, filter_expression: filter },
    notes: [...notes, ...notesOn(experiment)],
    placeOf: (at) => (at.startsWith("/filter_expression") ? "/targeting" : ""),
  };
}

function refuseOthers({ appName, isFirefoxLabsOptIn, localizations, branches }: Experiment): void {
  if (!/^firefox[-_]desktop$/u.test(appName))
    throw new ImportRefusal(
      "import/other-application",
      "it is not for Firefox on the desktop",
      "/appName",
    );
  if (isFirefoxLabsOptIn)
    throw new ImportRefusal(
      "import/firefox-labs",
      "people choose it for themselves in Firefox Labs, which no recipe offers",
      "/isFirefoxLabsOptIn",
    );
  if (localizations !== undefined && localizations !== null)
    throw new ImportRefusal(
      "import/no-value",
      "its values are another text in each language: write one recipe for each",
      "/localizations",
    );
  const heavy = branches.findIndex(({ ratio }) => ratio < 1);
  if (heavy !== -1)
    throw new ImportRefusal(
      "import/no-value",
      "a branch that nobody gets is no branch",
      pointerTo(["branches", heavy, "ratio"]),
    );
}

function study(experiment: Experiment, name: string): object {
  const { slug, isEnrollmentPaused, userFacingDescription: text } = experiment;
  return {
    action: "preference-study",
    arguments: {
      slug,
      userFacingName: name,
      userFacingDescription: text === "" ? name : text,
      isEnrollmentPaused,
      branches: wishes(experiment).map(({ branch, preferences }) => ({
        slug: branch.slug,
        ratio: branch.ratio,
        preferences: Object.fromEntries(
          preferences.map(({ name: preference, type, branch: on, value }) => [
            preference,
            { preferenceType: type, preferenceBranchType: on, preferenceValue: value },
          ]),
        ),
      })),
    },
  };
}

function rollout(experiment: Experiment): object {
  const [only, ...others] = wishes(experiment);
  if (only === undefined || others.length > 0)
    throw new ImportRefusal("import/unknown-form", "a rollout has one branch", "/branches");
  if (experiment.isEnrollmentPaused)
    throw new ImportRefusal(
      "import/paused-rollout",
      "nobody enters it any more; a rollout here has no pause, and would let everybody in",
      "/isEnrollmentPaused",
    );
  const onUser = only.preferences.find(({ branch }) => branch === "user");
  if (onUser !== undefined)
    throw new ImportRefusal(
      "import/user-branch",
      `${onUser.name} would be set as if the person had set it; a rollout here sets defaults, which is something else`,
      onUser.at,
    );
  return {
    action: "preference-rollout",
    arguments: {
      slug: experiment.slug,
      preferences: only.preferences.map(({ name, value }) => ({ preferenceName: name, value })),
    },
  };
}

/** What each branch sets. @throws ImportRefusal `import/unknown-feature`, `import/no-feature`, … */
function wishes({ branches }: Experiment): readonly {
  readonly branch: Experiment["branches"][number];
  readonly preferences: readonly PreferenceWish[];
}[] {
  return branches.map((branch, index) => {
    const { features, feature } = branch;
    const base = ["branches", index] as const;
    const said = (features ?? []).map((one, place) => ({ one, at: [...base, "features", place] }));
    if (features === undefined && feature !== undefined)
      said.push({ one: feature, at: [...base, "feature"] });
    if (said.length === 0)
      throw new ImportRefusal("import/no-feature", "this branch has no feature", pointerTo(base));
    return { branch, preferences: said.flatMap(({ one, at }) => wishesOf(one, at)) };
  });
}

function filterOf({ slug, targeting, bucketConfig, locales, channel }: Experiment): {
  readonly filter: string;
  readonly notes: readonly ImportNote[];
} {
  const { namespace, start, count: buckets, total } = bucketConfig;
  const said = targeting === null ? "" : targeting.trim();
  const translated = said === "" ? undefined : translateTargeting(said, slug);
  const parts = [
    ...(translated === undefined ? [] : [translated.filter]),
    ...(channel === "" ? [] : [`env.channel == ${textLiteral(channel)}`]),
    ...(locales === null ? [] : [`env.locale in ${textList(locales)}`]),
    // Nimbus puts the id before the namespace; Normandy's own namespaces have it behind.
    `[env.userId, ${textLiteral(namespace)}]|bucketSample(${[start, buckets, total].join(", ")})`,
  ];
  return {
    filter: parts.map((part) => `(${part})`).join(" && "),
    notes: translated?.notes ?? [],
  };
}

function notesOn({ isRollout, bucketConfig, outcomes }: Experiment): readonly ImportNote[] {
  return [
    ...(bucketConfig.randomizationUnit === "normandy_id"
      ? []
      : [
          {
            code: "import/bucket-unit",
            at: "/bucketConfig/randomizationUnit",
            message: `buckets were drawn by ${bucketConfig.randomizationUnit} and are drawn by the randomisation id of each profile: the share is the same, the profiles are others`,
          } as const,
        ]),
    ...(isRollout
      ? []
      : [
          {
            code: "import/other-branches",
            at: "/branches",
            message:
              "Nimbus salts the draw of a branch with a word of its own: the shares are the same, a profile may get another branch",
          } as const,
        ]),
    {
      code: "import/other-endings",
      at: "",
      message:
        "Nimbus ends it in a browser whose person changes the preference; here it goes on, and what the person set stays on top",
    },
    ...(outcomes.length === 0
      ? []
      : [
          {
            code: "import/dropped",
            at: "/outcomes",
            message: "outcomes are Mozilla's own analysis",
          } as const,
        ]),
  ];
}
