import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkDraft } from "#recipes/parse.ts";
import { readConfig } from "#server/config.ts";
import { type RunningServer, startServer } from "#server/main.ts";

// What README.md tells a newcomer to do is done here, word for word.

const root = path.join(import.meta.dirname, "../..");
const run = promisify(execFile);

describe("the first recipe of README.md", () => {
  let folder: string;
  let readme: string;
  let server: RunningServer;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "mulberry-readme-"));
    readme = await readFile(path.join(root, "README.md"), "utf8");
    server = await startServer(
      readConfig({ MULBERRY_ENV: "development", MULBERRY_DATA: folder, MULBERRY_PORT: "0" }),
    );
    await writeFile(path.join(folder, "calmer-sessions.json"), recipeOf(readme));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("has no findings", () => {
    expect(checkDraft(JSON.parse(recipeOf(readme))).findings).toEqual([]);
  });

  test("goes through every command that README.md names", async () => {
    const lines = commandsOf(readme);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of lines) {
      // What follows a live store would follow it for ever.
      const args = line.split(" ").filter((word) => word !== "--follow");
      const { stderr } = await run(process.execPath, [path.join(root, "server/bin.mjs"), ...args], {
        cwd: folder,
        env: { ...process.env, MULBERRY_DATA: folder },
      });
      expect(stderr.replace(/^ingest\/empty.*$/mu, "").trim(), line).toBe("");
    }
    const { manifest } = (await (await fetch(`${server.url}/v2/bundle.json`)).json()) as {
      readonly manifest: string;
    };
    const payload = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString();
    expect(payload).toContain('"slug":"calmer-sessions"');
  });

  test("is described in documents whose links lead somewhere", async () => {
    const links = [...readme.matchAll(/\]\(([^):#]+)\)/gu)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) await expect(readFile(path.join(root, link))).resolves.toBeDefined();
  });
});

function recipeOf(text: string): string {
  return /```json\n(.*?)```/su.exec(text)?.[1] ?? "";
}

/** The `npx mulberry …` lines that can be run as they stand. */
function commandsOf(text: string): readonly string[] {
  return [...text.matchAll(/^npx mulberry (.+)$/gmu)].map(([, line = ""]) => line);
}
