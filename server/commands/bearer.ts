import { bearerOf, type By } from "../authoring/access.ts";
import { ServerError } from "../errors.ts";
import { readTextInput } from "./input-files.ts";

/**
 * Who runs this command: the bearer of the token in `MULBERRY_TOKEN`, or in the file that
 * `MULBERRY_TOKEN_FILE` names; without either, whoever holds the data folder. Never an argument:
 * every process of the machine can read those.
 *
 * @throws ServerError `access/token-refused`, `config/invalid`; RefusedFiles `file/unreadable`
 */
export async function bearer(): Promise<By> {
  const text = process.env["MULBERRY_TOKEN"] ?? "";
  const file = process.env["MULBERRY_TOKEN_FILE"] ?? "";
  if (text !== "" && file !== "")
    throw new ServerError(
      "config/invalid",
      "MULBERRY_TOKEN and MULBERRY_TOKEN_FILE are both set: which of the two are you?",
    );
  if (text !== "") return bearerOf(text.trim());
  if (file !== "") return bearerOf((await readTextInput(file)).trim());
  return "operator";
}
