import type { KeptFrom } from "./ingest/expiry.ts";

/** For how many days pings are kept, by type. */
export interface Retention {
  readonly days: number;
  /** Where a type is kept for longer or shorter. */
  readonly ofType: ReadonlyMap<string, number>;
}

const dayMs = 86_400_000;
const defaultDays = 365;

/**
 * Reads what the configuration says: `365`, `365,main=180,event=90`; nothing stands for a year.
 *
 * @returns `undefined` for any other text
 */
export function parseRetention(text: string | undefined): Retention | undefined {
  let days = defaultDays;
  const ofType = new Map<string, number>();
  for (const part of text?.split(",") ?? []) {
    const [, type, count = ""] =
      /^(?:([a-z0-9][a-z0-9-]+[a-z0-9])=)?(\d{1,5})$/iu.exec(part.trim()) ?? [];
    const asked = Number(count);
    if (asked < 1) return undefined;
    if (type === undefined) days = asked;
    else ofType.set(type, asked);
  }
  return { days, ofType };
}

/**
 * From which moment on pings of a type are kept, in milliseconds since 1970: whole days in UTC, as
 * the archive has them, so that what was received and what is archived of a day go together.
 */
export function keptFrom({ days, ofType }: Retention, nowMs: number): KeptFrom {
  const today = nowMs - (nowMs % dayMs);
  const begin = (kept: number): number => today - kept * dayMs;
  return {
    ofType: new Map([...ofType].map(([docType, kept]) => [docType, begin(kept)])),
    otherwise: begin(days),
  };
}
