import * as v from "valibot";
import type { InspectorView } from "#core/messages.ts";
import { uptakeStatuses } from "#telemetry/uptake.ts";

const step = v.object({
  do: v.picklist([
    "claim-preference",
    "release-preference",
    "save-enrollment",
    "forget-enrollment",
    "install-addon",
    "tell-addon",
    "uninstall-addon",
    "save-prompt",
    "open-prompt",
    "record-event",
    "log",
  ]),
  about: v.array(v.string()),
  data: v.string(),
});

const part = v.object({
  text: v.string(),
  kind: v.picklist([
    "literal",
    "name",
    "operator",
    "choice",
    "selection",
    "transform",
    "list",
    "object",
  ]),
  depth: v.number(),
  value: v.exactOptional(v.string()),
  isTrue: v.exactOptional(v.boolean()),
  error: v.exactOptional(v.string()),
});

const recipe = v.object({
  id: v.number(),
  slug: v.string(),
  action: v.string(),
  name: v.exactOptional(v.string()),
  filter: v.exactOptional(v.string()),
  suitability: v.picklist([
    "signature-error",
    "download-error",
    "capabilities-mismatch",
    "arguments-invalid",
    "filter-error",
    "filter-mismatch",
    "filter-match",
    "unknown-action",
  ]),
  status: v.picklist(uptakeStatuses),
  reason: v.exactOptional(v.string()),
  parts: v.array(part),
  flips: v.array(v.array(v.object({ text: v.string(), to: v.boolean() }))),
  branches: v.array(v.string()),
  branch: v.exactOptional(v.string()),
  plan: v.array(step),
});

const inspection = v.object({
  runner: v.picklist(uptakeStatuses),
  reason: v.exactOptional(v.string()),
  ep: v.number(),
  n: v.number(),
  asOfMs: v.number(),
  recipes: v.array(recipe),
  ends: v.array(v.object({ key: v.string(), name: v.string(), plan: v.array(step) })),
  braked: v.boolean(),
});

const view = v.object({
  devMode: v.boolean(),
  clockDays: v.number(),
  forced: v.record(v.string(), v.string()),
  inspection: v.nullable(inspection),
});

/** @returns `undefined` when the answer is no view of the Inspector */
export function readInspector(answer: unknown): InspectorView | undefined {
  const parsed = v.safeParse(view, answer);
  return parsed.success ? parsed.output : undefined;
}
