// Recipes as Normandy's API gave them, and experiments as Nimbus publishes them: the forms are theirs, the
// values are ours.

/** A recipe of Normandy's version 1, as its signed list holds it. */
export function aNormandyRecipe(change: object = {}): object {
  return {
    id: 743,
    name: "Pref-flip: warn of slow start-up",
    enabled: true,
    is_approved: true,
    revision_id: "4711",
    latest_revision_id: "4711",
    approved_revision_id: "4711",
    action: "multi-preference-experiment",
    arguments: {
      slug: "slow-startup-warning-2026",
      userFacingName: "Slow start-up",
      userFacingDescription: "This study says when the browser starts slowly.",
      experimentDocumentUrl: "https://experiments.example/slow-startup",
      isHighPopulation: false,
      isEnrollmentPaused: false,
      branches: [
        { slug: "control", ratio: 50, preferences: {} },
        {
          slug: "warn",
          ratio: 50,
          preferences: {
            "browser.slowStartup.notificationDisabled": {
              preferenceType: "boolean",
              preferenceBranchType: "default",
              preferenceValue: false,
            },
          },
        },
      ],
    },
    filter_expression:
      '(normandy.channel in ["release","esr"]) && (["slow-startup",normandy.userId]|bucketSample(0,5000,10000))',
    capabilities: ["action.multi-preference-experiment", "capabilities-v1"],
    identicon_seed: "v1:abc",
    ...change,
  };
}

/** The same beside its signature. */
export function signed(recipe: object): object {
  return {
    signature: {
      timestamp: "2026-01-01T00:00:00Z",
      signature: "AAAA",
      x5u: "https://signer.example/chain.pem",
      public_key: "AAAA",
    },
    recipe,
  };
}

/** A recipe of version 3, from the members of one of version 1. */
export function inVersion3(recipe: object, change: object = {}): object {
  const { id, action, ...members } = recipe as { readonly id: number; readonly action: string };
  const revision = {
    ...members,
    id: 5000 + id,
    action: { id: 7, name: action, arguments_schema: {} },
    filter_object: [],
    extra_filter_expression: "true",
    comment: "first",
    enabled: true,
    ...change,
  };
  return { id, approved_revision: revision, latest_revision: revision, signature: null };
}

/** An experiment of Nimbus's whose feature sets one preference. */
export function anExperiment(change: object = {}): object {
  return {
    schemaVersion: "1.12.0",
    slug: "gc-parallel-marking-2026",
    id: "gc-parallel-marking-2026",
    arguments: {},
    application: "firefox-desktop",
    appName: "firefox_desktop",
    appId: "firefox-desktop",
    channel: "",
    userFacingName: "Marking in parallel",
    userFacingDescription: "This study looks for a quicker way to free memory.",
    isEnrollmentPaused: false,
    isRollout: false,
    bucketConfig: {
      randomizationUnit: "normandy_id",
      namespace: "firefox-desktop-gc-release-1",
      start: 2000,
      count: 3000,
      total: 10000,
    },
    featureIds: ["gc"],
    probeSets: [],
    outcomes: [],
    branches: [
      { slug: "control", ratio: 1, features: [{ featureId: "gc", value: {} }] },
      {
        slug: "treatment",
        ratio: 3,
        features: [{ featureId: "gc", value: { gc_parallel_marking: true } }],
      },
    ],
    targeting:
      "(browserSettings.update.channel == \"release\") && (version|versionCompare('115.!') >= 0) && (locale in ['de', 'en-US'] || region == \"AT\") && !os.isMac && 'app.update.auto'|preferenceValue(true)",
    startDate: null,
    enrollmentEndDate: null,
    endDate: null,
    proposedDuration: 28,
    proposedEnrollment: 7,
    referenceBranch: "control",
    featureValidationOptOut: false,
    localizations: null,
    locales: null,
    publishedDate: "2026-01-01T00:00:00Z",
    ...change,
  };
}
