import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { tokenTypes } from "#recipes/manifest.ts";
import { anAuthority, type Authority, type BundleSaying, token } from "#kit/authority.ts";
import { aConsoleLog, anAddonRollout, aPublishedAddon } from "#kit/recipes.ts";
import { type Exported, exportReadSide } from "#server/publish/export.ts";
import { verifyServed } from "#server/publish/served-set.ts";
import type { StaticFolder } from "#server/store/static-folder.ts";

let authority: Authority;
beforeAll(async () => {
  authority = await anAuthority();
});

describe("an export", () => {
  test("puts everything in place that the bundle names before the bundle itself", async () => {
    const target = new MemoryFolder();
    const addon = Buffer.from("an add-on");
    const source = await served({ recipes: [aConsoleLog(), rolloutOf(addon)] }, { addon });
    source.files.set("v2/halt.jws", await aHalt(1));
    const exported = await exportTo(target, source);

    expect(exported).toMatchObject({ n: 10, recipes: 2, roots: 1, addons: 1, halt: true });
    expect(target.writes.map((path) => path.replace(/[\w-]{43,}/u, "#"))).toEqual([
      "extensions/#.xpi",
      "v2/r/#",
      "v2/r/#",
      "v2/root/1.json",
      "v2/halt.jws",
      "v2/bundle.json",
    ]);
    expect(target.files).toEqual(source.files);
    expect(exported.written).toBe(6);
  });

  test("leaves a complete set whichever of its writes it does not come to", async () => {
    const first = await served({ recipes: [aConsoleLog({ id: 1 }), aConsoleLog({ id: 2 })] });
    const second = await served(nextSet);
    const writes = await writesOf(first, second);
    expect(writes).toBe(3);
    for (let fatal = 0; fatal < writes; fatal += 1) {
      const target = new MemoryFolder();
      await exportTo(target, first);
      target.dieAfter(fatal);
      await expect(exportTo(target, second)).rejects.toThrow("killed");
      expect(await setIn(target)).toBe(10);

      target.live();
      await exportTo(target, second);
      expect(await setIn(target)).toBe(11);
    }
  });

  test("keeps the bodies of older sets, for whoever still holds an older bundle", async () => {
    const target = new MemoryFolder();
    const first = await served({ recipes: [aConsoleLog({ id: 1 })] });
    await exportTo(target, first);
    await exportTo(target, await served({ recipes: [], manifest: { n: 11 } }));
    for (const [path, bytes] of first.files)
      if (path.startsWith("v2/r/")) expect(target.files.get(path)).toEqual(bytes);
  });

  test("writes nothing where nothing changed", async () => {
    const target = new MemoryFolder();
    const source = await served({ recipes: [aConsoleLog()] });
    await exportTo(target, source);
    target.writes.length = 0;
    expect((await exportTo(target, source)).written).toBe(0);
    expect(target.writes).toEqual([]);
  });

  test.each<{ what: string; saying?: BundleSaying; harm?: (files: Files) => void }>([
    { what: "a manifest that is over", saying: { manifest: { exp: 1_795_000_000 - 1_000 } } },
    { what: "a body that was cut off", harm: (files) => change(files, "v2/r/", cut) },
    { what: "a body with another letter", harm: (files) => change(files, "v2/r/", flip) },
    { what: "a bundle that is no JSON", harm: (files) => change(files, "v2/bundle", cut) },
    { what: "no root", harm: (files) => files.delete("v2/root/1.json") },
    { what: "a root with another letter", harm: (files) => change(files, "v2/root/", flip) },
    { what: "another add-on than was signed", harm: (files) => change(files, "extensions/", flip) },
    { what: "no add-on", harm: (files) => change(files, "extensions/", () => undefined) },
    {
      what: "a halt that nobody signed",
      harm: (files) => files.set("v2/halt.jws", Buffer.from("a.b.c")),
    },
  ])("puts nothing in place where a client would find $what", async ({ saying, harm }) => {
    const target = new MemoryFolder();
    const addon = Buffer.from("an add-on");
    await exportTo(target, await served({ recipes: [aConsoleLog()] }));
    const before = new Map(target.files);
    const manifest = { n: 11, ...saying?.manifest };
    const source = await served(
      { recipes: [aConsoleLog({ name: "2" }), rolloutOf(addon)], manifest },
      { addon },
    );
    harm?.(source.files);

    await expect(exportTo(target, source)).rejects.toMatchObject({ code: "export/unverifiable" });
    expect(target.files).toEqual(before);
  });

  test("puts the older bundle back where the disk gives back other bytes than it was given", async () => {
    const target = new MemoryFolder();
    await exportTo(target, await served({ recipes: [aConsoleLog()] }));
    target.spoil = (path, bytes) => (path === "v2/bundle.json" ? cut(bytes) : bytes);
    target.spoilOnce = true;
    await expect(exportTo(target, await served(nextSet))).rejects.toMatchObject({
      code: "export/unverifiable",
    });
    expect(await setIn(target)).toBe(10);
  });

  test("never puts the bundle over a body that the disk did not keep", async () => {
    const target = new MemoryFolder();
    await exportTo(target, await served({ recipes: [aConsoleLog()] }));
    target.writes.length = 0;
    target.spoil = (path, bytes) => (path.startsWith("v2/r/") ? flip(bytes) : bytes);
    await expect(exportTo(target, await served(nextSet))).rejects.toMatchObject({
      code: "export/unverifiable",
    });
    expect(target.writes).not.toContain("v2/bundle.json");
    expect(await setIn(target)).toBe(10);
  });

  test.each([
    { what: "a later manifest", ours: 10, theirs: 11, code: "export/newer-set" },
    {
      what: "the halt of a later set",
      ours: 12,
      theirs: 11,
      halt: [3, 4],
      code: "export/newer-set",
    },
  ])("does not go back behind $what", async ({ ours, theirs, halt = [], code }) => {
    const target = new MemoryFolder();
    const [older, newer] = await Promise.all(
      [ours, theirs].map((n) => served({ manifest: { n } })),
    );
    if (halt[0] !== undefined) older?.files.set("v2/halt.jws", await aHalt(halt[0]));
    if (halt[1] !== undefined) newer?.files.set("v2/halt.jws", await aHalt(halt[1]));
    await exportTo(target, newer ?? target);
    const before = new Map(target.files);
    await expect(exportTo(target, older ?? target)).rejects.toMatchObject({ code });
    expect(target.files).toEqual(before);
  });

  test("takes no halt of another environment", async () => {
    const source = await served({});
    source.files.set("v2/halt.jws", await aHalt(1, "elsewhere"));
    await expect(exportTo(new MemoryFolder(), source)).rejects.toMatchObject({
      code: "export/unverifiable",
    });
  });

  test("leaves the folder of another server alone", async () => {
    const target = new MemoryFolder();
    await exportTo(target, await served({}));
    const before = new Map(target.files);
    const other = await served({}, { by: await anAuthority() });
    await expect(exportTo(target, other)).rejects.toMatchObject({ code: "export/other-root" });
    expect(target.files).toEqual(before);
  });
});

