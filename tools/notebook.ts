import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { runProcess } from "./run-process.ts";

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
  const flags = ["--no-warnings", "--input-type=module-typescript", "--eval", program];
  // The working folder is this one, so that "mulberry/…" is found.
  const { status, output } = await runProcess(process.execPath, flags, {
    cwd: root,
    env: environment,
  });
  if (status !== 0) throw new Error(`a cell failed:\n${output}`);
  const outputs = output.split(`${mark}\n`);
  let index = 0;
  return page.replace(cell, (_whole, code: string) => {
    const printed = outputs[index] ?? "";
    index += 1;
    const answer = printed === "" ? "" : `\n\`\`\`text\n${printed}\`\`\`\n`;
    return `\`\`\`ts\n${code}\`\`\`\n${answer}`;
  });
}
