import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openOffice, production } from "#kit/office.ts";
import { aConfig, mulberry } from "#kit/server.ts";
import { startServer } from "#server/main.ts";

const root = join(import.meta.dirname, "../..");

test("what docs/operations.md tells from an idea to an approved recipe ends in a live recipe", async () => {
  const page = await readFile(join(root, "docs/operations.md"), "utf8");
  const readme = await readFile(join(root, "README.md"), "utf8");
  const [, section = ""] = page.split("## From an idea to an approved recipe\n");
  const [own = ""] = section.split("\n## ");
  const lines = [...own.matchAll(/```sh\n(.*?)```/gsu)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
  expect(lines.length).toBeGreaterThan(14);

  await using office = await openOffice();
  const at = (name: string): string => join(office.path, name);
  await writeFile(at("calmer-sessions.json"), /```json\n(.*?)```/su.exec(readme)?.[1] ?? "");
  const server = await startServer(aConfig(office.dataDir, production));
  try {
    const environment: Record<string, string> = { ...production };
    let waiting = "";
    for (const line of lines) {
      const [, variable = "", value = ""] = /^export (\w+)=(\S+)$/u.exec(line) ?? [];
      if (variable !== "") environment[variable] = at(value);
      if (!line.startsWith("npx mulberry ")) continue;
      const [said = "", file] = line.replace("npx mulberry ", "").split(" > ");
      const args = [...said.matchAll(/"([^"]*)"|(\S+)/gu)].map(
        ([, quoted, plain = ""]) =>
          quoted ??
          plain.replace("SHA256", waiting).replace(/^calmer-sessions\.json$/u, (name) => at(name)),
      );
      const { code, stdout, stderr } = await mulberry(
        [...args, "--data", office.dataDir],
        environment,
      );
      expect({ line, code, stderr: code === 0 ? "" : stderr }).toEqual({
        line,
        code: 0,
        stderr: "",
      });
      if (file !== undefined) await writeFile(at(file), stdout);
      waiting = /[\w-]{43}/u.exec(said === "recipe waiting" ? stdout : "")?.[0] ?? waiting;
    }

    const { manifest } = (await (await fetch(`${server.url}/v2/bundle.json`)).json()) as {
      readonly manifest: string;
    };
    const payload = Buffer.from(manifest.split(".")[1] ?? "", "base64url").toString();
    expect(payload).toContain(waiting);
    expect(payload).toContain('"slug":"calmer-sessions"');
  } finally {
    await server.close();
  }
});
