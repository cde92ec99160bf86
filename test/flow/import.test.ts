import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aNormandyRecipe, anExperiment, inVersion3 } from "#kit/other-systems.ts";
import { expectRefusal, mulberry, temporaryFolder } from "#kit/server.ts";

describe("mulberry import", () => {
  test("writes recipe files that check, apply and simulate take, and publishes nothing", async () => {
    await using folder = await temporaryFolder();
    const [list, out, data] = ["list.json", "recipes", "data"].map((name) =>
      join(folder.path, name),
    ) as [string, string, string];
    await writeFile(list, JSON.stringify([aNormandyRecipe(), anExperiment()]));

    const imported = await mulberry(["import", list, "--out", out]);
    expect(imported).toMatchObject({ code: 0, stderr: "" });
    expect(imported.stdout.split("\n")).toEqual([
      `wrote  ${join(out, "slow-startup-warning-2026.json")}: slow-startup-warning-2026`,
      `wrote  ${join(out, "gc-parallel-marking-2026.json")}: gc-parallel-marking-2026`,
      expect.stringMatching(/^note {4}import\/other-branches: \S+list\.json#\/1\/branches /u),
      expect.stringMatching(/^note {4}import\/other-endings: \S+list\.json#\/1 /u),
      "",
    ]);
    expect(await readdir(folder.path)).toEqual(["list.json", "recipes"]);
    expect(await mulberry(["recipe", "check", out])).toMatchObject({ code: 0 });
    const live = ["recipe", "apply", out, "--data", data, "--yes", "--approve"];
    expect((await mulberry(live)).stdout).toMatch(/\(gc-parallel-marking-2026\) is live/u);
    const simulated = await mulberry(["recipe", "simulate", out, "--json"]);
    expect(JSON.parse(simulated.stdout)).toMatchObject({
      recipes: [{ slug: "gc-parallel-marking-2026" }, { slug: "slow-startup-warning-2026" }],
    });
  });

  test("writes over nothing: the same again is there, another one gets another name", async () => {
    await using folder = await temporaryFolder();
    const [list, out] = ["list.json", "recipes"].map((name) => join(folder.path, name)) as [
      string,
      string,
    ];
    await mkdir(out);
    await writeFile(join(out, "slow-startup-warning-2026.json"), "mine");
    await writeFile(list, JSON.stringify(aNormandyRecipe()));
    const run = () => mulberry(["import", list, "--out", out, "--json"]);
    const file = join(out, "slow-startup-warning-2026-1.json");
    expect(JSON.parse((await run()).stdout)).toMatchObject({ files: [{ file, isNew: true }] });
    expect(await readFile(join(out, "slow-startup-warning-2026.json"), "utf8")).toBe("mine");
  });

  test("says what could not be carried over, writes the rest, and exits 1", async () => {
    await using folder = await temporaryFolder();
    const list = join(folder.path, "list.json");
    const out = join(folder.path, "recipes");
    await writeFile(list, JSON.stringify([anExperiment({ appName: "fenix" }), aNormandyRecipe()]));
    const { code, stdout } = await mulberry(["import", list, "--out", out]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^refused import\/other-application: \S+list\.json#\/0\/appName /mu);
    expect(await readdir(out)).toEqual(["slow-startup-warning-2026.json"]);
  });

  test("follows the pages of an API on its own origin, and no further", async () => {
    await using folder = await temporaryFolder();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const second = request.url?.includes("page=2") === true;
      const recipe = aNormandyRecipe({
        action: "console-log",
        name: second ? "Second" : "First",
        arguments: { message: "hello" },
      });
      const next = second ? "https://elsewhere.example/?page=3" : `${origin}/api/v3/recipe/?page=2`;
      response.end(JSON.stringify({ count: 2, next, results: [inVersion3(recipe)] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    try {
      const out = join(folder.path, "recipes");
      const { stdout } = await mulberry(["import", `${origin}/api/v3/recipe/`, "--out", out]);
      expect(asked).toEqual(["/api/v3/recipe/", "/api/v3/recipe/?page=2"]);
      expect(stdout).toMatch(/: First\n.*: Second\n/u);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expectRefusal(
      await mulberry(["import", "http://elsewhere.example/", "--out", folder.path]),
      /^file\/unreadable: http:\/\/elsewhere\.example\/: it must be an https: URL/u,
    );
  });
});
