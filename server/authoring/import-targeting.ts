import { isTargetingName } from "#recipes/attributes.ts";
import { parseFilter } from "#recipes/filter.ts";
import type { FilterNode, FilterOperand } from "#recipes/filter-tree.ts";
import { writeFilter } from "#recipes/filter-write.ts";
import { type ImportNote, ImportRefusal } from "./import-finding.ts";

// Nimbus has the same filter language over other names: those stand alone, and belong to Firefox's
// own targeting. Here are the ones that mean exactly what a name of ours means.

const names: Readonly<Record<string, string>> = {
  version: "env.version",
  channel: "env.channel",
  "browserSettings.update.channel": "env.channel",
  locale: "env.locale",
  userId: "env.userId",
  os: "env.os",
  platformName: "ctx.platform",
  isDefaultBrowser: "env.isDefaultBrowser",
  usesFirefoxSync: "env.syncSetup",
  "sync.desktopDevices": "env.syncDesktopDevices",
  "sync.mobileDevices": "env.syncMobileDevices",
  "sync.totalDevices": "env.syncTotalDevices",
  "addonsInfo.addons": "env.addons",
  currentDate: "env.request_time",
  activeExperiments: "env.experiments.active",
  activeRollouts: "(env.rollouts.pref|keys)",
};

/** What Nimbus and Normandy both say of one add-on. */
const addonMembers: readonly string[] = ["name", "type", "version"];

const notes: Readonly<Record<string, Omit<ImportNote, "at">>> = {
  currentDate: {
    code: "import/clock",
    message: "currentDate was the browser's clock, and is the server's now",
  },
  activeExperiments: {
    code: "import/dropped",
    message: "activeExperiments are the studies of this server: those of Nimbus are not among them",
  },
  activeRollouts: {
    code: "import/dropped",
    message: "activeRollouts are the rollouts of this server: those of Nimbus are not among them",
  },
};

/**
 * A targeting expression as a filter of ours.
 *
 * @param slug - of the experiment
 * @throws ImportRefusal `import/unknown-name` for a name that no browser of ours knows;
 *   RecipeError `filter/*`
 */
export function translateTargeting(
  expression: string,
  slug: string,
): { readonly filter: string; readonly notes: readonly ImportNote[] } {
  const used = new Set<string>();
  const renamed = (node: FilterNode): FilterNode => {
    const path = pathOf(node);
    if (path === "experiment.slug") return { type: "Literal", value: slug };
    const ours = path === undefined ? undefined : nameFor(path);
    if (path !== undefined && ours !== undefined) {
      used.add(path);
      return parseFilter(ours);
    }
    refuseAddonMember(node);
    if (node.type === "Identifier" && node.from === undefined && node.relative !== true)
      throw unknownName(node.value);
    if (node.type === "Identifier" && node.from !== undefined) {
      // A path none of whose beginnings is known is refused whole, which tells its author more.
      if (path !== undefined && !beginnings(path).some((one) => nameFor(one) !== undefined))
        throw unknownName(path);
      return { ...node, from: renamed(node.from) };
    }
    return withChildren(node, renamed);
  };
  const filter = writeFilter(renamed(parseFilter(expression)));
  return {
    filter,
    notes: [...used].flatMap((name) => {
      const note = notes[name];
      return note === undefined ? [] : [{ ...note, at: "/targeting" }];
    }),
  };
}

function nameFor(path: string): string | undefined {
  if (Object.hasOwn(names, path)) return names[path];
  return isTargetingName(path) ? `ctx.${path}` : undefined;
}

function beginnings(path: string): readonly string[] {
  const words = path.split(".");
  return words.map((_, index) => words.slice(0, index + 1).join("."));
}

/** `a.b.c`, where a node is nothing else. */
function pathOf(node: FilterNode): string | undefined {
  if (node.type !== "Identifier" || node.relative === true) return undefined;
  if (node.from === undefined) return node.value;
  const owner = pathOf(node.from);
  return owner === undefined ? undefined : `${owner}.${node.value}`;
}

function refuseAddonMember(node: FilterNode): void {
  if (node.type !== "Identifier" || node.from?.type !== "FilterExpression") return;
  const { subject } = node.from;
  const isAddon =
    subject !== null && subject !== undefined && pathOf(subject) === "addonsInfo.addons";
  if (isAddon && !addonMembers.includes(node.value))
    throw unknownName(`addonsInfo.addons[…].${node.value}`);
}

/** A node with what is directly below it changed. */
function withChildren(node: FilterNode, changed: (node: FilterNode) => FilterNode): FilterNode {
  const change = (operand: FilterOperand): FilterOperand =>
    operand === null || operand === undefined ? operand : changed(operand);
  switch (node.type) {
    case "Literal":
    case "Identifier":
      return node;
    case "BinaryExpression":
      return { ...node, left: change(node.left), right: change(node.right) };
    case "UnaryExpression":
      return { ...node, right: change(node.right) };
    case "ConditionalExpression":
      return {
        ...node,
        test: change(node.test),
        consequent: change(node.consequent),
        alternate: change(node.alternate),
      };
    case "FilterExpression":
      return { ...node, subject: change(node.subject), expr: change(node.expr) };
    case "Transform":
      return { ...node, subject: change(node.subject), args: node.args.map(change) };
    case "ArrayLiteral":
      return { ...node, value: node.value.map(changed) };
    case "ObjectLiteral":
      return {
        ...node,
        value: Object.fromEntries(
          Object.entries(node.value).map(([key, value]) => [key, change(value)]),
        ),
      };
  }
}

function unknownName(name: string): ImportRefusal {
  return new ImportRefusal(
    "import/unknown-name",
    `no browser here knows ${name}, and without it the experiment would reach others: write the filter by hand`,
    "/targeting",
  );
}
