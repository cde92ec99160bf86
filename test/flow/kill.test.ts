import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseManifest } from "#recipes/manifest-parse.ts";
import type { ManifestPayload } from "#recipes/manifest.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { aConfig, expectRefusal, mulberry, type Outcome, temporaryFolder } from "#kit/server.ts";
import { type RunningServer, startServer } from "#server/main.ts";

// Stopping by the kill list, from the command line to what a running server hands out.

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: RunningServer;
beforeEach(async () => {
  folder = await temporaryFolder();
  server = await startServer(aConfig(folder.path));
});
afterEach(async () => {
  await server.close();
  await folder[Symbol.asyncDispose]();
});

const kill = (...args: readonly string[]): Promise<Outcome> =>
  mulberry(["kill", ...args, "--data", folder.path]);
async function served(): Promise<ManifestPayload> {
  const answer = await fetch(`${server.url}/v2/bundle.json`);
  const { manifest } = (await answer.json()) as { readonly manifest: string };
  const payload = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString("utf8");
  return parseManifest(JSON.parse(payload));
}

describe("mulberry kill", () => {
  test("add is over when the running server says it to browsers, and lift takes it back", async () => {
    const { code, stdout, stderr } = await kill(
      ...["add", "--json", "--id", "7", "3", "--id", "12", "--slug", "a"],
      ...["--pref", "x.y", "--addon", "s@example.com"],
    );
    expect({ code, stderr: stderr.replace(/^kill\/unknown: .*\n/gmu, "") }).toEqual({
      code: 0,
      stderr: "",
    });
    const stopped = {
      all: false,
      ids: [3, 7, 12],
      slugs: ["a"],
      prefs: ["x.y"],
      addons: ["s@example.com"],
    };
    const { n, kill: now } = await served();
    expect(now).toEqual(stopped);
    expect(JSON.parse(stdout)).toMatchObject({ ep: 1, n, kill: stopped });

    await kill("lift", "--id", "3", "--pref", "x.y");
    expect((await served()).kill).toEqual({ ...stopped, ids: [7, 12], prefs: [] });
  });

  test("can stop everything, for who is alone on a production server too", async () => {
    await using other = await temporaryFolder();
    const production = { MULBERRY_ENV: "production" };
    await mulberry(["keys", "init", "--data", other.path], production);
    const { code, stdout } = await mulberry(
      ["kill", "add", "--all", "--data", other.path],
      production,
    );
    expect([code, stdout]).toEqual([0, "manifest 1.1 stops everything\n"]);
  });

  test("signs nothing for what is stopped already, or was not stopped", async () => {
    await kill("add", "--all");
    const { n } = await served();
    expect((await kill("add", "--all")).stdout).toMatch(/^all of this is stopped already/u);
    expect((await kill("lift", "--slug", "a")).stdout).toMatch(/^none of this was stopped/u);
    expect((await served()).n).toBe(n);
  });

  test("outlives what is published after it, and a restart", async () => {
    await kill("add", "--slug", "tab-study");
    await server.publishLive([aPreferenceStudy()]);
    expect((await served()).kill.slugs).toEqual(["tab-study"]);
    await server.close();
    server = await startServer(aConfig(folder.path));
    await server.publishLive([]);
    expect((await served()).kill.slugs).toEqual(["tab-study"]);
    const { stdout } = await kill("list", "--json");
    expect(JSON.parse(stdout)).toMatchObject([{ kind: "slug", value: "tab-study" }]);
  });

  test("lets browsers still end what the manifest before ended", async () => {
    await server.publishLive([]);
    await kill("add", "--id", "1");
    expect((await served()).must).toEqual(["mass-ok"]);
  });

  test("says which recipe was probably meant, and stops what was named all the same", async () => {
    await server.publishLive([aRollout({ slug: "tabs-fast" })]);
    const { code, stderr } = await kill("add", "--slug", "tab-fast");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^kill\/unknown: .*tab-fast.*tabs-fast/u);
    expect((await served()).kill.slugs).toEqual(["tab-fast"]);
  });

  test("is not held up by a recipe whose body was damaged in the store", async () => {
    await server.publishLive([aPreferenceStudy({ id: 1 }), aRollout({ id: 2 })]);
    const db = new DatabaseSync(join(folder.path, "mulberry.db"));
    db.exec(
      "drop trigger revisions_refuse_update; update revisions set body = '{}' where \"recipeId\" = 1",
    );
    db.close();

    const disable = ["recipe", "disable", "2", "--data", folder.path];
    expectRefusal(await mulberry(disable), /^publish\/unverifiable: /u);
    expect((await kill("add", "--id", "2")).code).toBe(0);
    const { recipes, kill: now } = await served();
    expect(now.ids).toEqual([2]);
    expect(recipes.map(({ id }) => id)).toEqual([2]);
  });

  test.each(["add", "lift", "add --id tabs", "add --id 0", "add --pref"])(
    "%s is wrong usage, and stops nothing",
    async (line) => {
      const { code, stdout, stderr } = await kill(...line.split(" "));
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^usage: /u);
    },
  );

  test("of a folder that was mistyped says that nothing is there", async () => {
    const data = join(folder.path, "mistyped");
    for (const args of [["add", "--all"], ["list"]])
      expectRefusal(await mulberry(["kill", ...args, "--data", data]), /^data\/none: /u);
  });
});
