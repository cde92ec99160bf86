import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "puppeteer-core";

/** A job for Firefox: run by its own modules, or (`where: "background"`) by a bundle of ours beside them. */
export interface OracleJob {
  readonly kind: string;
  readonly where?: "background";
  readonly [name: string]: unknown;
}

export interface Oracle {
  /**
   * Has one job done inside Firefox.
   * @throws Error when the job itself failed there
   */
  ask(job: OracleJob): Promise<unknown>;
  close(): Promise<void>;
}

const fixture = fileURLToPath(new URL("../fixtures/firefox-oracle", import.meta.url));

/**
 * Starts a headless Firefox with the oracle extension, which hands jobs to Firefox's own filter
 * evaluator, sampling and version comparison.
 *
 * @param preferences - set in that Firefox as user values
 * @param subject - a script (global `subject`) loaded in the extension's background page
 */
export async function startOracle(
  options: {
    readonly preferences?: Readonly<Record<string, string | number | boolean>>;
    readonly subject?: string;
  } = {},
): Promise<Oracle> {
  const folder = await mkdtemp(join(tmpdir(), "mulberry-oracle-"));
  await cp(fixture, folder, { recursive: true });
  if (options.subject !== undefined) await writeFile(join(folder, "subject.js"), options.subject);

  const desk = await openDesk();
  const browser = await launch({
    browser: "firefox",
    executablePath: process.env["FIREFOX"] ?? "/usr/bin/firefox-esr",
    headless: true,
    extraPrefsFirefox: {
      ...options.preferences,
      "mulberry.oracle.address": desk.address,
      "extensions.experiments.enabled": true,
      "xpinstall.signatures.required": false,
      "privacy.reduceTimerPrecision": false,
    },
  });
  await browser.installExtension(folder);

  return {
    ask: (job) => desk.ask(job),
    async close() {
      desk.close();
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Where the extension fetches its jobs and leaves its answers, on a free port of the loopback. */
async function openDesk() {
  const jobs: OracleJob[] = [];
  const waiting: ServerResponse[] = [];
  const answers: { resolve(value: unknown): void; reject(error: Error): void }[] = [];

  function hand(): void {
    while (jobs.length > 0 && waiting.length > 0)
      waiting.shift()?.end(JSON.stringify(jobs.shift()));
  }
  const server = createServer((request, response) => {
    if (request.url === "/next") {
      waiting.push(response);
      hand();
      return;
    }
    textOf(request).then(
      (text) => {
        response.end("{}");
        const answer: unknown = JSON.parse(text);
        const failed =
          typeof answer === "object" && answer !== null && "failed" in answer
            ? answer.failed
            : undefined;
        const asker = answers.shift();
        if (failed === undefined) asker?.resolve(answer);
        else asker?.reject(new Error(`the job failed in Firefox: ${JSON.stringify(failed)}`));
      },
      (error: unknown) => answers.shift()?.reject(new Error("answer lost", { cause: error })),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");

  return {
    address: `http://127.0.0.1:${String(address.port)}`,
    ask: (job: OracleJob) =>
      new Promise<unknown>((resolve, reject) => {
        answers.push({ resolve, reject });
        jobs.push(job);
        hand();
      }),
    close() {
      for (const response of waiting) response.end(JSON.stringify({ kind: "end" }));
      server.closeAllConnections();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
