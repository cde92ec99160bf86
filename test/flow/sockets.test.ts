import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDesk } from "#kit/desk.ts";
import { aConfig, temporaryFolder } from "#kit/server.ts";
import { speak } from "#kit/socket.ts";
import { makeApp } from "#server/app.ts";
import type { SubmitAnswer, SubmitRequest } from "#server/ingest/index.ts";
import { startServer } from "#server/main.ts";
import { listen, type NodeParts, socketTimeouts } from "#server/node.ts";
import { type LogFields, openLog, silentLog } from "#server/observe/log.ts";

const docId = "0b0f3f64-6c0a-4d3c-9d0f-0a4f5f3c1f01";
const submitPath = `/submit/telemetry/${docId}/event/Firefox/153.0/esr/20261101000000`;
const host = "Host: 127.0.0.1\r\n";
const end = "Connection: close\r\n\r\n";
const post = `POST ${submitPath} HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`;

/** A listener whose every part is the test's own; returns its URL. */
async function listenWith(parts: Partial<NodeParts>): Promise<string> {
  const listener = await listen(
    {
      readSide: () => ({ status: 200, headers: {}, body: new Uint8Array() }),
      ingest: { submit: () => Promise.resolve({ status: 200 }) },
      countryOf: () => Promise.resolve(null),
      app: makeApp([], silentLog),
      log: silentLog,
      ...parts,
    },
    { port: 0, host: "127.0.0.1" },
  );
  onTestFinished(() => listener.close());
  return `http://127.0.0.1:${String(listener.port)}`;
}

/** An edge that answers when it is told to. */
function heldEdge() {
  const answers: ((answer: SubmitAnswer) => void)[] = [];
  let heard = (): void => undefined;
  return {
    answers,
    async submit({ readBody }: SubmitRequest): Promise<SubmitAnswer> {
      await readBody(() => undefined);
      return new Promise((resolve) => {
        answers.push(resolve);
        heard();
      });
    },
    /** Resolves once so many submissions are whole and wait for their answers. */
    holds: (count: number) =>
      new Promise<void>((resolve) => {
        heard = () => {
          if (answers.length === count) resolve();
        };
        heard();
      }),
  };
}

describe("a sender that is slow", () => {
  const timeouts = {
    headersTimeout: 100,
    requestTimeout: 100,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 20,
  };

  test.each([
    ["a body", `POST ${submitPath} HTTP/1.1\r\n${host}Content-Length: 100\r\n\r\n{`],
    ["its headers", `POST ${submitPath} HTTP/1.1\r\n${host}`],
  ])(
    "and takes too long over %s is cut without an answer, for it takes 4xx as final",
    async (_of, bytes) => {
      const edge = heldEdge();
      expect((await speak(await listenWith({ timeouts, ingest: edge }), bytes)).text).toBe("");
    },
  );

  test("is given more time than senders of pings give themselves", () => {
    expect(socketTimeouts.requestTimeout).toBeGreaterThan(90_000);
  });
});

describe("what comes after what is no HTTP", () => {
  test.each([1, 3])("is refused after %i answers that came before it", async (count) => {
    const edge = heldEdge();
    const url = await listenWith({ ingest: edge });
    const spoken = speak(url, `${post.repeat(count)}GARBAGE\r\n\r\n`);
    await edge.holds(count);
    // The garbage was in the same packet: by now it has been read, and would have been answered.
    await nextTurn();
    for (const answer of edge.answers.toReversed()) answer({ status: 200 });

    expect((await spoken).statuses).toEqual([...Array<number>(count).fill(200), 400]);
  });

  test("within a body that was begun ends the connection", async () => {
    const chunked = `PUT /api/dev/live HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`;
    const { statuses } = await speak(await listenWith({}), chunked);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
  });
});

