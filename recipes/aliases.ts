import * as v from "valibot";
import {
  type ActionName,
  type ArgumentsOf,
  experimentSlug,
  isActionName,
  preferenceBranchType,
  preferenceName,
  preferenceType,
  preferenceValue,
  publishedAddon,
  ratio,
  text,
} from "./arguments.ts";

// Normandy's names for our actions. Two of them carry arguments of an older form, which is checked
// as it was written, so that a finding points to the author's own text, and then rewritten.

/** Every name that Normandy gives to one of our actions. */
export const aliases = {
  "multi-preference-experiment": "preference-study",
  "preference-experiment": "preference-study",
  "single-preference-experiment": "preference-study",
  "branched-addon-study": "addon-study",
  "opt-out-study": "addon-study",
} as const satisfies Readonly<Record<string, ActionName>>;

/** The branch of a study that is older than branches; Normandy's marker. */
export const noBranchesMarker = "__NO_BRANCHES__";

/** Our name of an action, or `undefined` when neither we nor Normandy know it. */
export function canonicalAction(name: string): ActionName | undefined {
  if (isActionName(name)) return name;
  return isAlias(name) ? aliases[name] : undefined;
}

function isAlias(name: string): name is keyof typeof aliases {
  return Object.hasOwn(aliases, name);
}

/** A capability under our name of the action: `action.opt-out-study` asks for `action.addon-study`. */
export function canonicalCapability(capability: string): string {
  const [, action] = /^action\.(.+)$/u.exec(capability) ?? [];
  return action === undefined ? capability : `action.${canonicalAction(action) ?? action}`;
}

/** Arguments of an older form: how they are checked, and what they mean today. */
export interface LegacyForm {
  /** The canonical arguments, or the issues found in the author's own text. */
  read(raw: unknown, recipeName: string): LegacyReading;
  /** From a place in the canonical arguments to the place in the older form. */
  place(path: readonly (string | number)[]): readonly (string | number)[];
}

export type LegacyReading =
  | { readonly arguments: ArgumentsOf<ActionName> }
  | { readonly issues: readonly v.BaseIssue<unknown>[] };

const onePreferenceStudy = v.object({
  slug: experimentSlug,
  userFacingName: v.optional(text),
  userFacingDescription: v.optional(text),
  experimentDocumentUrl: v.optional(v.string(), ""),
  preferenceName,
  preferenceType,
  preferenceBranchType,
  isHighPopulation: v.optional(v.boolean(), false),
  isEnrollmentPaused: v.optional(v.boolean(), true),
  branches: v.pipe(
    v.array(v.object({ slug: experimentSlug, ratio, value: preferenceValue })),
    v.minLength(1),
  ),
});

const onePreferenceForm: LegacyForm = {
  read(raw, recipeName) {
    const parsed = v.safeParse(onePreferenceStudy, raw);
    if (!parsed.success) return { issues: parsed.issues };
    const { branches, preferenceName: name, ...study } = parsed.output;
    const { preferenceType: type, preferenceBranchType: branchType, ...rest } = study;
    const canonical: ArgumentsOf<"preference-study"> = {
      ...rest,
      userFacingName: rest.userFacingName ?? rest.slug,
      userFacingDescription: rest.userFacingDescription ?? (recipeName || rest.slug),
      branches: branches.map(({ value, ...branch }) => ({
        ...branch,
        preferences: {
          [name]: {
            preferenceType: type,
            preferenceBranchType: branchType,
            preferenceValue: value,
          },
        },
      })),
    };
    return { arguments: canonical };
  },
  place(path) {
    const [list, index, member] = path;
    return list === "branches" && index !== undefined && member === "preferences"
      ? [list, index, "value"]
      : path;
  },
};

const unbranchedAddonStudy = v.object({
  name: text,
  description: text,
  addonUrl: v.pipe(v.string(), v.url()),
  // Required, as in the browser's own schema: null would mean a branch without an add-on.
  extensionApiId: v.pipe(v.number(), v.safeInteger()),
  isEnrollmentPaused: v.optional(v.boolean(), true),
  addon: v.optional(publishedAddon),
});

const unbranchedAddonForm: LegacyForm = {
  read(raw) {
    const parsed = v.safeParse(unbranchedAddonStudy, raw);
    if (!parsed.success) return { issues: parsed.issues };
    const { name, description, extensionApiId, isEnrollmentPaused, addon } = parsed.output;
    const canonical: ArgumentsOf<"addon-study"> = {
      slug: name,
      userFacingName: name,
      userFacingDescription: description,
      isEnrollmentPaused,
      branches: [
        {
          slug: noBranchesMarker,
          ratio: 1,
          extensionApiId,
          ...(addon === undefined ? {} : { addon }),
        },
      ],
    };
    return { arguments: canonical };
  },
  place: (path) => path,
};

const legacyForms = {
  "preference-experiment": onePreferenceForm,
  "single-preference-experiment": onePreferenceForm,
  "opt-out-study": unbranchedAddonForm,
} as const satisfies { readonly [N in keyof typeof aliases]?: LegacyForm };

/** The older form of arguments that goes with this name, or `undefined` when they are as today. */
export function legacyFormOf(name: string): LegacyForm | undefined {
  return hasLegacyForm(name) ? legacyForms[name] : undefined;
}

function hasLegacyForm(name: string): name is keyof typeof legacyForms {
  return Object.hasOwn(legacyForms, name);
}

const legacyShapes = {
  "preference-experiment": onePreferenceStudy,
  "single-preference-experiment": onePreferenceStudy,
  "opt-out-study": unbranchedAddonStudy,
} as const satisfies Readonly<Record<keyof typeof legacyForms, v.GenericSchema>>;

/** The shape of those arguments, for who looks for members that it does not have. */
export function legacyShapeOf(name: string): v.GenericSchema | undefined {
  return hasLegacyForm(name) ? legacyShapes[name] : undefined;
}
