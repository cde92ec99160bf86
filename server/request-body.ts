import type { Readable } from "node:stream";
import type { ReadBody } from "./ingest/submit.ts";

/**
 * The way to read a request's body once. By its events: an iterator over it takes as long as all the
 * rest of a submission. What is not taken stays unread, and the connection open for an answer.
 */
export function bodyOf(incoming: Readable): ReadBody {
  return (take) =>
    new Promise((resolve, reject) => {
      const onData = (chunk: Buffer): void => {
        try {
          take(chunk);
        } catch (error) {
          incoming.off("data", onData);
          incoming.pause();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      incoming.on("data", onData);
      incoming.on("end", resolve);
      incoming.on("error", reject);
      incoming.on("close", () => {
        reject(new Error("the request ended early"));
      });
    });
}
