import { hostname } from "node:os";
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

/** How long a line may wait for others, in milliseconds. */
const longestWaitMs = 20;

/**
 * Writes the lines of a moment together: a write of its own for each takes longer than the answer that
 * it is about. What a process that exits has not written yet is written then.
 */
export function inBatches(target: LogTarget): LogTarget {
  let waiting = "";
  const flush = (): void => {
    const text = waiting;
    waiting = "";
    if (text !== "") target.write(text);
  };
  process.on("exit", flush);
  return {
    write(line) {
      if (waiting === "") setTimeout(flush, longestWaitMs);
      waiting += line;
    },
  };
}

/** Discards everything. */
export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Put together by hand: this is written for every request, and a library takes as long as the answer. */
function mozlog(target: LogTarget): Log {
  const self = `"Logger":"mulberry","Hostname":${JSON.stringify(hostname())},"EnvVersion":"2.0","Pid":${String(process.pid)}`;
  // Whoever hands over the same fields again says the same again.
  const told = new WeakMap<LogFields, { readonly type: string; readonly rest: string }>();
  const restOf = (type: string, fields: LogFields): string => {
    const before = told.get(fields);
    if (before?.type === type) return before.rest;
    const line = `,${self},"Fields":${JSON.stringify(fields)},"Type":${JSON.stringify(type)}}`;
    // JSON leaves what steers a terminal and is no ASCII as it is.
    const rest = `${escapeControls(line)}\n`;
    told.set(fields, { type, rest });
    return rest;
  };
  const at =
    // Syslog's numbers.
    (severity: 3 | 4 | 6) =>
      (type: string, fields: LogFields = {}): void => {
        // Nanoseconds do not fit a number: the zeros are written, not computed.
        const time = `{"Severity":${String(severity)},"Timestamp":${String(Date.now())}000000`;
        target.write(time + restOf(type, fields));
      };
  return { info: at(6), warn: at(4), error: at(3) };
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
