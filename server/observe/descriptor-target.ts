import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { LogTarget } from "./log.ts";

const bufferBytes = 32_768;

/**
 * A file descriptor as a place for log lines. Files, and devices such as /dev/null, are written to
 * directly and out of one buffer: Node's own stream makes a buffer for each text, and memory that comes
 * and goes costs a busy server more than its lines do. Terminals, pipes and sockets may refuse for a
 * moment; to wait for them stays the stream's business.
 *
 * @param stream - Node's stream for the same descriptor
 */
export function descriptorTarget(fd: number, stream: LogTarget): LogTarget {
  const about = fstatSync(fd);
  const isDirect = about.isFile() || (about.isCharacterDevice() && !isatty(fd));
  return isDirect ? directTarget(fd) : stream;
}

function directTarget(fd: number): LogTarget {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(bufferBytes);
  return {
    write(text) {
      for (let rest = text; rest !== "";) {
        const { read, written } = encoder.encodeInto(rest, buffer);
        // Fewer are taken only where a disk ends; the next attempt says so.
        for (let from = 0; from < written;) from += writeSync(fd, buffer, from, written - from);
        rest = rest.slice(read);
      }
    },
  };
}
