import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { createNetwork } from "#extension/platform/network.ts";

const quick = { headersMs: 150, idleMs: 150, totalMs: 500, postTotalMs: 500 };
const patient = { headersMs: 20_000, idleMs: 20_000, totalMs: 20_000, postTotalMs: 20_000 };
const mebibyte = 1024 * 1024;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

async function serve(answer: Answer): Promise<string> {
  const started = createServer((request, response) => void answer(request, response));
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const address = started.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${String(address.port)}/bundle.json`;
}

describe("a request", () => {
  test("answers with status, lower-case headers and the exact bytes", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { ETag: '"v1"' }).end(Buffer.from([0, 255, 10]));
    });

    const outcome = await createNetwork(patient).get(url, { maxBytes: 3 });

    expect(outcome).toMatchObject({ kind: "answer", status: 200, headers: { etag: '"v1"' } });
    expect(outcome.kind === "answer" && [...outcome.bytes]).toEqual([0, 255, 10]);
  });

  test("hands on an error of the server, and a 304 that has no body", async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.headers["if-none-match"] === '"v1"' ? 304 : 503).end();
    });
    const network = createNetwork(patient);

    const headers = { "If-None-Match": '"v1"' };
    expect(await network.get(url, { maxBytes: 9, headers })).toMatchObject({ status: 304 });
    expect(await network.get(url, { maxBytes: 9 })).toMatchObject({ status: 503 });
  });

  test("asks past caches when told to, and sends no cookie and no referrer", async () => {
    let seen: IncomingMessage["headers"] = {};
    const url = await serve((request, response) => {
      seen = request.headers;
      response.writeHead(200, { "Set-Cookie": "id=1" }).end();
    });
    const network = createNetwork(patient);
    await network.get(url, { maxBytes: 9 });

    await network.get(url, { maxBytes: 9, bypassCaches: true });

    expect(seen).toMatchObject({ "cache-control": "no-cache", pragma: "no-cache" });
    expect(seen).not.toHaveProperty("cookie");
    expect(seen).not.toHaveProperty("referer");
  });

  test.each([301, 302, 303, 307, 308])("follows no redirect (%i)", async (status) => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(status, { Location: "/elsewhere" }).end("<html>log in</html>");
    });

    expect(await createNetwork(patient).get(url, { maxBytes: mebibyte })).toEqual({
      kind: "redirected",
    });
    expect(asked).toBe(1);
  });

  test("is unreachable where nobody listens", async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));

    expect(await createNetwork(patient).get(url, { maxBytes: 9 })).toEqual({
      kind: "unreachable",
      detail: "TypeError",
    });
  });

  test("is unreachable when the connection breaks in the middle of a body", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Length": 100 });
      response.write("half", () => response.destroy());
    });

    expect(await createNetwork(patient).get(url, { maxBytes: 1000 })).toMatchObject({
      kind: "unreachable",
    });
  });
});

describe("a body", () => {
  const zeros = Buffer.alloc(32 * mebibyte);

  test("of exactly the permitted length is taken, one byte more is not", async () => {
    const url = await serve((_request, response) => response.end("12345"));
    const network = createNetwork(patient);

    expect(await network.get(url, { maxBytes: 5 })).toMatchObject({ kind: "answer" });
    expect(await network.get(url, { maxBytes: 4 })).toEqual({ kind: "too-large" });
  });

  test.each([
    { encoding: "gzip", bomb: gzipSync(zeros) },
    { encoding: "br", bomb: brotliCompressSync(zeros) },
  ])("is counted as decoded: a $encoding bomb is too large", async ({ encoding, bomb }) => {
    expect(bomb.byteLength).toBeLessThan(mebibyte);
    const url = await serve((_request, response) => {
      response.writeHead(200, { "Content-Encoding": encoding }).end(bomb);
    });

    expect(await createNetwork(patient).get(url, { maxBytes: mebibyte })).toEqual({
      kind: "too-large",
    });
  });

  test("without end is given up, and the connection with it", async () => {
    let sent = 0;
    let isGone = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      isGone = resolve;
    });
    const url = await serve((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const pour = (): void => {
        while (!response.destroyed) {
          sent += chunk.byteLength;
          if (!response.write(chunk)) return void response.once("drain", pour);
        }
      };
      response.once("close", () => {
        isGone();
      });
      pour();
    });

    expect(await createNetwork(patient).get(url, { maxBytes: mebibyte })).toEqual({
      kind: "too-large",
    });
    await gone;
    expect(sent).toBeLessThan(64 * mebibyte);
  });
});

describe("a server that stalls", () => {
  test.each<{ when: string; answer: Answer }>([
    { when: "before its headers", answer: () => undefined },
    {
      when: "in its body",
      answer: (_request, response) => {
        response.writeHead(200, { "Content-Length": 100 }).write("half");
      },
    },
    {
      when: "never for long, but for ever",
      answer: (_request, response) => {
        response.writeHead(200);
        const drip = setInterval(() => response.write("."), 20);
        response.once("close", () => {
          clearInterval(drip);
        });
      },
    },
  ])("is given up when it stalls $when", async ({ answer }) => {
    const url = await serve(answer);

    expect(await createNetwork(quick).get(url, { maxBytes: mebibyte })).toEqual({
      kind: "timeout",
    });
  });
});

describe("a post", () => {
  test("sends the JSON compressed, and says so", async () => {
    const json = JSON.stringify({ text: "é".repeat(10_000) });
    let received = "";
    let headers: IncomingMessage["headers"] = {};
    const url = await serve(async (request, response) => {
      headers = request.headers;
      received = gunzipSync(await buffer(request)).toString("utf8");
      response.end("ok");
    });

    const outcome = await createNetwork(patient).post(url, json, { maxSentBytes: mebibyte });

    expect(outcome).toMatchObject({ kind: "answer", status: 200 });
    expect(received).toBe(json);
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=UTF-8",
      "content-encoding": "gzip",
    });
  });

  test("is given up when no answer comes", async () => {
    const url = await serve((request) => request.resume());
    const limit = { maxSentBytes: mebibyte };
    expect(await createNetwork(quick).post(url, "{}", limit)).toEqual({ kind: "timeout" });
  });

  test("is not begun when what would be sent is too large, which counts compressed", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const network = createNetwork(patient);
    const post = (json: string) => network.post(url, json, { maxSentBytes: 1000 });
    expect(await post("0".repeat(50_000))).toMatchObject({ kind: "answer" });
    expect(await post(randomBytes(1000).toString("hex"))).toEqual({ kind: "oversize" });
    expect(asked).toBe(1);
  });

  test("that is under way when all are held says that it was us who ended it", async () => {
    const network = createNetwork(patient);
    const url = await serve((request) => {
      request.resume();
      network.hold?.(true);
    });
    const post = () => network.post(url, "{}", { maxSentBytes: mebibyte });
    expect(await post()).toEqual({ kind: "timeout", isHeld: true });
    expect(await post()).toEqual({ kind: "timeout", isHeld: true });
  });
});
