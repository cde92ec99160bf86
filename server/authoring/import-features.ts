import * as v from "valibot";
import type { PreferenceBranch, PreferenceType, PreferenceValue } from "#recipes/arguments.ts";
import { preferenceBranches, preferenceTypeOf, preferenceValue } from "#recipes/arguments.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { didYouMean } from "#recipes/nearest.ts";
import { pointerTo } from "#recipes/pointer.ts";
import { ImportRefusal } from "./import-finding.ts";
// As Firefox ESR 153 has them: by feature and variable, the preference that Nimbus sets for it, on which
// branch, and of which type. Variables that Firefox reads in any other way are not here.
import table from "./nimbus-features.json" with { type: "json" };

/** A preference that a branch sets. */
export interface PreferenceWish {
  readonly name: string;
  readonly branch: PreferenceBranch;
  readonly type: PreferenceType;
  readonly value: PreferenceValue;
  /** JSON Pointer into the item. */
  readonly at: string;
}

type Path = readonly (string | number)[];

/** By feature, then variable: type, branch and name of the preference. */
const features: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = table;

/** The feature whose value names preferences itself. */
const prefFlips = "prefFlips";
const flips = v.record(
  v.string(),
  v.object({ branch: v.picklist(preferenceBranches), value: v.unknown() }),
);

/**
 * What a feature's value sets, where all of it are preferences.
 *
 * @param path - of the feature in its item
 * @throws ImportRefusal `import/unknown-feature`, `import/no-value`
 */
export function wishesOf(
  { featureId, value }: { readonly featureId: string; readonly value: unknown },
  path: Path,
): readonly PreferenceWish[] {
  if (!isObject(value))
    throw new ImportRefusal("import/no-value", "expected an object", pointerTo([...path, "value"]));
  return featureId === prefFlips
    ? flippedBy(value, [...path, "value", "prefs"])
    : setBy(featureId, value, path);
}

function flippedBy(value: object, path: Path): readonly PreferenceWish[] {
  const parsed = v.safeParse(flips, memberOf(value, "prefs"));
  if (!parsed.success)
    throw new ImportRefusal(
      "import/no-value",
      "expected preferences with branch and value",
      pointerTo(path),
    );
  return Object.entries(parsed.output).map(([name, flip]) =>
    wish({ name, branch: flip.branch }, flip.value, [...path, name, "value"]),
  );
}

function setBy(featureId: string, value: object, path: Path): readonly PreferenceWish[] {
  const feature = Object.hasOwn(features, featureId) ? features[featureId] : undefined;
  if (feature === undefined)
    throw new ImportRefusal(
      "import/unknown-feature",
      `nothing is known of preferences that the feature ${featureId} sets${didYouMean(featureId, Object.keys(features))}`,
      pointerTo([...path, "featureId"]),
    );
  return Object.entries(value).map(([variable, said]: [string, unknown]) => {
    const place = [...path, "value", variable];
    const [type, branch, name] = Object.hasOwn(feature, variable) ? (feature[variable] ?? []) : [];
    if (name === undefined)
      throw new ImportRefusal(
        "import/unknown-feature",
        `the feature ${featureId} sets no preference for ${variable}: Firefox asks Nimbus itself for it`,
        pointerTo(place),
      );
    const made = wish({ name, branch: branch === "user" ? "user" : "default" }, said, place);
    if (made.type === type) return made;
    throw new ImportRefusal("import/no-value", `expected a ${String(type)}`, pointerTo(place));
  });
}

function wish(
  { name, branch }: Pick<PreferenceWish, "name" | "branch">,
  said: unknown,
  path: Path,
): PreferenceWish {
  const at = pointerTo(path);
  const parsed = v.safeParse(preferenceValue, said);
  if (parsed.success)
    return { name, branch, type: preferenceTypeOf(parsed.output), value: parsed.output, at };
  const message =
    said === null
      ? `${name} would be cleared, which no recipe does`
      : `${name} has a value that no preference can have`;
  throw new ImportRefusal("import/no-value", message, at);
}
