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
  const text = await tokenGiven();
  return text === undefined ? "operator" : bearerOf(text);
}

/**
 * The text of that token, for a server to be shown.
 *
 * @throws ServerError `access/token-missing`, and as {@link bearer}
 */
export async function tokenToShow(server: string): Promise<string> {
  const text = await tokenGiven();
  if (text === undefined)
    throw new ServerError(
      "access/token-missing",
      `${server} has to know who asks: put a token into MULBERRY_TOKEN`,
    );
  // Whatever is none is shown to nobody.
  bearerOf(text);
  return text;
}

async function tokenGiven(): Promise<string | undefined> {
  const text = process.env["MULBERRY_TOKEN"] ?? "";
  const file = process.env["MULBERRY_TOKEN_FILE"] ?? "";
  if (text !== "" && file !== "")
    throw new ServerError(
      "config/invalid",
      "MULBERRY_TOKEN and MULBERRY_TOKEN_FILE are both set: which of the two are you?",
    );
  if (text !== "") return text.trim();
  return file === "" ? undefined : (await readTextInput(file)).trim();
}
