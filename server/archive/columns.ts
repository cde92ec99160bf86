import type { StoredPing } from "../ingest/reader.ts";

/** DuckDB's name of a column's type, and what a ping gives for it. */
export type Column =
  | {
      readonly type: "VARCHAR";
      readonly doc: string;
      /** It has few values, and none can name anybody. */
      readonly isClosed?: true;
      /** `null` only where it is closed. */
      readonly of: (stored: StoredPing) => string | null;
    }
  | {
      /** In milliseconds since 1970; the file holds it as UTC without a zone. */
      readonly type: "TIMESTAMP";
      readonly doc: string;
      readonly of: (stored: StoredPing) => number;
    }
  | {
      readonly type: "UTINYINT";
      readonly doc: string;
      readonly of: (stored: StoredPing) => number;
    };

/**
 * Every column of an archive file, in order. The day and the type of a ping are in the names of the
 * folders, from where readers of Hive's layout take them as two more columns. What analyses filter
 * and group by is a column of its own; the three parts of a ping are whole beside them, as JSON.
 */
export const columns = {
  document_id: {
    type: "VARCHAR",
    doc: "UUID of this ping, in lower case.",
    of: ({ ping }) => ping.id.toLowerCase(),
  },
  client_id: {
    type: "VARCHAR",
    doc: "UUID that joins the pings of one profile, in lower case.",
    of: ({ ping }) => ping.clientId.toLowerCase(),
  },
  sample_id: {
    type: "UTINYINT",
    doc: "0 to 99, fixed by the client id: every ping of one per cent of the clients.",
    of: ({ normalized }) => normalized.sampleId,
  },
  submitted_at: {
    type: "TIMESTAMP",
    doc: "When the server received it, by the server's clock, in UTC.",
    of: ({ receivedAt }) => Date.parse(receivedAt),
  },
  creation_date: {
    type: "VARCHAR",
    doc: "When the client made it, by the client's clock, as it was sent (ISO 8601).",
    of: ({ ping }) => ping.creationDate,
  },
  app_name: {
    type: "VARCHAR",
    doc: "For example `Firefox`.",
    of: ({ ping }) => ping.application.name,
  },
  app_version: {
    type: "VARCHAR",
    doc: "For example `153.0`.",
    of: ({ ping }) => ping.application.version,
  },
  channel: {
    type: "VARCHAR",
    doc: "Update channel, as it was sent.",
    of: ({ ping }) => ping.application.channel,
  },
  build_id: {
    type: "VARCHAR",
    doc: "`YYYYMMDDhhmmss`.",
    of: ({ ping }) => ping.application.buildId,
  },
  os: {
    type: "VARCHAR",
    doc: "Operating system, as it was sent.",
    of: ({ ping }) => ping.environment?.system.os.name ?? "",
  },
  os_version: {
    type: "VARCHAR",
    doc: "Its version, as it was sent.",
    of: ({ ping }) => ping.environment?.system.os.version ?? "",
  },
  locale: {
    type: "VARCHAR",
    doc: "Language of the interface, as a BCP 47 tag.",
    of: ({ ping }) => ping.environment?.settings.locale ?? "",
  },
  country: {
    type: "VARCHAR",
    isClosed: true,
    doc: "Where it came from, ISO 3166-1 alpha-2 or `Other`; NULL where no address told it.",
    of: ({ normalized }) => normalized.country,
  },
  normalized_channel: {
    type: "VARCHAR",
    isClosed: true,
    doc: "`release`, `esr`, `beta`, `aurora`, `nightly` or `Other`.",
    of: ({ normalized }) => normalized.channel,
  },
  normalized_os: {
    type: "VARCHAR",
    isClosed: true,
    doc: "`Windows`, `Mac`, `Linux`, `iOS`, `Android` or `Other`.",
    of: ({ normalized }) => normalized.os,
  },
  normalized_os_version: {
    type: "VARCHAR",
    isClosed: true,
    doc: "At most three numbers of its version, empty where it begins with none.",
    of: ({ normalized }) => normalized.osVersion,
  },
  application: {
    type: "VARCHAR",
    doc: "The ping's `application`, as JSON.",
    of: ({ ping }) => JSON.stringify(ping.application),
  },
  environment: {
    type: "VARCHAR",
    doc: "The ping's `environment`, as JSON; `null` of a type that has none.",
    of: ({ ping }) => JSON.stringify(ping.environment ?? null),
  },
  payload: {
    type: "VARCHAR",
    doc: "The ping's `payload`, as JSON.",
    of: ({ ping }) => JSON.stringify(ping.payload),
  },
} as const satisfies Readonly<Record<string, Column>>;
