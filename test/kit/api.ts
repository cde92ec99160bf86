import { type RunningServer, startServer } from "#server/main.ts";
import { type Office, openOffice, production } from "./office.ts";
import { aConfig } from "./server.ts";

/** What the authoring API answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed, where it is JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A production server with people, over HTTP. */
export interface Api extends AsyncDisposable {
  readonly office: Office;
  readonly server: RunningServer;
  /** Asks as the bearer of a token, or of none. */
  ask(token: string | undefined, method: string, path: string, body?: unknown): Promise<ApiAnswer>;
}

/**
 * Starts one. `await using` or its disposal ends it.
 *
 * @param environment - what its environment says besides
 */
export async function openApiServer(
  environment: Readonly<Record<string, string>> = {},
): Promise<Api> {
  const office = await openOffice();
  const server = await startServer(aConfig(office.dataDir, { ...production, ...environment }));
  return {
    office,
    server,
    async ask(token, method, path, body) {
      const answer = await fetch(`${server.url}/api/v3/${path}`, {
        method,
        headers: token === undefined ? {} : { authorization: `Token ${token}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      const { status, headers } = answer;
      return { status, headers, body: (text === "" ? {} : JSON.parse(text)) as ApiAnswer["body"] };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await office[Symbol.asyncDispose]();
    },
  };
}
