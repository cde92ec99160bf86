import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodePing, loggedPointer } from "#server/ingest/decode.ts";
import { defaultIngestLimits } from "#server/ingest/limits.ts";
import type { BodyEncoding, RecordHeader } from "#server/ingest/record.ts";
import { aDocId, aPing, startMs } from "./support.ts";

function decode(
  body: string | Uint8Array,
  encoding: BodyEncoding = "identity",
  header: Partial<RecordHeader> = {},
) {
  return decodePing(
    {
      docId: aDocId(1),
      docType: "event",
      appName: "Firefox",
      appVersion: "153.0",
      channel: "esr",
      buildId: "1",
      encoding,
      receivedAtMs: startMs,
      ...header,
    },
    Buffer.from(body),
    defaultIngestLimits,
  );
}

/** 100 MiB of zeros whose trailer says that they are a hundred. */
function aBombThatDenies(): Buffer {
  const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
  bomb.writeUInt32LE(100, bomb.length - 4);
  return bomb;
}

const good = JSON.stringify(aPing());

describe("decoding", () => {
  test("accepts a ping, plain and compressed", () => {
    expect(decode(good)).toMatchObject({ ok: true, value: { id: aDocId(1) } });
    expect(decode(gzipSync(good), "gzip")).toMatchObject({ ok: true, value: { id: aDocId(1) } });
  });

  test.each<[string, string | Uint8Array, BodyEncoding]>([
    ["ping/not-gzip", good, "gzip"],
    ["ping/not-gzip", gzipSync(good).subarray(0, -4), "gzip"],
    ["ping/not-json", gzipSync(good).subarray(0, 0), "identity"],
    ["ping/unknown-encoding", good, "other"],
    ["ping/too-large", gzipSync(Buffer.alloc(100 * 1024 * 1024)), "gzip"],
    ["ping/too-large", aBombThatDenies(), "gzip"],
    ["ping/not-utf8", Buffer.from([0x22, 0xff, 0xfe, 0x22]), "identity"],
    ["ping/not-json", "{", "identity"],
    ["ping/not-json", `${good}x`, "identity"],
    ["ping/duplicate-key", `{"id":1,"id":2}`, "identity"],
    ["ping/too-deep", "[".repeat(65) + "]".repeat(65), "identity"],
    ["ping/too-deep", "[".repeat(1_000_000), "identity"],
    [
      "ping/too-many-keys",
      JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, 0]))),
      "identity",
    ],
  ])("refuses with %s", (code, body, encoding) => {
    expect(decode(body, encoding)).toMatchObject({ ok: false, fault: { code } });
  });

  test("refuses a ping that says another id or type than its address", () => {
    expect(decode(good, "identity", { docId: aDocId(2) })).toMatchObject({
      fault: { code: "ping/id-mismatch", at: "/id" },
    });
    expect(decode(good, "identity", { docType: "main" })).toMatchObject({
      fault: { code: "ping/id-mismatch", at: "/type" },
    });
  });

  test("refuses a type that nobody declared", () => {
    const unknown = JSON.stringify({ ...aPing(), type: "made-up" });
    expect(decode(unknown, "identity", { docType: "made-up" })).toMatchObject({
      ok: false,
      fault: { at: "/type" },
    });
  });

  test.each(["__proto__", "constructor", "prototype"])(
    "a key %s anywhere is refused and changes no prototype",
    (key) => {
      const places = [
        `{"${key}":{"polluted":true}}`,
        good.replace("{", `{"${key}":{"polluted":true},`),
        good.replace(`"payload":{`, `"payload":{"${key}":{"polluted":true},`),
        good.replace(`"experiments":{`, `"experiments":{"${key}":{"polluted":true}`),
        good.replace("{", `{"${key.replace(/^./, "\\u00" + key.charCodeAt(0).toString(16))}":{},`),
      ];
      for (const body of places)
        expect(decode(body)).toMatchObject({ ok: false, fault: { code: "ping/forbidden-key" } });
      expect({}).not.toHaveProperty("polluted");
    },
  );
});

describe("the place of a fault in the error log", () => {
  test("keeps names and indices and hides keys that a body made up", () => {
    expect(loggedPointer("/payload/events/dynamic/0/5")).toBe("/payload/events/dynamic/0/5");
    expect(loggedPointer("/payload/someone@example.org/x")).toBe("/payload/*/x");
    expect(loggedPointer(`/${"k".repeat(41)}`)).toBe("/*");
    expect(loggedPointer("")).toBe("");
  });
});
