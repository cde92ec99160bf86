import { cp, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { killed, startChild } from "#kit/children.ts";
import { type Office, openOffice, production } from "#kit/office.ts";
import { aConfig, expectRefusal, mulberry, type Outcome, untilPrinted } from "#kit/server.ts";
import { aWalkingClient } from "#kit/walking-client.ts";
import { embeddedIn } from "#server/data-folder.ts";
import { startServer } from "#server/main.ts";
import { openStore } from "#server/workplace.ts";

const editor = fileURLToPath(new URL("./approval-child.ts", import.meta.url));

/** Runs a command on another data folder than the office's. */
function elsewhere(office: Office, folder: string, ...args: readonly string[]): Promise<Outcome> {
  return mulberry([...args, "--data", join(office.path, folder)], production);
}

test("a backup is whole though somebody writes without a pause, and only the server's user reads it", async () => {
  await using office = await openOffice();
  await office.admit("ada", "admin");
  const child = startChild(editor, office.dataDir, await office.admit("ines", "author"));
  const out = join(office.path, "backup");
  const addon = join("extensions", `${"a".repeat(64)}.xpi`);
  await mkdir(join(office.dataDir, "extensions"));
  await writeFile(join(office.dataDir, addon), "its bytes");
  try {
    await untilPrinted(child, /ready/u);
    let before = 0;
    for (let round = 0; round < 5; round += 1) {
      await office.done(undefined, "backup", "--out", out);
      expect(child.exitCode).toBeNull();
      const copy = await openStore(embeddedIn(out));
      const [recipe] = await copy.recipes();
      const revisions = recipe === undefined ? [] : await copy.revisionsOf(recipe.id);
      expect(revisions.at(-1)?.number).toBe(recipe?.latest);
      expect(revisions.length).toBeGreaterThanOrEqual(before);
      before = revisions.length;
      await copy.close();
    }
    expect(before).toBeGreaterThan(0);
  } finally {
    await killed(child);
  }
  expect(await readFile(join(out, addon), "utf8")).toBe("its bytes");
  expect((await stat(join(out, "mulberry.db"))).mode & 0o077).toBe(0);
  expect((await readdir(out)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("docs/operations.md says what is done here", async () => {
  const page = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const [, section = ""] = page.split("## Backup and restore\n");
  const [own = ""] = section.split("\n## ");
  expect([...own.matchAll(/^npx mulberry (.+)$/gmu)].map(([, line]) => line)).toEqual([
    "backup --out BACKUP",
    "restore BACKUP",
    "keys rotate --epoch --key safe-1/root-1.json",
  ]);
});

test("a store that is brought back goes on in a new epoch, which browsers that knew more believe", async () => {
  await using office = await openOffice();
  const admin = await office.admit("ada", "admin");
  const ines = await office.admit("ines", "author");
  const otto = await office.admit("otto", "approver");
  const goLive = async (): Promise<void> => {
    const waiting = await office.done(undefined, "recipe", "waiting", "--json");
    const [{ slug, sha256 }] = JSON.parse(waiting) as [{ slug: string; sha256: string }];
    await office.done(otto, "recipe", "approve", slug, "--sha256", sha256);
  };
  const example = fileURLToPath(new URL("../../recipes/examples/hello.json", import.meta.url));
  await office.done(ines, "recipe", "publish", example);
  await office.done(ines, "recipe", "request", "1");
  await goLive();
  await office.done(undefined, "backup", "--out", join(office.path, "backup"));

  // What came after the backup is lost with the folder; a browser has seen it.
  await office.done(otto, "recipe", "disable", "1");
  await office.done(ines, "recipe", "request", "1");
  await goLive();
  const root: unknown = JSON.parse(await readFile(join(office.dataDir, "keys/root.json"), "utf8"));
  const browser = aWalkingClient(root);
  const server = await startServer(aConfig(office.dataDir, production));
  expect(await browser.run(server.url)).toMatchObject({ kind: "verified", manifest: { n: 3 } });
  await server.close();

  const backup = join(office.path, "backup");
  expectRefusal(await office.run(undefined, "restore", backup), /^data\/exists: /u);
  expectRefusal(await elsewhere(office, "new", "restore", office.path), /^data\/none: /u);
  const back = await elsewhere(office, "new", "restore", backup);
  expect(back).toMatchObject({ code: 0, stderr: "" });
  for (const kept of ["keys", "public"])
    await cp(join(office.dataDir, kept), join(office.path, "new", kept), { recursive: true });

  const stop = ["kill", "add", "--pref", "test.a"];
  expectRefusal(await elsewhere(office, "new", ...stop), /^data\/restored: .*rotate --epoch/u);
  const key = join(office.path, "root-1.json");
  expect(await elsewhere(office, "new", "keys", "rotate", "--epoch", "--key", key)).toMatchObject({
    code: 0,
  });
  const again = await startServer(aConfig(join(office.path, "new"), production));
  expect(await browser.run(again.url)).toMatchObject({
    kind: "verified",
    manifest: { ep: 2, n: 1, recipes: [{ id: 1 }] },
  });
  await again.close();

  // Who was shut out after the backup is not let in by it.
  const { stderr } = await mulberry(
    ["user", "role", "ines", "viewer", "--data", join(office.path, "new")],
    {
      ...production,
      MULBERRY_TOKEN: admin,
    },
  );
  expect(stderr).toMatch(/^access\/token-refused: this token was taken back/u);
  expect(await elsewhere(office, "new", "token", "add", "ada")).toMatchObject({ code: 0 });
});
