import { appendFile, readFile, truncate, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { encodeRecord, setMarker, type RecordHeader } from "#server/ingest/record.ts";
import {
  encodeSegmentHeader,
  openSegment,
  segmentHeaderBytes,
  segmentPath,
  type SegmentReader,
} from "#server/ingest/segment.ts";
import { aDocId, aFolder, startMs } from "./support.ts";

const marker = Buffer.from([0x91, 0x02, 0xa3, 0x14, 0xb5, 0x26, 0xc7, 0x38]);

function aHeader(number: number): RecordHeader {
  return {
    docId: aDocId(number),
    docType: "event",
    appName: "Firefox",
    appVersion: "153.0",
    channel: "esr",
    buildId: "1",
    encoding: "identity",
    receivedAtMs: startMs,
  };
}

function aRecord(number: number, body: Uint8Array): Buffer {
  const record = encodeRecord(aHeader(number), [body]);
  setMarker(record, marker);
  return Buffer.concat([record.head, ...record.body]);
}

async function aSegment(records: readonly Uint8Array[]): Promise<[SegmentReader, string]> {
  const folder = await aFolder();
  const path = segmentPath(folder, 1);
  await writeFile(path, Buffer.concat([encodeSegmentHeader(marker), ...records]));
  const reader = openSegment(folder, 1);
  onTestFinished(() => reader.close());
  return [reader, path];
}

/** Bodies that are read, with a stroke for each region that cannot be. */
function walk(reader: SegmentReader): string[] {
  const found: string[] = [];
  for (let offset = segmentHeaderBytes; ;) {
    const step = reader.step(offset, reader.size());
    if (step.kind === "end") return found;
    found.push(step.kind === "damage" ? "-" : step.body.toString());
    offset = step.end;
  }
}

describe("a segment", () => {
  test("gives back every record as it was written", async () => {
    const bodies = ["one", "", "x".repeat(3_000_000), "four"];
    const [reader] = await aSegment(bodies.map((body, index) => aRecord(index, Buffer.from(body))));

    expect(walk(reader)).toEqual(bodies);
  });

  test("a damaged record is skipped and those behind it are still read", async () => {
    const records = ["one", "two", "three"].map((body, index) => aRecord(index, Buffer.from(body)));
    records[1]?.writeUInt8(0, 40);
    const [reader] = await aSegment(records);

    expect(walk(reader)).toEqual(["one", "-", "three"]);
  });

  test("whichever byte of a record is changed, nothing wrong is read and its neighbours stay", async () => {
    const length = aRecord(1, Buffer.from("two")).length;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, difference) => {
          const records = ["one", "two", "three"].map((body, index) =>
            aRecord(index, Buffer.from(body)),
          );
          const hit = records[1];
          hit?.writeUInt8(hit.readUInt8(at) ^ difference, at);
          const [reader] = await aSegment(records);

          expect(walk(reader)).toEqual(["one", "-", "three"]);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  test("a record inside a body is never taken for a record, whatever is damaged around it", async () => {
    // Whoever sends it does not know the segment's marker.
    const { head, body } = encodeRecord(aHeader(9), [Buffer.from("forged")]);
    const outer = aRecord(1, Buffer.concat([head, ...body]));
    outer.writeUInt8(outer.readUInt8(30) ^ 1, 30);
    const [reader] = await aSegment([outer, aRecord(2, Buffer.from("two"))]);

    expect(walk(reader)).toEqual(["-", "two"]);
  });

  test("ends at a record that was only begun", async () => {
    const [reader, path] = await aSegment([
      aRecord(1, Buffer.from("one")),
      aRecord(2, Buffer.from("two")),
    ]);
    await truncate(path, reader.size() - 1);

    const first = reader.step(segmentHeaderBytes, reader.size());
    expect(first).toMatchObject({ kind: "record" });
    expect(first.kind === "record" && reader.step(first.end, reader.size())).toEqual({
      kind: "damage",
      end: reader.size(),
      isLast: true,
    });
  });

  test("is read also when its own header is damaged", async () => {
    const [, path] = await aSegment([aRecord(1, Buffer.from("one"))]);
    const bytes = await readFile(path);
    bytes.writeUInt8(0, 9);
    const folder = await aFolder();
    await writeFile(segmentPath(folder, 1), bytes);
    const reader = openSegment(folder, 1);
    onTestFinished(() => reader.close());

    expect(reader.hasSoundHeader).toBe(false);
    expect(walk(reader)).toEqual(["one"]);
  });

  test("shows what was appended after it was opened", async () => {
    const [reader, path] = await aSegment([aRecord(1, Buffer.from("one"))]);
    expect(walk(reader)).toEqual(["one"]);
    await appendFile(path, aRecord(2, Buffer.from("two")));

    expect(walk(reader)).toEqual(["one", "two"]);
  });
});
