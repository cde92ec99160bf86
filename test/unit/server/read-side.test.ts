import { describe, expect, test } from "vitest";
import type { PublishedSet } from "#server/publish/published-set.ts";
import { answerReadSide } from "#server/routes/read-side.ts";

const hash = "A".repeat(43);
const packed = new TextEncoder().encode("packed");
const set: PublishedSet = {
  bundle: () => ({
    bytes: new TextEncoder().encode("{}"),
    etag: '"tag"',
    gzip: { bytes: packed, etag: 'W/"tag"' },
  }),
  body: (sha256) => (sha256 === hash ? new TextEncoder().encode("body") : undefined),
  root: (version) => (version === 1 ? new TextEncoder().encode("root") : undefined),
  halt: () => ({ bytes: new TextEncoder().encode("a.b.c"), etag: '"halt"' }),
  isBehind: () => false,
  reload: () => Promise.resolve(false),
};

describe("the read side", () => {
  test.each([
    { path: "/v2/bundle.json", cache: "public, max-age=60" },
    { path: "/v2/halt.jws", cache: "public, max-age=60" },
    { path: `/v2/r/${hash}`, cache: "public, max-age=31536000, immutable" },
    { path: "/v2/root/1.json", cache: "public, max-age=31536000, immutable" },
  ])("answers $path with a strong ETag and lets caches keep it as long as it is true", (row) => {
    const { status, headers } = ask(row.path);

    expect(status).toBe(200);
    expect(headers["cache-control"]).toBe(row.cache);
    expect(headers["etag"]).toMatch(/^"[^"]+"$/u);
  });

  test("keeps caches of a development server from hiding a new set", () => {
    const request = { method: "GET", path: "/v2/bundle.json", ifNoneMatch: undefined };
    const { headers } = answerReadSide(set, request, { isDevelopment: true });
    expect(headers["cache-control"]).toBe("no-cache");
  });

  test("says of a halt that it is a signed token, and answers 404 while there is none", () => {
    expect(ask("/v2/halt.jws").headers["content-type"]).toBe("application/jose");
    expect(ask("/v2/halt.jws", { ifNoneMatch: '"halt"' }).status).toBe(304);
    const request = { method: "GET", path: "/v2/halt.jws", ifNoneMatch: undefined };
    const none = { ...set, halt: () => undefined };
    expect(answerReadSide(none, request, { isDevelopment: false }).status).toBe(404);
  });

  test.each(['"tag"', 'W/"tag"', '"other", "tag"', "*"])(
    "answers 304 without a body to If-None-Match %s",
    (ifNoneMatch) => {
      const answer = ask("/v2/bundle.json", { ifNoneMatch });
      expect(answer).toMatchObject({ status: 304, headers: { etag: '"tag"' } });
      expect(answer.body).toHaveLength(0);
    },
  );

  test.each([
    { takes: "gzip", encoding: "gzip" },
    { takes: "gzip, deflate, br, zstd", encoding: "gzip" },
    { takes: "br;q=1.0, GZIP ; q=0.5", encoding: "gzip" },
    { takes: "identity", encoding: undefined },
    { takes: "gzip;q=0", encoding: undefined },
    { takes: "br, gzip;q=0.0", encoding: undefined },
    { takes: "x-gzip-like", encoding: undefined },
    { takes: undefined, encoding: undefined },
  ])("packs the bundle as $encoding for who takes $takes, and nothing else", (row) => {
    const asked = { acceptEncoding: row.takes };
    const { headers, body } = ask("/v2/bundle.json", asked);
    expect(headers["content-encoding"]).toBe(row.encoding);
    expect(headers["content-length"]).toBe(String(body.length));
    expect(Buffer.from(body).toString()).toBe(row.encoding === "gzip" ? "packed" : "{}");
    expect(headers["vary"]).toBe("Accept-Encoding");
    // Other bytes are no strong match: whoever asks for a range must not be given a mixture.
    expect(headers["etag"]).toBe(row.encoding === "gzip" ? 'W/"tag"' : '"tag"');
    for (const ifNoneMatch of ['"tag"', 'W/"tag"'])
      expect(ask("/v2/bundle.json", { ...asked, ifNoneMatch }).status).toBe(304);
    expect(ask("/v2/halt.jws", asked).headers).not.toHaveProperty("content-encoding");
  });

  test("answers in full to a tag of another set", () => {
    expect(ask("/v2/bundle.json", { ifNoneMatch: '"other"' }).status).toBe(200);
  });

  test.each([
    "/v2/halt.json",
    "/v2/root/2.json",
    "/v2/root/01.json",
    "/v2/root/0.json",
    `/v2/r/${"B".repeat(43)}`,
    `/v2/r/${hash}x`,
    "/v2/r/../bundle.json",
    "/v2/r/%2e%2e",
    "/v2/",
  ])("has nothing at %s", (path) => {
    const { status, headers, body } = ask(path);

    expect(status).toBe(404);
    expect(headers["cache-control"]).toBe("no-store");
    expect(JSON.parse(new TextDecoder().decode(body))).toMatchObject({ code: "http/not-found" });
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s and says what it takes", (method) => {
    expect(ask("/v2/bundle.json", { method })).toMatchObject({
      status: 405,
      headers: { allow: "GET, HEAD" },
    });
  });
});

function ask(
  path: string,
  more: Partial<Parameters<typeof answerReadSide>[1]> = {},
): ReturnType<typeof answerReadSide> {
  const request = { method: "GET", ifNoneMatch: undefined, path, ...more };
  return answerReadSide(set, request, { isDevelopment: false });
}
