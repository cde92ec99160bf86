import { createInterface } from "node:readline/promises";
import { ServerError } from "../errors.ts";

/**
 * Asks the person at the terminal. Where there is none, nobody is asked and the answer has to stand on
 * the command line.
 *
 * @param question - for example `Make these changes?`
 * @throws ServerError `apply/not-confirmed`
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new ServerError(
      "apply/not-confirmed",
      "nothing was changed: say --yes, for nobody is here to be asked",
    );
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (/^y(?:es)?$/iu.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new ServerError("apply/not-confirmed", "nothing was changed");
}
