import type { ExplainedPart } from "#recipes/filter-explain.ts";

/** Whether the whole of a filter lets the browser in. */
export function isMatch([whole]: readonly ExplainedPart[]): boolean {
  return whole !== undefined && "value" in whole.outcome && Boolean(whole.outcome.value);
}

/** What a part came to, for people. */
export function outcomeText(outcome: ExplainedPart["outcome"]): string {
  if ("skipped" in outcome) return "not asked";
  if ("error" in outcome) return `${outcome.error.code}: ${outcome.error.message}`;
  return outcome.value === undefined ? "undefined" : JSON.stringify(outcome.value);
}
