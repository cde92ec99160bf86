import * as v from "valibot";

// What each action may be told. The keys of `argumentShapes` define ActionName: an action that is
// not here cannot be parsed, published, verified or run. Shapes and defaults are Normandy's.

export const experimentSlug = v.pipe(v.string(), v.minLength(1), v.regex(/^[A-Za-z0-9\-_]+$/u));
const rolloutSlug = v.pipe(v.string(), v.minLength(1), v.regex(/^[a-z0-9\-_]+$/u));
export const text = v.pipe(v.string(), v.minLength(1));
export const ratio = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
export const preferenceName = v.pipe(v.string(), v.minLength(1), v.maxLength(255));
/** Firefox keeps integers of 32 bits; a float has no place in a preference. */
const preferenceInteger = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(-(2 ** 31)),
  v.maxValue(2 ** 31 - 1),
);
export const preferenceValue = v.union([v.string(), preferenceInteger, v.boolean()]);
export const preferenceType = v.picklist(["string", "integer", "boolean"]);
/** Any text: Normandy tells of a branch that is none in an event, so that the client has to see it. */
export const preferenceBranchType = v.optional(v.string(), "default");

const studyPreference = v.object({
  preferenceType,
  preferenceBranchType,
  preferenceValue,
});

const extensionApiId = v.pipe(v.number(), v.safeInteger());

/** What a client needs to fetch an add-on; the server writes it in when it publishes. */
export const publishedAddon = v.object({
  url: v.pipe(v.string(), v.url()),
  /** Lower-case hex of the XPI's bytes. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u)),
  /** Exact length of the XPI in bytes. */
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(64 * 1024 * 1024)),
  addon_id: text,
  version: text,
});

/** `https:` and nothing else, without a name or password: a survey leads nowhere that runs as us. */
const webAddress = v.nullable(
  v.pipe(v.string(), v.regex(/^(?:https:\/\/[^\s/?#@\\]+(?:[/?#]\S*)?)?$/iu)),
);

export const argumentShapes = {
  "preference-study": v.object({
    slug: experimentSlug,
    userFacingName: text,
    userFacingDescription: text,
    experimentDocumentUrl: v.optional(v.string(), ""),
    isHighPopulation: v.optional(v.boolean(), false),
    isEnrollmentPaused: v.optional(v.boolean(), true),
    branches: v.pipe(
      v.array(
        v.object({
          slug: experimentSlug,
          ratio,
          preferences: v.record(preferenceName, studyPreference),
        }),
      ),
      v.minLength(1),
    ),
  }),
  "preference-rollout": v.object({
    slug: rolloutSlug,
    preferences: v.pipe(
      v.array(v.object({ preferenceName, value: preferenceValue })),
      v.minLength(1),
    ),
  }),
  "preference-rollback": v.object({ rolloutSlug }),
  "addon-study": v.object({
    slug: text,
    userFacingName: text,
    userFacingDescription: text,
    isEnrollmentPaused: v.optional(v.boolean(), true),
    branches: v.pipe(
      v.array(
        v.object({
          slug: text,
          ratio,
          extensionApiId: v.optional(v.nullable(extensionApiId), null),
          addon: v.optional(publishedAddon),
        }),
      ),
      v.minLength(1),
    ),
  }),
  "addon-rollout": v.object({
    slug: rolloutSlug,
    extensionApiId,
    addon: v.optional(publishedAddon),
  }),
  "addon-rollback": v.object({ rolloutSlug }),
  "show-heartbeat": v.object({
    /** Goes into a ping: short, and on one line. */
    surveyId: v.pipe(v.string(), v.regex(/^\P{Cc}{1,100}$/u)),
    message: text,
    thanksMessage: v.string(),
    /** Opened once the question is answered; `null` or empty for none. */
    postAnswerUrl: webAddress,
    learnMoreMessage: v.nullable(v.string()),
    learnMoreUrl: webAddress,
    repeatOption: v.optional(v.picklist(["once", "xdays", "nag"]), "once"),
    /** Days between two surveys, for `xdays`. */
    repeatEvery: v.optional(v.nullable(v.number()), null),
    /** Whether the randomisation id goes into the ping and the address that is opened. */
    includeTelemetryUUID: v.optional(v.boolean(), false),
    /** A button in place of the stars. */
    engagementButtonLabel: v.optional(v.nullable(v.string()), null),
  }),
  "console-log": v.object({ message: v.optional(v.string(), "") }),
} as const;

/** Every action that a recipe can name. */
export type ActionName = keyof typeof argumentShapes;

/** The arguments of one action, defaults filled in. */
export type ArgumentsOf<N extends ActionName> = v.InferOutput<(typeof argumentShapes)[N]>;

export type PreferenceValue = v.InferOutput<typeof preferenceValue>;
export type PreferenceType = v.InferOutput<typeof preferenceType>;
export const preferenceBranches = ["default", "user"] as const;
export type PreferenceBranch = (typeof preferenceBranches)[number];
export type PublishedAddon = v.InferOutput<typeof publishedAddon>;

export function isPreferenceBranch(name: string): name is PreferenceBranch {
  return preferenceBranches.some((branch) => branch === name);
}

/** Every action name, in the order of the table. */
export const actionNames = Object.keys(argumentShapes) as readonly ActionName[];

/** Whether a name is one of ours; an inherited name such as `constructor` is not. */
export function isActionName(name: string): name is ActionName {
  return Object.hasOwn(argumentShapes, name);
}

/** The type under which a browser keeps this value. */
export function preferenceTypeOf(value: PreferenceValue): PreferenceType {
  if (typeof value === "string") return "string";
  return typeof value === "boolean" ? "boolean" : "integer";
}
