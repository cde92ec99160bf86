import * as v from "valibot";

// What a client notes in its log when a ping did not get through: `[id, moment, kind, detail]`. The
// words are those that Firefox has always sent, quotation marks and all, so that a report over old
// and new pings is one report.

/** First member of such an entry in a ping's `payload.log`. */
export const sendFailureId = "TELEMETRY_SEND_FAILURE";

interface KindSpec {
  readonly doc: string;
  /** The only form that the entry's last member has. */
  readonly detail: RegExp;
}

/** Every way in which sending can fail. */
export const sendFailureKinds = {
  errorhandler: {
    doc: "No answer came: `error`, `timeout` or `abort`.",
    detail: /^(?:error|timeout|abort)$/u,
  },
  "4xx 'failure'": {
    doc: "The server refused the ping, which is forgotten then; the status.",
    detail: /^4\d\d$/u,
  },
  "5xx failure": {
    doc: "The server, or a proxy before it, failed; the status.",
    detail: /^5\d\d$/u,
  },
  "Unhandled HTTP failure": {
    doc: "Any other status, for example of a redirect.",
    detail: /^(?![245]\d\d$)\d{1,3}$/u,
  },
} as const satisfies Readonly<Record<string, KindSpec>>;
export type SendFailureKind = keyof typeof sendFailureKinds;

/** One failure: the id, milliseconds since the session began, the kind and its detail. */
export type SendFailure = readonly [
  id: typeof sendFailureId,
  moment: number,
  kind: SendFailureKind,
  detail: string,
];

/** Failures that a client keeps for one ping; beyond, the oldest go first. */
export const sendLogLimit = 200;

const kinds = Object.keys(sendFailureKinds) as readonly SendFailureKind[];

/** The shape of a {@link SendFailure}. */
export const sendFailure: v.GenericSchema<unknown, SendFailure> = v.pipe(
  v.strictTuple([
    v.literal(sendFailureId),
    v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    v.picklist(kinds),
    v.string(),
  ]),
  v.check(([, , kind, detail]) => sendFailureKinds[kind].detail.test(detail)),
);
