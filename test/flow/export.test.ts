import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { killed, startChild } from "#kit/children.ts";
import { asFile } from "#kit/desk.ts";
import { randomOf } from "#kit/filters.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { expectRefusal, mulberry, temporaryFolder, untilPrinted } from "#kit/server.ts";
import { verifyServed } from "#server/publish/served-set.ts";
import { openStaticFolder } from "#server/store/static-folder.ts";
import { packXpi } from "#tools/xpi.ts";
import { sized } from "#kit/size.ts";

const kills = sized("EXPORT_KILL_ROUNDS", { quick: 2, whole: 6 });
const script = fileURLToPath(new URL("./export-child.ts", import.meta.url));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
let out: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
  out = join(folder.path, "out");
});
afterEach(() => folder[Symbol.asyncDispose]());

describe("mulberry export", () => {
  test("writes what a client fetches, add-ons with it, without a server", async () => {
    await addExtension();
    await publish({
      name: "Add-on",
      action: "addon-rollout",
      arguments: { slug: "addon", extensionApiId: 1 },
    });
    await publish(aConsoleLog({ slug: "hello" }));
    const { stdout } = await run("export", "--out", out, "--json");
    const exported = JSON.parse(stdout) as object;
    expect(exported).toMatchObject({ out, recipes: 2, roots: 1, addons: 1, halt: false });

    const files = (await readdir(out, { recursive: true })).map((name) =>
      name.replace(/[\w-]{43,}/u, "#"),
    );
    expect(files.sort()).toEqual([
      "extensions",
      "extensions/#.xpi",
      "v2",
      "v2/bundle.json",
      "v2/r",
      "v2/r/#",
      "v2/r/#",
      "v2/root",
      "v2/root/1.json",
    ]);
    for (const path of ["v2/bundle.json", "v2/root/1.json"])
      expect(await readFile(join(out, path))).toEqual(await readFile(join(data, "public", path)));
    expect(exported).toMatchObject(await setIn(out));
  });

  test("takes away from clients what was disabled, in one further call", async () => {
    await publish(aConsoleLog({ slug: "hello" }));
    await run("export", "--out", out);
    await run("recipe", "disable", "hello");
    const { stdout } = await run("export", "--out", out);
    expect(stdout).toMatch(
      /^exported manifest 1\.\d+ to .*: recipes 0, roots 1, add-ons 0, no halt; files written 1\n$/u,
    );
    expect((await setIn(out)).recipes).toBe(0);
  });

  test("takes away what an export that was killed left long ago, and nothing else", async () => {
    await publish(aConsoleLog({ slug: "hello" }));
    await run("export", "--out", out);
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    const leave = async (name: string, hours: number): Promise<string> => {
      await writeFile(join(out, name), "half");
      await utimes(join(out, name), hoursAgo(hours), hoursAgo(hours));
      return name;
    };
    const gone = [
      await leave(`v2/r/.${randomUUID()}.tmp`, 2),
      await leave(`v2/.${randomUUID()}.tmp`, 2),
    ];
    const kept = [
      await leave(`v2/.${randomUUID()}.tmp`, 0),
      await leave(`.${randomUUID()}.tmp`, 2),
      await leave("v2/notes.tmp", 2),
    ];
    await run("export", "--out", out);
    const names = await readdir(out, { recursive: true });
    expect(names).toEqual(expect.arrayContaining(kept));
    expect(names.filter((name) => gone.includes(name))).toEqual([]);
    expect((await setIn(out)).recipes).toBe(1);
  });

  test("says in one line why it wrote nothing", async () => {
    const empty = await mulberry(["export", "--out", out, "--data", data]);
    expectRefusal(empty, /^data\/none: /u);

    await publish(aConsoleLog({ slug: "hello" }));
    const file = join(folder.path, "file");
    await writeFile(file, "");
    // Under /proc Node's own way of making folders never comes to an end.
    for (const place of [file, join(file, "below"), "/proc/no-such-process"])
      expectRefusal(
        await mulberry(["export", "--out", place, "--data", data]),
        /^export\/not-writable: /u,
      );

    await run("export", "--out", out);
    const [body = ""] = await readdir(join(data, "public/v2/r"));
    await writeFile(join(data, "public/v2/r", body), "{}");
    await writeFile(join(data, "public/v2/halt.jws"), "nothing");
    const broken = await mulberry(["export", "--out", out, "--data", data]);
    expectRefusal(broken, /^export\/unverifiable: /u);
    expect(await setIn(out)).toMatchObject({ recipes: 1 });
  });

  test(`is a set that verifies at any moment, ${String(kills)} kills of two exporters included`, async () => {
    const seed = Date.now() % 100_000;
    onTestFailed(() => {
      console.log(`seed ${String(seed)}`);
    });
    const random = randomOf(seed);
    await publish(aConsoleLog({ slug: "hello" }));
    await run("export", "--out", out);
    let reads = 0;
    let last = 0;
    const read = async (): Promise<void> => {
      const { n } = await setIn(out);
      expect(n).toBeGreaterThanOrEqual(last);
      last = n;
      reads += 1;
    };
    for (let kill = 0; kill < kills; kill += 1) {
      const children = ["a", "b"].map((slug) => startChild(script, data, out, slug));
      await Promise.race(children.map((child) => untilPrinted(child, /exported 0\n/u)));
      const until = delay(random() * 150, "over");
      while ((await Promise.race([until, read()])) !== "over");
      await Promise.all(children.map(killed));
      await read();
    }
    expect(reads).toBeGreaterThan(kills);
    expect(last).toBeGreaterThan(kills);
  });
});

async function setIn(path: string): Promise<{ readonly n: number; readonly recipes: number }> {
  const { read } = openStaticFolder(path);
  const bundle = (await read("v2/bundle.json")) ?? new Uint8Array();
  const { manifest } = await verifyServed(read, bundle, Date.now());
  return { n: manifest.n, recipes: manifest.recipes.length };
}

async function publish(recipe: object): Promise<void> {
  const file = join(folder.path, "recipe.json");
  await writeFile(file, asFile(recipe).text);
  await run("recipe", "publish", file, "--approve");
}

async function addExtension(): Promise<void> {
  const source = join(folder.path, "addon");
  await mkdir(source);
  const manifest = {
    manifest_version: 3,
    name: "Quiet",
    version: "1.0",
    browser_specific_settings: { gecko: { id: "quiet@example.com" } },
  };
  const xpi = join(folder.path, "quiet.xpi");
  await writeFile(xpi, await packXpi(source, { "manifest.json": JSON.stringify(manifest) }));
  await run("extension", "add", xpi);
}

async function run(...args: readonly string[]): ReturnType<typeof mulberry> {
  const outcome = await mulberry([...args, "--data", data]);
  expect(outcome).toMatchObject({ code: 0 });
  return outcome;
}
