import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { describe, expect, test } from "vitest";
import { readXpi, xpiLimits } from "#server/authoring/xpi.ts";

describe("an XPI", () => {
  test("says who it is in its own manifest", async () => {
    const bytes = await zip({
      "icon.png": "x",
      "manifest.json": manifest({ name: "Study", version: "1.2.3" }),
    });

    expect(await readXpi(bytes)).toEqual({
      addonId: "study@example.com",
      version: "1.2.3",
      name: "Study",
    });
  });

  test("with two files of one name is refused: a browser may read the other one", async () => {
    const bytes = await zip({ "manifest.json": manifest({}), "manifest.jsoN": "{}" });
    const text = Buffer.from(bytes).toString("latin1").replaceAll("manifest.jsoN", "manifest.json");

    await expect(readXpi(new Uint8Array(Buffer.from(text, "latin1")))).rejects.toThrow(
      expect.objectContaining({ code: "extension/malformed" }),
    );
  });

  test("may use the older member for its id", async () => {
    const text = JSON.stringify({ version: "1", applications: { gecko: { id: "a@b" } } });
    expect(await readXpi(await zip({ "manifest.json": text }))).toMatchObject({ addonId: "a@b" });
  });

  test.each([
    { wrong: "no manifest", files: { "sub/manifest.json": "{}" }, code: "extension/malformed" },
    { wrong: "no JSON", files: { "manifest.json": "{" }, code: "extension/malformed" },
    { wrong: "a list", files: { "manifest.json": "[]" }, code: "extension/malformed" },
    {
      wrong: "a key that reaches a prototype",
      files: { "manifest.json": '{"__proto__":{"version":"1"}}' },
      code: "extension/malformed",
    },
    {
      wrong: "no gecko id",
      files: { "manifest.json": '{"version":"1"}' },
      code: "extension/no-id",
    },
    {
      wrong: "an id that is none",
      files: { "manifest.json": manifest({}, "../evil") },
      code: "extension/no-id",
    },
    {
      wrong: "Mulberry's own id",
      files: { "manifest.json": manifest({}, "Mulberry@mulberry.example") },
      code: "extension/own-id",
    },
    {
      wrong: "no version",
      files: { "manifest.json": manifest({ version: undefined }) },
      code: "extension/no-version",
    },
    {
      wrong: "a manifest of a megabyte",
      files: { "manifest.json": manifest({ name: "x".repeat(1_000_000) }) },
      code: "extension/too-large",
    },
  ])("with $wrong is refused", async ({ files, code }) => {
    await expect(readXpi(await zip(files))).rejects.toThrow(expect.objectContaining({ code }));
  });

  test("that is not a ZIP, cut off, or has a flipped bit is refused", async () => {
    const good = await zip({ "manifest.json": manifest({}) });
    const flipped = Uint8Array.from(good, (byte, index) => (index === 60 ? byte ^ 0xff : byte));

    for (const bytes of [new Uint8Array(), new Uint8Array(1_000), good.slice(0, -30), flipped])
      await expect(readXpi(bytes)).rejects.toThrow(
        expect.objectContaining({ code: "extension/not-a-zip" }),
      );
  });

  test("whose manifest claims to be small and is not is refused", async () => {
    const bytes = await zip({ "manifest.json": manifest({ name: "x".repeat(1_000_000) }) });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // The declared size stands in the local header and in the central directory.
    for (let at = 0; at + 4 < bytes.length; at += 1) {
      const signature = view.getUint32(at, true);
      if (signature === 0x04034b50) view.setUint32(at + 22, 100, true);
      if (signature === 0x02014b50) view.setUint32(at + 24, 100, true);
    }

    await expect(readXpi(bytes)).rejects.toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^extension\/(too-large|not-a-zip)$/u) as unknown,
      }),
    );
  });

  test("that is larger than the limit is refused before it is looked at", async () => {
    await expect(readXpi(new Uint8Array(xpiLimits.bytes + 1))).rejects.toThrow(
      expect.objectContaining({ code: "extension/too-large" }),
    );
  });
});

function manifest(members: object, id = "study@example.com"): string {
  return JSON.stringify({
    version: "1.0",
    browser_specific_settings: { gecko: { id } },
    ...members,
  });
}

async function zip(files: Readonly<Record<string, string | undefined>>): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, text] of Object.entries(files))
    await writer.add(name, new Uint8ArrayReader(new TextEncoder().encode(text)));
  return writer.close();
}
