import { gunzipSync, gzipSync } from "node:zlib";
import { expect } from "vitest";
import { allParts, askDuckDb } from "#kit/archive.ts";
import { aDeletionRequest } from "#kit/pings.ts";
import { archivePings } from "#server/archive/writer.ts";
import {
  listSegments,
  openSegment,
  segmentHeaderBytes,
  segmentsFolder,
} from "#server/ingest/segment.ts";
import type { PingOf } from "#telemetry/pings.ts";
import {
  aDocId,
  aPing,
  aRequest,
  aSubmission,
  everyByteOf,
  openTestIngest,
  urlOf,
} from "../unit/server/ingest/support.ts";

/** Client id of somebody who is to be forgotten. */
export const who = "b1d5c3a2-77f0-4e0b-8a52-6c1f4f2d9e10";

/** What somebody's browser sends when telemetry is switched off there. */
export function aRequestOfTheirs(number: number): PingOf<"deletion-request"> {
  return aDeletionRequest({ id: aDocId(number), clientId: who });
}

/** A folder to which somebody and somebody else sent all kinds of things, archived in between. */
export async function fill(dataDir: string): Promise<void> {
  // Small, so that there are segments that are closed and one that is not.
  const ingest = await openTestIngest(dataDir, { limits: { segmentBytes: 4_000 } });
  const send = (number: number, body: string | Uint8Array, headers = {}) =>
    ingest.submit(aRequest(body, { url: urlOf(aDocId(number)), headers }));
  const ofTheirs = (number: number) => JSON.stringify({ ...aPing(number), clientId: who });
  const gzip = { "content-encoding": "gzip" };
  for (let number = 0; number < 20; number += 2) {
    await ingest.submit(aSubmission(aPing(number)));
    await send(number + 1, ofTheirs(number + 1));
  }
  await archivePings({ dataDir, limits: { stageChars: 6_000, partBytes: 1 } });
  // Accepted: compressed, in capitals. Sent twice. Refused: cut off, by another name, escaped, in the address.
  await send(21, gzipSync(ofTheirs(21)), gzip);
  await send(23, ofTheirs(23).replace(who, who.toUpperCase()));
  await send(1, ofTheirs(1));
  await send(25, gzipSync(ofTheirs(25)).subarray(0, -12), gzip);
  await send(27, ofTheirs(27).replace('"payload":{', `"payload":{"${who}":1,`));
  await send(29, ofTheirs(29).replace(who, who.replace("b1", "\\u00621")).replace("event", "evnt"));
  await ingest.submit(aRequest("{}", { url: urlOf(who) }));
  expect(ingest.counts()).toEqual({ received: 27, accepted: 22, duplicate: 1, error: 4 });
  await ingest.close();
  await archivePings({ dataDir });
}

/** How often the client is named in any byte, and in what the bytes decode to. */
export async function mentionsIn(dataDir: string): Promise<number> {
  const texts = [await everyByteOf(dataDir)];
  const folder = segmentsFolder(dataDir);
  for (const number of listSegments(folder)) {
    const reader = openSegment(folder, number);
    for (let offset = segmentHeaderBytes; ;) {
      const step = reader.step(offset, reader.size());
      if (step.kind === "end") break;
      offset = step.end;
      if (step.kind === "record" && step.header.encoding === "gzip")
        texts.push(gunzipSync(step.body, { finishFlush: 2 }).toString());
    }
    reader.close();
  }
  texts.push(JSON.stringify(await askDuckDb(`FROM ${allParts(dataDir)}`)));
  return texts.join("\n").toLowerCase().replaceAll("\\u00621", "b1").split(who).length - 1;
}

/** Ids of what somebody else sent and {@link fill} left accepted. */
export const others = Array.from({ length: 10 }, (_, index) => aDocId(index * 2));