type Files = Map<string, Uint8Array>;

const nextSet: BundleSaying = {
  recipes: [
    aConsoleLog({ id: 1 }),
    aConsoleLog({ id: 2, name: "changed" }),
    aConsoleLog({ id: 3, name: "new" }),
  ],
  manifest: { n: 11 },
};

/** A folder in memory that notes what is written to it, and fails on demand. */
class MemoryFolder implements StaticFolder {
  readonly files: Files;
  readonly writes: string[] = [];
  spoil: (path: string, bytes: Uint8Array) => Uint8Array = (_path, bytes) => bytes;
  spoilOnce = false;
  #left = Infinity;

  constructor(files: Files = new Map()) {
    this.files = files;
  }

  dieAfter(writes: number): void {
    this.#left = writes;
  }

  live(): void {
    this.#left = Infinity;
  }

  readonly read = async (path: string): Promise<Uint8Array | undefined> => this.files.get(path);

  readonly write = async (path: string, bytes: Uint8Array): Promise<void> => {
    if (this.#left === 0) throw new Error("killed");
    this.#left -= 1;
    this.writes.push(path);
    const kept = this.spoil(path, bytes);
    this.files.set(path, kept);
    if (this.spoilOnce && kept !== bytes) this.spoil = (_path, other) => other;
  };
}

/** What a server would hand out. */
async function served(
  saying: BundleSaying,
  { by = authority, addon }: { readonly by?: Authority; readonly addon?: Uint8Array } = {},
): Promise<MemoryFolder> {
  const { bundle, bodies } = await by.bundle(saying);
  const files: Files = new Map([
    ["v2/bundle.json", Buffer.from(JSON.stringify(bundle))],
    ["v2/root/1.json", Buffer.from(JSON.stringify(by.root))],
  ]);
  for (const [name, bytes] of bodies) files.set(`v2/r/${name}`, Buffer.from(bytes));
  if (addon !== undefined) files.set(`extensions/${hexOf(addon)}.xpi`, addon);
  return new MemoryFolder(files);
}

function exportTo(target: MemoryFolder, source: MemoryFolder): Promise<Exported> {
  const nowMs = authority.nowSeconds * 1_000;
  return exportReadSide({ source, target, nowMs, alone: (work) => work() });
}

/** How many files a second export writes. */
async function writesOf(first: MemoryFolder, second: MemoryFolder): Promise<number> {
  const target = new MemoryFolder();
  await exportTo(target, first);
  return (await exportTo(target, second)).written;
}

/** The number of the set that a client would find there. */
async function setIn(folder: MemoryFolder): Promise<number> {
  const bundle = folder.files.get("v2/bundle.json") ?? new Uint8Array();
  return (await verifyServed(folder.read, bundle, authority.nowSeconds * 1_000)).manifest.n;
}

async function aHalt(hn: number, env = "test"): Promise<Uint8Array> {
  const { nowSeconds: iat, rootKeys } = authority;
  const kill = { all: false, ids: [7], slugs: [], prefs: [], addons: [] };
  const payload = { v: 1, env, hn, iat, exp: iat + 86_400, min_ep: 0, kill };
  return Buffer.from(await token(payload, tokenTypes.halt, rootKeys[1]));
}

function rolloutOf(addon: Uint8Array): ReturnType<typeof anAddonRollout> {
  const sha256 = hexOf(addon);
  const url = `https://mulberry.example/extensions/${sha256}.xpi`;
  const said = aPublishedAddon({ sha256, size: addon.length, url });
  return anAddonRollout({ id: 9, arguments: { addon: said } });
}

function hexOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function change(
  files: Files,
  prefix: string,
  harm: (bytes: Uint8Array) => Uint8Array | undefined,
): void {
  // The last: the first may be one that lies in the target already.
  const path = [...files.keys()].findLast((name) => name.startsWith(prefix)) ?? "";
  const harmed = harm(files.get(path) ?? new Uint8Array());
  if (harmed === undefined) files.delete(path);
  else files.set(path, harmed);
}

function cut(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, -2);
}

function flip(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  const middle = Math.floor(text.length / 2);
  const letter = text[middle] === "A" ? "B" : "A";
  return Buffer.from(`${text.slice(0, middle)}${letter}${text.slice(middle + 1)}`, "latin1");
}
