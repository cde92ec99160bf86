import { pingTypes } from "#telemetry/parse.ts";
import type { VerdictCount } from "../ingest/decoder.ts";
import { dropReasonOf } from "../ingest/drop-reasons.ts";
import { normalChannel } from "../ingest/normalize.ts";
import type { SubmitPath } from "../ingest/path.ts";
import type { Metrics } from "./metrics.ts";

/** Counts a submission whose address can be read. */
export function countSubmission(metrics: Metrics, { docType }: SubmitPath): void {
  metrics.incr("ingest.request", { path: "submit.telemetry", key: typeTag(docType) });
}

/** Counts a submission that is durable. */
export function countUpload(metrics: Metrics, { docType, channel }: SubmitPath): void {
  const tags = { type: typeTag(docType), channel: normalChannel(channel) };
  metrics.incr("ingest.ping.upload", tags);
}

/** Counts what became of submissions. */
export function countVerdict(metrics: Metrics, { docType, verdict, count }: VerdictCount): void {
  const type = typeTag(docType);
  if (verdict.kind === "accepted") metrics.incr("ingest.ping.accepted", { type }, count);
  else {
    const reason = verdict.kind === "duplicate" ? "dup" : dropReasonOf(verdict.fault.code);
    metrics.incr("ingest.ping.drop", { type, reason }, count);
  }
}

/** Counts who sent a ping that was accepted. */
export function countUser(metrics: Metrics, docType: string, clientId: string): void {
  metrics.seen("ingest.user", { key: typeTag(docType) }, clientId);
}

/** Anybody can send a ping of any type: that must make no new tags. */
function typeTag(docType: string): string {
  return pingTypes.includes(docType) ? docType : "other";
}
