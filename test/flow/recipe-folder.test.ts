import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inFile } from "#kit/recipe-file.ts";
import { aRollout } from "#kit/recipes.ts";
import { expectRefusal, mulberry, temporaryFolder } from "#kit/server.ts";

describe("a folder of recipes", () => {
  test("is what lies in it and is a recipe's: no links, nothing hidden, no schemas", async () => {
    await using folder = await temporaryFolder();
    const dir = join(folder.path, "recipes");
    await mkdir(join(dir, ".vscode"), { recursive: true });
    await mkdir(join(dir, "node_modules"));
    const hello = JSON.stringify({
      name: "a",
      action: "console-log",
      arguments: {},
      filter_expression: "true",
    });
    await writeFile(join(dir, "hello.json"), hello);
    for (const other of [
      ".vscode/settings.json",
      "node_modules/a.json",
      "recipe.schema.json",
      "a.txt",
    ])
      await writeFile(join(dir, other), "{");
    await writeFile(join(folder.path, "outside.json"), "{");
    await symlink(join(folder.path, "outside.json"), join(dir, "link.json"));
    await symlink(folder.path, join(dir, "around"));

    const checked = await mulberry(["recipe", "check", dir]);
    expect(checked).toEqual({
      code: 0,
      stdout: `${join(dir, "hello.json")}: no findings\n`,
      stderr: "",
    });
  });

  test("goes live at once on a development server, and only there", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    const dir = join(folder.path, "recipes");
    await mkdir(dir);
    await writeFile(
      join(dir, "fast.json"),
      JSON.stringify(inFile(aRollout(), { filter_expression: "true" })),
    );
    const args = ["recipe", "apply", dir, "--data", data, "--yes"];

    expectRefusal(await mulberry(args), /^access\/token-missing: nothing was changed: /u);
    const applied = await mulberry([...args, "--approve"]);
    expect(applied.stdout).toMatch(/\nrecipe 1 \(fast-tabs\) is live\n$/u);
    expect((await mulberry([...args, "--approve"])).stdout).toMatch(/\nnothing to do\n$/u);
    expectRefusal(
      await mulberry([...args, "--approve"], { MULBERRY_ENV: "production" }),
      /^approval\/required: /u,
    );
  });

  test("is held against nothing by a dry run where no data folder is, and none is made", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "fast.json");
    await writeFile(file, JSON.stringify(inFile(aRollout(), { filter_expression: "true" })));
    const data = join(folder.path, "data");
    const { stdout } = await mulberry([
      "recipe",
      "apply",
      folder.path,
      "--dry-run",
      "--data",
      data,
    ]);
    expect(stdout).toMatch(/^create /u);
    expect(await readdir(folder.path)).toEqual(["fast.json"]);
  });

  test("is kept from a name outside by whatever slug a recipe has", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    const args = {
      userFacingName: "a",
      userFacingDescription: "a",
      branches: [{ slug: "a", ratio: 1 }],
    };
    const slugs = ["../outside", "a/b", "A", "a", "..", ".hidden", "a\u0000b"];
    for (const [index, slug] of slugs.entries()) {
      const file = join(folder.path, `${String(index)}.json`);
      const draft = {
        name: slug,
        action: "addon-study",
        arguments: { ...args, slug },
        filter_expression: "true",
      };
      await writeFile(file, JSON.stringify(draft));
      await mulberry(["recipe", "publish", file, "--approve", "--data", data]);
    }
    const dir = join(folder.path, "in", "recipes");
    await mulberry(["recipe", "pull", dir, "--yes", "--data", data]);
    expect(await readdir(join(folder.path, "in"))).toEqual(["recipes"]);
    expect((await readdir(dir)).sort()).toMatchInlineSnapshot(`
      [
        "A.json",
        "__-5.json",
        "___outside-1.json",
        "_hidden-6.json",
        "a-4.json",
        "a_b-2.json",
      ]
    `);
    expect((await mulberry(["recipe", "apply", dir, "--dry-run", "--data", data])).stdout).toMatch(
      /nothing to do\n$/u,
    );
  });
});
