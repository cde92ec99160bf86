/** Why a submission was not accepted, as coarse as a counter wants it. */
export const dropReasons = [
  "deleted",
  "dup",
  "forgotten",
  "malformed",
  "reused",
  "schema",
  "toolarge",
] as const;
export type DropReason = (typeof dropReasons)[number];

const reasons: Readonly<Record<string, DropReason>> = {
  "ping/client-forgotten": "forgotten",
  "ping/deleted": "deleted",
  "ping/duplicate-key": "malformed",
  "ping/forbidden-key": "malformed",
  "ping/id-mismatch": "malformed",
  "ping/id-reused": "reused",
  "ping/malformed": "malformed",
  "ping/not-gzip": "malformed",
  "ping/not-json": "malformed",
  "ping/not-utf8": "malformed",
  "ping/too-deep": "toolarge",
  "ping/too-large": "toolarge",
  "ping/too-many-keys": "toolarge",
  "ping/undecodable": "malformed",
  "ping/unknown-encoding": "malformed",
};

/** The reason behind the code of a fault; every other code says that a member is not as its table wants it. */
export function dropReasonOf(code: string): DropReason {
  return Object.hasOwn(reasons, code) ? (reasons[code] ?? "schema") : "schema";
}
