import { parseFilter } from "#recipes/filter.ts";
import type { FilterNode, FilterOperand } from "#recipes/filter-tree.ts";

/** The conditions of a Telemetry Experiment that a filter can come to. */
export interface ManifestConditions {
  readonly appName?: readonly string[];
  readonly channel?: readonly string[];
  readonly os?: readonly string[];
  readonly locale?: readonly string[];
  readonly minVersion?: string;
  readonly maxVersion?: string;
  readonly minBuildID?: string;
  readonly maxBuildID?: string;
  /** A share, from 0 to 1. */
  readonly sample?: number;
  /** Seconds since 1970. */
  readonly startTime?: number;
  readonly endTime?: number;
}

type Condition = {
  [N in keyof ManifestConditions]-?: {
    readonly name: N;
    readonly value: NonNullable<ManifestConditions[N]>;
  };
}[keyof ManifestConditions];

/** What a list or a single text is compared with. */
const lists: Readonly<Record<string, "appName" | "channel" | "locale" | "os">> = {
  "appinfo.name": "appName",
  "appinfo.OS": "os",
  channel: "channel",
  locale: "locale",
};
/** Systems, as Firefox names them. */
const systems: Readonly<Record<string, string>> = {
  "os.isWindows": "WINNT",
  "os.isMac": "Darwin",
  "os.isLinux": "Linux",
};
const versions: readonly string[] = ["version", "appinfo.version"];
const builds: readonly string[] = ["appinfo.platformBuildID", "appinfo.appBuildID"];

/**
 * A filter as conditions of a manifest, all of which must hold.
 *
 * @returns `undefined` for a filter that says anything else, or one thing twice
 */
export function manifestConditions(filter: string): ManifestConditions | undefined {
  if (filter.trim() === "") return {};
  const found: Record<string, unknown> = {};
  for (const part of rowOf("&&", parseFilter(filter))) {
    if (part?.type === "Literal" && part.value === true) continue;
    const condition = conditionIn(part);
    if (condition === undefined || Object.hasOwn(found, condition.name)) return undefined;
    found[condition.name] = condition.value;
  }
  return found;
}

/** The operands of a row of one operator. */
function rowOf(operator: string, node: FilterOperand): readonly FilterOperand[] {
  return node?.type === "BinaryExpression" && node.operator === operator
    ? [...rowOf(operator, node.left), ...rowOf(operator, node.right)]
    : [node];
}

function conditionIn(node: FilterOperand): Condition | undefined {
  const oneOfSystems = systemsIn(node);
  if (oneOfSystems !== undefined) return { name: "os", value: oneOfSystems };
  if (node?.type === "Transform") return sampleIn(node);
  if (node?.type !== "BinaryExpression") return undefined;
  const { operator, left, right } = node;
  const path = pathOf(left);
  if (path !== undefined && Object.hasOwn(lists, path)) {
    const name = lists[path];
    const values =
      operator === "in" ? textsIn(right) : operator === "==" ? single(right) : undefined;
    return name === undefined || values === undefined ? undefined : { name, value: values };
  }
  if (path === "request_time") return timeIn(operator, right);
  if (path !== undefined && builds.includes(path)) return buildIn(operator, right);
  return versionIn(node);
}

function systemsIn(node: FilterOperand): readonly string[] | undefined {
  const names = rowOf("||", node).map((part) => systems[pathOf(part) ?? ""]);
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** A share of all, whichever way it is drawn. */
function sampleIn({
  name,
  args,
}: FilterNode & { readonly type: "Transform" }): Condition | undefined {
  const numbers = args.map((one) => (one?.type === "Literal" ? one.value : undefined));
  const [first, count, total] = numbers;
  if (name === "stableSample" && typeof first === "number") return { name: "sample", value: first };
  const isShare = typeof count === "number" && typeof total === "number" && total > 0;
  return name === "bucketSample" && isShare
    ? { name: "sample", value: Math.min(1, count / total) }
    : undefined;
}

function timeIn(operator: string, right: FilterOperand): Condition | undefined {
  if (right?.type !== "Transform" || right.name !== "date" || right.subject?.type !== "Literal")
    return undefined;
  const ms = new Date(right.subject.value as string | number).getTime();
  if (Number.isNaN(ms)) return undefined;
  if (operator === ">=") return { name: "startTime", value: Math.floor(ms / 1_000) };
  return operator === "<" ? { name: "endTime", value: Math.floor(ms / 1_000) } : undefined;
}

function buildIn(operator: string, right: FilterOperand): Condition | undefined {
  if (right?.type !== "Literal" || typeof right.value !== "string") return undefined;
  if (operator === ">=") return { name: "minBuildID", value: right.value };
  return operator === "<=" ? { name: "maxBuildID", value: right.value } : undefined;
}

/** `env.version|versionCompare("140.0") >= 0`. */
function versionIn({
  operator,
  left,
  right,
}: FilterNode & { readonly type: "BinaryExpression" }): Condition | undefined {
  const isZero = right?.type === "Literal" && right.value === 0;
  if (!isZero || left?.type !== "Transform" || left.name !== "versionCompare") return undefined;
  const [than] = left.args;
  if (!versions.includes(pathOf(left.subject) ?? "") || than?.type !== "Literal") return undefined;
  if (typeof than.value !== "string") return undefined;
  if (operator === ">=") return { name: "minVersion", value: than.value };
  return operator === "<=" ? { name: "maxVersion", value: than.value } : undefined;
}

function textsIn(node: FilterOperand): readonly string[] | undefined {
  if (node?.type !== "ArrayLiteral") return undefined;
  const values = node.value.map((one) => (one.type === "Literal" ? one.value : undefined));
  return values.every((value) => typeof value === "string") ? values : undefined;
}

function single(node: FilterOperand): readonly string[] | undefined {
  return node?.type === "Literal" && typeof node.value === "string" ? [node.value] : undefined;
}

/** `appinfo.name` of `env.appinfo.name`, under either name of the namespace. */
function pathOf(node: FilterOperand): string | undefined {
  if (node?.type !== "Identifier" || node.relative === true || node.from === undefined)
    return undefined;
  const { from } = node;
  const isRoot = from.type === "Identifier" && from.from === undefined;
  if (isRoot && ["env", "normandy"].includes(from.value)) return node.value;
  const owner = pathOf(from);
  return owner === undefined ? undefined : `${owner}.${node.value}`;
}