describe("a request that keeps to no rule", () => {
  const get = (rest: string, path = "/v2/bundle.json") => `GET ${path} HTTP/1.1\r\n${rest}${end}`;
  const badRequest = "http/bad-request";

  test.each([
    ["without Host", get(""), 400, badRequest],
    ["without Host, of the app", get("", "/"), 400, badRequest],
    ["with an empty Host", get("Host:\r\n"), 400, badRequest],
    ["with two Hosts", get(`${host}${host}`), 400, badRequest],
    ["with a Host that holds a path", get("Host: a/b\r\n"), 400, badRequest],
    ["with a Host that holds a person", get("Host: me@here\r\n", "/"), 400, badRequest],
    ["with a backslash", get(host, "/a\\b"), 400, badRequest],
    ["with an unknown expectation", get(`${host}Expect: tea\r\n`), 417, "http/expectation-failed"],
    ["with a method that there is not", "BREW / HTTP/1.1\r\n\r\n", 400, badRequest],
    ["with an endless address", get(host, `/${"x".repeat(20_000)}`), 414, "http/uri-too-long"],
    [
      "with endless headers",
      get(`${host}X: ${"x".repeat(20_000)}\r\n`),
      431,
      "http/headers-too-large",
    ],
  ])("%s is told what is wrong", async (_what, bytes, status, code) => {
    const { statuses, bodies } = await speak(await listenWith({}), bytes);
    expect(statuses).toEqual([status]);
    expect(bodies).toEqual([{ code, at: "", message: expect.stringMatching(/./u) as unknown }]);
  });

  test("is one of HTTP/1.0 only where that asks for it", async () => {
    const url = await listenWith({});
    expect((await speak(url, "GET /v2/bundle.json HTTP/1.0\r\n\r\n")).statuses).toEqual([200]);
  });

  test("or is a submission with more than fits is told which part of it does not", async () => {
    await using desk = await openDesk();
    const submit = (path: string, headers: string) =>
      speak(desk.url, `POST ${path} HTTP/1.1\r\n${host}Content-Length: 2\r\n${headers}${end}{}`);
    const long = await submit(`${submitPath}?${"x".repeat(1_024)}`, "");
    expect(long).toMatchObject({ statuses: [414], bodies: [{ code: "submit/uri-too-long" }] });
    const wide = await submit(submitPath, `X: ${"x".repeat(1_024)}\r\n`);
    expect(wide).toMatchObject({ statuses: [431], bodies: [{ code: "submit/header-too-long" }] });
    // Several of them, as a browser sends of its own accord.
    const several = ["a", "b", "c"].map((name) => `X-${name}: ${"x".repeat(900)}\r\n`).join("");
    const usual = await submit(submitPath, several);
    expect(usual).toMatchObject({ statuses: [400], bodies: [{ code: "ping/missing" }] });
  });
});

describe("the log", () => {
  test("names the route of a request, and of no request a document", async () => {
    const rows = [
      [submitPath, "/submit/"],
      [`http://127.0.0.1${submitPath}`, "/submit/"],
      [`/${submitPath}`, "(unknown)"],
      [submitPath.replace("submit", "Submit"), "(unknown)"],
      [submitPath.replace("submit", "%73ubmit"), "(unknown)"],
      [`/x/..${submitPath}`, "(unknown)"],
      [`/v2/r/${docId}`, "(unknown)"],
      [`/v2/${docId}`, "(unknown)"],
      ["/v2/root/2.json", "/v2/root/2.json"],
      [`/v2/root/${docId}.json`, "(unknown)"],
      [`/api/v1/recipe/${docId}/`, "/api/v1/recipe/:id/"],
      [`/${docId}`, "(unknown)"],
      ["/v2/root/1.json", "/v2/root/1.json"],
      ["/__version__", "/__version__"],
    ] as const;
    const lines: string[] = [];
    const paths: LogFields[string][] = [];
    const write = (type: string, fields: LogFields = {}): void => {
      lines.push(JSON.stringify({ type, ...fields }));
      if (type === "request.summary") paths.push(fields["path"] ?? null);
    };
    await using folder = await temporaryFolder();
    const log = { info: write, warn: write, error: write };
    const server = await startServer(aConfig(folder.path), { log });
    for (const [path] of rows) await speak(server.url, `GET ${path} HTTP/1.1\r\n${host}${end}`);
    await server.close();

    expect(paths).toEqual(rows.map(([, logged]) => logged));
    expect(lines.join()).not.toContain(docId);
  });

  test("says why a ping could not be stored", async () => {
    const lines: string[] = [];
    await using folder = await temporaryFolder();
    const log = openLog("mozlog", { write: (line) => lines.push(line) });
    const server = await startServer(aConfig(folder.path), { log });
    await rm(join(folder.path, "ingest", "segments"), { recursive: true });
    expect((await speak(server.url, `${post}GARBAGE\r\n\r\n`)).statuses).toEqual([500, 400]);
    await server.close();

    expect(lines.find((line) => line.includes("ingest/submit-failed"))).toContain("ENOENT");
    expect(lines.join("")).not.toContain(docId);
  });
});
