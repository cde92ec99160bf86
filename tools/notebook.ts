import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";

/** A cell, and the answer below it where it has one already. */
const cell = /```ts\n(?<code>.*?)```\n(?:\n```text\n.*?```\n)?/gsu;
const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Runs the `ts` cells of a Markdown page in their order, in one program that sees what `mulberry`
 * exports, and gives back the page with what each cell printed below it.
 *
 * @param environment - of that program, beside this one's
 * @throws Error with what the program said when a cell failed
 */
export async function runNotebook(
  page: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const mark = randomUUID();
  const codes = [...page.matchAll(cell)].map(({ groups }) => groups?.["code"] ?? "");
  const program = codes.map((code) => `${code}\nconsole.log(${JSON.stringify(mark)});\n`).join("");
  const outputs = (await run(program, environment)).split(`${mark}\n`);
  let index = 0;
  return page.replace(cell, (_whole, code: string) => {
    const output = outputs[index] ?? "";
    index += 1;
    const answer = output === "" ? "" : `\n\`\`\`text\n${output}\`\`\`\n`;
    return `\`\`\`ts\n${code}\`\`\`\n${answer}`;
  });
}

/** The program's output. Its working folder is this one, so that "mulberry/…" is found. */
async function run(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--no-warnings", "--input-type=module-typescript", "--eval", program],
    { cwd: root, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  if (code !== 0) throw new Error(`a cell failed:\n${stderr}`);
  return stdout;
}
