import type { Ping } from "#telemetry/pings.ts";
import { digestOf, parseBody, unpack, type Outcome } from "./decode.ts";
import type { PingFault, Report } from "./errors.ts";
import type { IngestLimits } from "./limits.ts";
import type { PingIndex } from "./ping-index.ts";
import type { RecordHeader } from "./record.ts";

/** What became of one submission. */
export type Verdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "duplicate" }
  | { readonly kind: "error"; readonly fault: PingFault };

/** A verdict with what it rests on. */
export type Judgement =
  | { readonly kind: "accepted"; readonly ping: Ping; readonly digest: Buffer }
  | Exclude<Verdict, { readonly kind: "accepted" }>;

export type Judge = (
  header: RecordHeader,
  body: Buffer,
) => {
  readonly judgement: Judgement;
  /** Bytes that were unpacked, or may have been. */
  readonly cost: number;
};

const idReused: PingFault = {
  code: "ping/id-reused",
  at: "/id",
  message: "another ping was accepted under this id",
};

/** Judges records against what was accepted before; enters nothing. */
export function makeJudge({
  index,
  limits,
  report,
}: {
  readonly index: Pick<PingIndex, "digestOf">;
  readonly limits: IngestLimits;
  readonly report: Report;
}): Judge {
  /** A mistake of ours that one body brings out must not keep all that come after it waiting. */
  function guarded<T>(work: () => Outcome<T>): Outcome<T> {
    try {
      return work();
    } catch (error) {
      // Its text could quote the body, so only its kind is told.
      const kind = error instanceof Error ? error.name : typeof error;
      report({ code: "ingest/undecodable", message: `a body made the decoder throw ${kind}` });
      const message = "the server failed to decode this body";
      return { ok: false, fault: { code: "ping/undecodable", at: "", message } };
    }
  }

  function judge(header: RecordHeader, bytes: Buffer): Judgement {
    const digest = digestOf(bytes);
    const known = index.digestOf(header.docId);
    if (known !== undefined && digest.equals(known)) return { kind: "duplicate" };
    const ping = guarded(() => parseBody(header, bytes, limits));
    if (!ping.ok) return { kind: "error", fault: ping.fault };
    if (known !== undefined) return { kind: "error", fault: idReused };
    return { kind: "accepted", ping: ping.value, digest };
  }

  return (header, body) => {
    const bytes = guarded(() => unpack(header.encoding, body, limits));
    return bytes.ok
      ? { judgement: judge(header, bytes.value), cost: bytes.value.length }
      : { judgement: { kind: "error", fault: bytes.fault }, cost: limits.decodedBytes };
  };
}
