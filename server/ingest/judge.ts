import type { Ping } from "#telemetry/pings.ts";
import { digestOf, parseBody, unpack, type Outcome } from "./decode.ts";
import type { PingFault, Report } from "./errors.ts";
import type { Forgotten } from "./forgotten.ts";
import type { IngestLimits } from "./limits.ts";
import { isNamed, textsOf } from "./mentions.ts";
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
  /** It was not accepted, and names somebody who asked to be forgotten. */
  readonly isLate: boolean;
};

const idReused: PingFault = {
  code: "ping/id-reused",
  at: "/id",
  message: "another ping was accepted under this id",
};

const clientForgotten: PingFault = {
  code: "ping/client-forgotten",
  at: "/clientId",
  message: "this client asked to be forgotten",
};

/** Judges records against what was accepted before; enters nothing. */
export function makeJudge({
  index,
  forgotten,
  limits,
  report,
}: {
  readonly index: Pick<PingIndex, "digestOf">;
  readonly forgotten: Pick<Forgotten, "isEmpty" | "has">;
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
    // Who asked already may ask again: the first answer may not have got through.
    if (ping.value.type !== "deletion-request" && forgotten.has(ping.value.clientId))
      return { kind: "error", fault: clientForgotten };
    return { kind: "accepted", ping: ping.value, digest };
  }

  return (header, body) => {
    const bytes = guarded(() => unpack(header.encoding, body, limits));
    const judgement: Judgement = bytes.ok
      ? judge(header, bytes.value)
      : { kind: "error", fault: bytes.fault };
    const isLate =
      judgement.kind !== "accepted" &&
      !forgotten.isEmpty() &&
      isNamed(textsOf({ header, body }), forgotten.has);
    return { judgement, isLate, cost: bytes.ok ? bytes.value.length : limits.decodedBytes };
  };
}
