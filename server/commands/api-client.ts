import * as v from "valibot";
import { readJson } from "#recipes/json.ts";
import { ServerError } from "../errors.ts";
import { tokenToShow } from "./bearer.ts";

/** How long a server may take to answer, in milliseconds. */
const patienceMs = 30_000;
/** A page of recipes, each with two revisions, has less. In UTF-16 units. */
const maxAnswer = 64 * 1024 * 1024;

/** What another server refused, under the code that it gave. */
class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly code: string;
  /** JSON Pointer into what was sent; `""` where there is none. */
  readonly at: string;

  constructor(code: string, message: string, at: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

/**
 * Asks the authoring API of one server.
 *
 * @param path - below `/api/v3/`
 * @returns what it answered, as JSON; `undefined` where it answered nothing
 * @throws ApiRefusal with the server's code; ServerError `server/unreachable`, `server/bad-answer`
 */
export type AskApi = (
  method: "GET" | "POST" | "PUT",
  path: string,
  body?: object,
) => Promise<unknown>;

const refusal = v.object({
  code: v.pipe(v.string(), v.regex(/^[a-z-]+\/[a-z-]+$/u)),
  at: v.optional(v.string(), ""),
  message: v.string(),
});

/**
 * Opens it in the name of the bearer of this command's token.
 *
 * @param server - without a trailing slash
 * @throws ServerError `access/token-missing`, `access/token-refused`
 */
export async function openApiClient(server: string): Promise<AskApi> {
  const token = await tokenToShow(server);
  return async (method, path, body) => {
    let status: number;
    let text: string;
    try {
      const answer = await fetch(`${server}/api/v3/${path}`, {
        method,
        headers: {
          authorization: `Token ${token}`,
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // Wherever a redirection leads, nobody there is to see the token.
        redirect: "error",
        signal: AbortSignal.timeout(patienceMs),
      });
      ({ status } = answer);
      text = await answer.text();
    } catch (cause) {
      throw new ServerError("server/unreachable", `${server} does not answer: ${reasonOf(cause)}`, {
        cause,
      });
    }
    if (text === "" && status < 300) return undefined;
    const reading = text.length > maxAnswer ? undefined : readJson(text, { maxDepth: 64 });
    if (reading?.ok !== true) throw badAnswer(`${server} answers ${String(status)} without JSON`);
    if (status < 300) return reading.value;
    const refused = v.safeParse(refusal, reading.value);
    if (!refused.success)
      throw badAnswer(`${server} refuses with ${String(status)} and does not say why`);
    throw new ApiRefusal(refused.output.code, refused.output.message, refused.output.at);
  };
}

/**
 * An answer as the type that was asked for.
 *
 * @throws ServerError `server/bad-answer` with the place
 */
export function answerOf<S extends v.GenericSchema>(shape: S, answer: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(shape, answer);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? "the whole";
  throw badAnswer(`this server's API is not Mulberry's: ${path} is not as expected`);
}

function badAnswer(message: string): ServerError {
  return new ServerError("server/bad-answer", message);
}

/** What stands behind "fetch failed". */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
