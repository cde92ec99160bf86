import type { Network, PostOutcome } from "#core/ports.ts";
import { type HealthFailure, pingLimits } from "#telemetry/pings.ts";
import type { SendFailureKind } from "#telemetry/send-failures.ts";

/** A failure as a ping's log names it. */
type Failure = readonly [kind: SendFailureKind, detail: string];

/** What became of one sending. */
export type Sending =
  | { readonly kind: "taken" }
  /** Compressed it is larger than a server takes: it was not sent. */
  | { readonly kind: "too-large" }
  /** For what it is: sending it again would not help. */
  | { readonly kind: "refused"; readonly failure: Failure }
  | {
      readonly kind: "failed";
      readonly failure: Failure;
      /** Where no answer came: what the `health` ping calls it. */
      readonly label?: HealthFailure;
      /** For how long the server asks for patience, in milliseconds. */
      readonly patienceMs?: number;
    };

/** Posts a ping's JSON, compressed. */
export async function send(
  url: string,
  json: string,
  { network }: { readonly network: Network },
): Promise<Sending> {
  return judged(await network.post(url, json, { maxSentBytes: pingLimits.rawBytes }));
}

function judged(outcome: PostOutcome): Sending {
  switch (outcome.kind) {
    case "answer":
      return judgedAnswer(outcome.status, outcome.headers["retry-after"]);
    case "oversize":
      return { kind: "too-large" };
    case "offline":
    case "unreachable":
      return unheard("error", "eUnreachable");
    case "timeout":
      return outcome.isHeld ? unheard("abort", "abort") : unheard("timeout", "timeout");
    case "redirected":
      // Browsers tell no status of a redirect that is not followed.
      return { kind: "failed", failure: ["Unhandled HTTP failure", "0"], label: "eRedirect" };
    case "too-large":
      // Whoever answers a ping with a page is not the server.
      return unheard("error", "eRequest");
  }
}

function unheard(detail: "error" | "timeout" | "abort", label: HealthFailure): Sending {
  return { kind: "failed", failure: ["errorhandler", detail], label };
}

function judgedAnswer(status: number, retryAfter: string | undefined): Sending {
  const detail = String(status);
  if (status >= 200 && status < 300) return { kind: "taken" };
  const patience = patienceOf(retryAfter);
  if (status >= 400 && status < 500) {
    const failure = ["4xx 'failure'", detail] as const;
    // 429 asks for patience, not for silence.
    return status === 429 ? { kind: "failed", failure, ...patience } : { kind: "refused", failure };
  }
  const isServers = status >= 500 && status < 600;
  const kind = isServers ? "5xx failure" : "Unhandled HTTP failure";
  return { kind: "failed", failure: [kind, detail], ...patience };
}

/** In seconds; a date is not obeyed, because a clock that is off would make anything of it. */
function patienceOf(retryAfter: string | undefined): { readonly patienceMs?: number } {
  return retryAfter !== undefined && /^\d{1,9}$/u.test(retryAfter)
    ? { patienceMs: Number(retryAfter) * 1000 }
    : {};
}
