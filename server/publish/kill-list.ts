import type { KillList } from "#recipes/manifest.ts";
import type { StoredKill } from "../store/ports.ts";

/** One thing that clients are to drop. */
export type KillTarget = Pick<StoredKill, "kind" | "value">;

/** What a kill list names, one by one. */
export function targetsOf(kill: KillList): readonly KillTarget[] {
  const named = (kind: StoredKill["kind"], values: readonly string[]): readonly KillTarget[] =>
    [...new Set(values)].map((value) => ({ kind, value }));
  return [
    ...(kill.all ? named("all", [""]) : []),
    ...named("id", kill.ids.map(String)),
    ...named("slug", kill.slugs),
    ...named("pref", kill.prefs),
    ...named("addon", kill.addons),
  ];
}

/** The kill list that names all of these; in one order, whatever theirs is. */
export function killListOf(targets: readonly KillTarget[]): KillList {
  const valuesOf = (kind: StoredKill["kind"]): readonly string[] =>
    targets
      .filter((target) => target.kind === kind)
      .map(({ value }) => value)
      .sort();
  return {
    all: valuesOf("all").length > 0,
    ids: valuesOf("id")
      .map(Number)
      .sort((one, other) => one - other),
    slugs: valuesOf("slug"),
    prefs: valuesOf("pref"),
    addons: valuesOf("addon"),
  };
}

/** A target in the words of whoever names it. */
export function describeTarget({ kind, value }: KillTarget): string {
  switch (kind) {
    case "all":
      return "everything";
    case "id":
      return `recipe ${value}`;
    case "slug":
      return `the slug ${value}`;
    case "pref":
      return `the preference ${value}`;
    case "addon":
      return `the add-on ${value}`;
  }
}
