import type { Log, LogLevel } from "#core/ports.ts";

/** Mozilla's numbers, as `extensions.mulberry.logging.level` holds them: the lowest that is written. */
const weights: Readonly<Record<LogLevel, number>> = { debug: 20, info: 40, warn: 50, error: 60 };

/**
 * Writes to the browser's console.
 * @param minimumWeight - asked at every line: 0 writes all, 70 nothing
 */
export function createLog(minimumWeight: () => number): Log {
  return {
    write(level, message, fields) {
      if (weights[level] < minimumWeight()) return;
      const line = `mulberry: ${message}`;
      if (fields === undefined) console[level](line);
      else console[level](line, fields);
    },
  };
}
