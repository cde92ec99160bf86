import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openApiServer } from "#kit/api.ts";

const root = join(import.meta.dirname, "../..");

test("what docs/recipes-as-code.md tells works to the letter, and comes to one request", async () => {
  const page = await readFile(join(root, "docs/recipes-as-code.md"), "utf8");
  const readme = await readFile(join(root, "README.md"), "utf8");
  const lines = [...page.matchAll(/```sh\n(.*?)```/gsu)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
  expect(lines.map((line) => line.split(" ")[3])).toEqual([
    ...["check", "apply", "apply", "apply", "pull", "schema"],
  ]);

  await using api = await openApiServer();
  const { office } = api;
  await office.admit("ada", "admin");
  const ines = await office.admit("ines", "author");
  const recipes = join(office.path, "recipes");
  await mkdir(recipes);
  const example = /```json\n(.*?)```/su.exec(readme)?.[1] ?? "";
  await writeFile(join(recipes, "calmer-sessions.json"), example);
  for (const line of lines) {
    const [said = ""] = line.replace("npx mulberry ", "").split(" > ");
    const args = [...said.matchAll(/"([^"]*)"|(\S+)/gu)].map(
      ([, quoted, plain = ""]) =>
        quoted ??
        plain.replace(/^recipes$/u, recipes).replace("https://recipes.example.org", api.server.url),
    );
    await office.done(ines, ...args);
  }
  const waiting = await office.done(ines, "recipe", "waiting", "--json");
  expect(JSON.parse(waiting)).toMatchObject([{ slug: "calmer-sessions", requester: "ines" }]);
  expect(await readFile(join(recipes, "calmer-sessions.json"), "utf8")).toBe(example);
});
