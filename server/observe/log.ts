import { hostname } from "node:os";
import pino from "pino";
import type { LogFormat } from "../config.ts";
import { escapeControls } from "../escape-controls.ts";

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Log lines. What may never stand in one: an IP address, a token, a client's id, text out of a ping.
 * So a caller hands over named fields, not sentences with values in them.
 */
export interface Log {
  info(type: string, fields?: LogFields): void;
  warn(type: string, fields?: LogFields): void;
  error(type: string, fields?: LogFields): void;
}

/** Where lines go: one string each, with its line end. */
export interface LogTarget {
  write(line: string): void;
}

/** Opens the log: MozLog 2.0 JSON, or lines for a person at a terminal. */
export function openLog(format: LogFormat, target: LogTarget): Log {
  return format === "mozlog" ? mozlog(target) : pretty(target);
}

/** Discards everything. */
export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

function mozlog(target: LogTarget): Log {
  const logger = pino(
    {
      messageKey: "Type",
      base: { Logger: "mulberry", Hostname: hostname(), EnvVersion: "2.0", Pid: process.pid },
      // Nanoseconds do not fit a number: the zeros are written, not computed.
      timestamp: () => `,"Timestamp":${String(Date.now())}000000`,
      formatters: {
        // Syslog's numbers.
        level: (label) => ({ Severity: label === "error" ? 3 : label === "warn" ? 4 : 6 }),
        log: (fields) => ({ Fields: fields }),
      },
    },
    // JSON leaves what steers a terminal and is no ASCII as it is.
    {
      write: (line: string) => {
        target.write(`${escapeControls(line.trimEnd())}\n`);
      },
    },
  );
  return {
    info: (type, fields = {}) => {
      logger.info(fields, type);
    },
    warn: (type, fields = {}) => {
      logger.warn(fields, type);
    },
    error: (type, fields = {}) => {
      logger.error(fields, type);
    },
  };
}

function pretty(target: LogTarget): Log {
  const at =
    (level: keyof Log) =>
    (type: string, fields: LogFields = {}): void => {
      const time = new Date().toISOString().slice(11, 19);
      const said = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
      const mark = level === "info" ? "" : `${level} `;
      target.write(`${[time, `${mark}${type}`, ...said].join(" ")}\n`);
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/** A value in one piece: blanks and control characters must not look like another field or line. */
function plain(value: LogFields[string]): string {
  return typeof value === "string" && !/^[\w./:@+-]+$/u.test(value)
    ? escapeControls(JSON.stringify(value))
    : String(value);
}
