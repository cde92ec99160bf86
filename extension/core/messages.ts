import * as v from "valibot";
import { heartbeatMoments, heartbeatScores } from "#telemetry/pings.ts";
import type { EnrollmentKind } from "./enrollment.ts";
import type { Inspection } from "./inspect.ts";
import { type SwitchName, turnableNames } from "./ports.ts";
import { furthestDays } from "./qa.ts";

// What the pages ask of the background, and what it answers.

const slug = v.pipe(v.string(), v.minLength(1), v.maxLength(400));

/** What the Inspector asks; nothing of it is done outside dev mode. */
const inspectorRequests = [
  v.object({ ask: v.literal("inspect") }),
  v.object({ ask: v.literal("run-now") }),
  v.object({ ask: v.literal("force-branch"), slug, branch: v.nullable(slug) }),
  v.object({
    ask: v.literal("move-clock"),
    days: v.pipe(v.number(), v.integer(), v.minValue(-furthestDays), v.maxValue(furthestDays)),
  }),
] as const;

const request = v.variant("ask", [
  ...inspectorRequests,
  v.object({ ask: v.literal("studies") }),
  /** The Telemetry page; `what` is shown to the letter: a gathering, or the id of a ping. */
  v.object({ ask: v.literal("telemetry"), what: v.pipe(v.string(), v.maxLength(64)) }),
  v.object({ ask: v.literal("leave"), key: v.pipe(v.string(), v.maxLength(400)) }),
  v.object({ ask: v.literal("leave-all") }),
  v.object({
    ask: v.literal("set-switch"),
    name: v.picklist(turnableNames),
    on: v.boolean(),
  }),
  /** The page of a survey; answered by a `Prompt`, or by nothing when there is nothing to show. */
  v.object({
    ask: v.literal("heartbeat"),
    moment: v.picklist(heartbeatMoments),
    flowId: v.exactOptional(v.string()),
    score: v.exactOptional(v.picklist(heartbeatScores)),
  }),
]);

export type PageRequest = v.InferOutput<typeof request>;
export type InspectorRequest = v.InferOutput<(typeof inspectorRequests)[number]>;

/** @returns `undefined` for anything that is not a request of ours */
export function parseRequest(message: unknown): PageRequest | undefined {
  const parsed = v.safeParse(request, message);
  return parsed.success ? parsed.output : undefined;
}

/** One change in this browser, as a person may want to read it. */
export interface ChangeView {
  readonly key: string;
  readonly kind: EnrollmentKind;
  readonly slug: string;
  readonly name: string;
  /** The study's own; empty for rollouts, of which the page knows what to say. */
  readonly description: string;
  /** Absent for rollouts, which have none. */
  readonly branch?: string;
  /** QA chose the branch. */
  readonly forced?: true;
  /** Absent while telemetry is off: then none is sent. */
  readonly enrollmentId?: string;
  readonly isLive: boolean;
  /** Out of force since the browser crashed, until it is tried again. */
  readonly isHeld?: true;
  readonly startedMs: number;
  readonly endedMs?: number;
  readonly endReason?: string;
  readonly preferences: readonly {
    readonly name: string;
    /** What showed before; `null` when nothing did. */
    readonly before: string | number | boolean | null;
    readonly value: string | number | boolean;
    readonly overridden: boolean;
  }[];
  readonly addon?: { readonly id: string; readonly version: string };
  readonly recipeId: number;
  /** The filter that let it in; absent where an older version stored the enrolment. */
  readonly filter?: string;
  /** What the server was told of it, in the order of sending; `sentMs` is `null` while it waits to be sent. */
  readonly told: readonly {
    readonly method: string;
    readonly extra: Readonly<Record<string, string>>;
    readonly sentMs: number | null;
  }[];
}

/** All that the Studies page shows. */
export interface StudiesView {
  readonly changes: readonly ChangeView[];
  /** `false` when an administrator has switched Mulberry off as a whole. */
  readonly enabled: boolean;
  readonly switches: Readonly<Record<SwitchName, boolean>>;
  /** Of them, those that an administrator holds. */
  readonly administered: readonly SwitchName[];
  readonly server: string | null;
  /** QA may look behind the scenes here. */
  readonly devMode: boolean;
  /** Days by which QA has moved the time that runs decide by; 0 outside dev mode. */
  readonly clockDays: number;
  /** The last run's end and status; `null` before the first. */
  readonly lastRun: {
    readonly finishedAt: string;
    readonly runner: string;
    readonly reason?: string;
  } | null;
}

/** All that the Inspector shows; nothing outside dev mode. */
export interface InspectorView {
  readonly devMode: boolean;
  readonly clockDays: number;
  /** Slug to branch. */
  readonly forced: Readonly<Record<string, string>>;
  /** `null` when Mulberry is switched off or knows no server. */
  readonly inspection: Inspection | null;
}
