import {
  type FileStep,
  type FolderPlan,
  isIdle,
  type MissingStep,
} from "../authoring/folder-plan.ts";
import type { Standing } from "../authoring/shelf.ts";
import { printLine } from "./print.ts";
import { differenceLine } from "./recipe-diff.ts";

/**
 * Prints what a folder comes to, a line for each file and each recipe without one, differences below.
 *
 * @param how.isApproved - whether what is new goes live by this
 */
export function printPlan(plan: FolderPlan, how: { readonly isApproved: boolean }): void {
  for (const step of plan.files) {
    printLine(fileLine(step, how));
    if (step.do === "update")
      for (const change of step.changes) printLine(`    ${differenceLine(change)}`);
  }
  for (const step of plan.missing) printLine(missingLine(step));
  if (isIdle(plan)) printLine("nothing to do");
}

function fileLine(step: FileStep, { isApproved }: { readonly isApproved: boolean }): string {
  const then = isApproved ? "it goes live" : "approval is asked for";
  switch (step.do) {
    case "create":
      return `create   ${step.file}: a new recipe${step.slug === null ? "" : ` (${step.slug})`}; ${then}`;
    case "update":
      return `update   ${step.file}: ${called(step)} gets a new revision; ${then}`;
    case "request":
      return `request  ${step.file}: ${called(step)} says this already; ${then}`;
    case "nothing":
      return `nothing  ${step.file}: ${called(step)} ${standings[step.state](step)}`;
  }
}

function missingLine(step: MissingStep): string {
  return step.do === "disable"
    ? `disable  no file speaks of ${called(step)}, which is live`
    : `keep     no file speaks of ${called(step)}, which ${step.state === "waiting" ? "waits for approval" : "stays live (--disable-missing ends it)"}`;
}

/** Why there is nothing to do for a recipe whose newest revision says what its file says. */
const standings: { readonly [S in Standing]: (of: { readonly id: number }) => string } = {
  live: () => "is live as this",
  waiting: () => "waits for approval as this",
  unasked: ({ id }) => `is there as this: mulberry recipe request ${String(id)}`,
  rejected: ({ id }) =>
    `was rejected as this: change the file, or ask again with "mulberry recipe request ${String(id)}"`,
  withdrawn: ({ id }) =>
    `was withdrawn as this: ask again with "mulberry recipe request ${String(id)}"`,
  stopped: ({ id }) =>
    `was stopped as this: start it again with "mulberry recipe request ${String(id)}"`,
};

/** How a sentence names a recipe. */
export function called({ id, slug }: { readonly id: number; readonly slug: string }): string {
  return `recipe ${String(id)} (${slug})`;
}
