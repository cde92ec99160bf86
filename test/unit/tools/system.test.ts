import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureBrowser, findBrowser } from "#tools/system.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "mulberry-system-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, "#!/bin/sh\nexit 1\n");
  await chmod(file, 0o755);
  return file;
}

describe("a browser of this machine", () => {
  test("is the one that the environment names", async () => {
    await program("firefox-esr");
    const own = await program("my-firefox");
    expect(findBrowser("firefox", { PATH: folder, MULBERRY_FIREFOX: own })).toBe(own);
  });

  test("is refused when the environment names something that cannot be run", async () => {
    await program("firefox-esr");
    const named = path.join(folder, "nothing");
    expect(() => findBrowser("firefox", { PATH: folder, MULBERRY_FIREFOX: named })).toThrow(
      expect.objectContaining({ code: "setup/no-firefox" }),
    );
  });

  test("is an edition that takes our extension before one that does not", async () => {
    await program("firefox");
    const nightly = await program("firefox-nightly");
    expect(findBrowser("firefox", { PATH: folder })).toBe(nightly);
  });

  test("is not a file that cannot be run", async () => {
    const file = await program("chromium");
    await chmod(file, 0o644);
    expect(findBrowser("chromium", { PATH: folder })).not.toBe(file);
  });
});

test("a browser that is there is not installed again", async () => {
  const chromium = await program("chromium");
  const told: string[] = [];
  const found = await ensureBrowser("chromium", (line) => told.push(line), { PATH: folder });
  expect(found).toBe(chromium);
  expect(told).toEqual([]);
});
