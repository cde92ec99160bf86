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
/** Lines that wait are written when they have so many characters: so many a crash can take along. */
const mostCharacters = 1_048_576;

/**
 * Writes the lines of a moment together: a write of its own for each takes longer than the answer that
 * it is about. The same line over and over is only counted until then. What a process that exits has
 * not written yet is written then.
 */
export function inBatches(target: LogTarget): LogTarget {
  let waiting = "";
  let last = "";
  let times = 0;
  let characters = 0;
  let isTimed = false;
  const flush = (): void => {
    const text = waiting + last.repeat(times);
    waiting = "";
    times = 0;
    characters = 0;
    if (text !== "") target.write(text);
  };
  const flushInTime = (): void => {
    isTimed = false;
    flush();
  };
  process.on("exit", flush);
  return {
    write(line) {
      if (!isTimed) setTimeout(flushInTime, longestWaitMs);
      isTimed = true;
      if (line === last) {
        times += 1;
      } else {
        waiting += last.repeat(times);
        last = line;
        times = 1;
      }
      characters += line.length;
      if (characters >= mostCharacters) flush();
    },
  };
}

/** Discards everything. */
export const silentLog: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** A line as it was written last for the same fields. */
interface Written {
  readonly type: string;
  readonly severity: number;
  /** What follows the time. */
  readonly rest: string;
  atMs: number;
  line: string;
}

/** Put together by hand: this is written for every request, and a library takes as long as the answer. */
function mozlog(target: LogTarget): Log {
  const self = `"Logger":"mulberry","Hostname":${JSON.stringify(hostname())},"EnvVersion":"2.0","Pid":${String(process.pid)}`;
  // Whoever hands over the same fields again says the same again, and in the same millisecond word for word.
  const told = new WeakMap<LogFields, Written>();
  const begin = (severity: number, type: string, fields: LogFields): Written => {
    const text = `,${self},"Fields":${JSON.stringify(fields)},"Type":${JSON.stringify(type)}}`;
    // JSON leaves what steers a terminal and is no ASCII as it is.
    const rest = `${escapeControls(text)}\n`;
    const made = { type, severity, rest, atMs: Number.NaN, line: "" };
    told.set(fields, made);
    return made;
  };
  const at =
    // Syslog's numbers.
    (severity: 3 | 4 | 6) =>
      (type: string, fields: LogFields = {}): void => {
        let written = told.get(fields);
        if (written?.type !== type || written.severity !== severity)
          written = begin(severity, type, fields);
        const nowMs = Date.now();
        if (written.atMs !== nowMs) {
          // Nanoseconds do not fit a number: the zeros are written, not computed.
          written.line = `{"Severity":${String(severity)},"Timestamp":${String(nowMs)}000000${written.rest}`;
          written.atMs = nowMs;
        }
        target.write(written.line);
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
