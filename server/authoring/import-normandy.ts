import { canonicalAction } from "#recipes/aliases.ts";
import { isObject, memberOf } from "#recipes/members.ts";
import { pointerTo } from "#recipes/pointer.ts";
import {
  type ExtensionIds,
  type Imported,
  type ImportNote,
  ImportRefusal,
} from "./import-finding.ts";

/**
 * One recipe of Normandy's, in any form in which its API has it: bare, beside its signature, or as
 * version 3 with its revisions. Its identity stays behind: ids, revisions and approval are each server's own.
 *
 * @param item - a JSON object
 * @throws ImportRefusal `import/*`
 */
export function importNormandy(item: object, extensions: ExtensionIds): Imported {
  const { recipe, base, notes } = unwrap(item);
  const action = memberOf(recipe, "action");
  const objects = memberOf(recipe, "filter_object");
  const hasObjects = Array.isArray(objects) && objects.length > 0;
  const said = memberOf(recipe, "arguments");
  const name = memberOf(action, "name") ?? action;
  const content = {
    name: memberOf(recipe, "name"),
    action: name,
    arguments: withOurAddons(name, said, extensions, base),
    // Compiled again from its objects, a filter is right where Normandy's parentheses were not.
    ...(hasObjects
      ? {
          filter_object: objects,
          extra_filter_expression: memberOf(recipe, "extra_filter_expression") ?? "",
        }
      : { filter_expression: memberOf(recipe, "filter_expression") ?? "" }),
    ...capabilitiesOf(recipe),
  };
  return { content, notes, placeOf: (at) => base + at };
}

function unwrap(item: object): {
  readonly recipe: object;
  /** Where it stands in the item. */
  readonly base: string;
  readonly notes: readonly ImportNote[];
} {
  const signed = memberOf(item, "recipe");
  if (isObject(signed)) return { recipe: signed, base: "/recipe", notes: [] };
  const latest = memberOf(item, "latest_revision");
  const approved = memberOf(item, "approved_revision");
  if (isObject(approved)) {
    const isNewest = !isObject(latest) || memberOf(latest, "id") === memberOf(approved, "id");
    const message =
      "there is a newer revision, which nobody has approved: the approved one is taken";
    const at = "/latest_revision";
    return {
      recipe: approved,
      base: "/approved_revision",
      notes: isNewest ? [] : [{ code: "import/newer-revision", at, message }],
    };
  }
  return isObject(latest)
    ? { recipe: latest, base: "/latest_revision", notes: [] }
    : { recipe: item, base: "", notes: [] };
}

/** What a client must know beyond what the recipe shows; what it shows is inferred again. */
function capabilitiesOf(recipe: object): object {
  const extra = memberOf(recipe, "extra_capabilities");
  return Array.isArray(extra) && extra.length > 0 ? { capabilities: extra } : {};
}

/**
 * Add-ons are numbered by each server: a number that was taken over as it is could name another add-on here.
 *
 * @throws ImportRefusal `import/extension-id`
 */
function withOurAddons(
  action: unknown,
  said: unknown,
  extensions: ExtensionIds,
  base: string,
): unknown {
  const isOfAddons =
    typeof action === "string" && /^addon-(?:study|rollout)$/u.test(canonicalAction(action) ?? "");
  if (!isOfAddons || !isObject(said)) return said;
  const ours = (value: object, path: readonly (string | number)[]): object => {
    const theirs = memberOf(value, "extensionApiId");
    if (typeof theirs !== "number") return value;
    const id = extensions.get(String(theirs));
    if (id === undefined)
      throw unknownAddon(String(theirs), base + pointerTo([...path, "extensionApiId"]));
    return { ...value, extensionApiId: id };
  };
  const branches = memberOf(said, "branches");
  if (!Array.isArray(branches)) return ours(said, ["arguments"]);
  return {
    ...said,
    branches: branches.map((branch: unknown, index) =>
      isObject(branch) ? ours(branch, ["arguments", "branches", index]) : branch,
    ),
  };
}

/** Why an item waits for its add-on. */
export function unknownAddon(theirs: string, at: string): ImportRefusal {
  return new ImportRefusal(
    "import/extension-id",
    `add-ons are numbered by each server: add its XPI with "mulberry extension add FILE.xpi" and say --extension ${theirs}=ID`,
    at,
  );
}
