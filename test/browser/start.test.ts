import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aPreferenceStudy, aStudyPreference } from "#kit/recipes.ts";
import { mulberry, temporaryFolder, untilPrinted } from "#kit/server.ts";

// `npm start` as a person uses it: what they see, what they press, what they find again.

const script = path.join(import.meta.dirname, "../../tools/start.ts");

describe("npm start", { timeout: 300_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let data: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    data = path.join(folder.path, "data");
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  function start(...args: readonly string[]): ChildProcess {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("MULBERRY_"));
    const { FIREFOX_BINARY: firefox } = process.env;
    return spawn(process.execPath, [script, "--port", "0", "--data", data, ...args], {
      env: {
        ...Object.fromEntries(inherited),
        ...(firefox === undefined ? {} : { MULBERRY_FIREFOX: firefox }),
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  async function ended(child: ChildProcess): Promise<Ended> {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr };
  }

  test("shows a study's end when it is disabled and Enter is pressed", async () => {
    const child = start();
    const end = ended(child);
    const root = untilPrinted(child, /^asked +for a newer root: none$/mu);
    await untilPrinted(child, /^uptake +runner: success$/mu);
    await root;
    const second = await ended(start("--once"));
    expect(second.code).toBe(1);
    const refusal = second.stderr.split("\n").filter((line) => line.includes("ingest/locked"));
    expect(refusal).toEqual([
      expect.stringMatching(/^ingest\/locked: .* answers at http:\/\/127\.0\.0\.1:\d+: /u),
    ]);

    const stopped = await mulberry(["recipe", "disable", "linux-session-history", "--data", data]);
    expect(stopped).toMatchObject({ code: 0, stderr: "" });
    const left = untilPrinted(child, /^unenroll +preference_study linux-session-history .*$/mu);
    child.stdin?.write("\n");
    expect((await left)[0]).toContain("reason=recipe-not-seen");
    child.kill("SIGINT");
    expect((await end).code).toBe(0);
  });

  test("leaves a disabled example alone, and says at once why a cycle is not through", async () => {
    const rival = aPreferenceStudy({
      filter_expression: "true",
      arguments: {
        slug: "rival",
        branches: [
          {
            slug: "only",
            ratio: 1,
            preferences: { "network.http.speculative-parallel-limit": aStudyPreference(3) },
          },
        ],
      },
    });
    const { id: _id, revision_id: _revision, ...draft } = rival;
    const file = path.join(folder.path, "rival.json");
    await writeFile(file, JSON.stringify(draft));
    await mulberry(["recipe", "publish", file, "--approve", "--data", data]);

    const { code, stdout, stderr } = await ended(start("--once"));
    const examples = await readdir(path.join(import.meta.dirname, "../../recipes/examples"));
    expect(stdout).toContain(
      `${String(examples.length - 1)} recipes published; left as you left them: linux-session-history (disabled)`,
    );
    expect(stderr).toMatch(
      /^start\/not-through: step "applied" did not happen: rival ended as apply_error \(pref-conflict\)/mu,
    );
    expect(stderr).not.toContain("waited");
    expect(code).toBe(1);
  });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
