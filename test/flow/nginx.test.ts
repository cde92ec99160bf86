import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { serveByNginx } from "#kit/exported.ts";
import type { Nginx } from "#kit/nginx.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { asFile } from "#kit/desk.ts";
import { mulberry, temporaryFolder } from "#kit/server.ts";
import { openPublishedSet } from "#server/publish/published-set.ts";
import { answerReadSide } from "#server/routes/read-side.ts";
import { openPublicFiles } from "#server/store/public-files.ts";
import { findNginx, noNginx } from "#tools/nginx.ts";

// docs/nginx.conf, run by the real nginx over what `mulberry export` wrote, beside the server's own
// answers from the same data folder.

const binary = findNginx();
const same = ["content-type", "cache-control", "access-control-allow-origin", "allow"];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let nginx: Nginx | undefined;
beforeEach(async ({ skip }) => {
  folder = await temporaryFolder();
  if (binary === undefined) return skip(noNginx);
  await publish("First");
  nginx = await serveByNginx(binary, join(folder.path, "nginx"), out());
});
afterEach(async () => {
  await nginx?.[Symbol.asyncDispose]();
  nginx = undefined;
  await folder[Symbol.asyncDispose]();
});

describe("docs/nginx.conf", () => {
  test("answers as the server does", async () => {
    const set = openPublishedSet(openPublicFiles(join(folder.path, "data")), Date.now);
    await set.reload();
    const [body = ""] = await readdir(join(out(), "v2/r"));
    await writeFile(join(out(), "v2/r/.half.tmp"), "{");
    const paths = [
      "bundle.json",
      `r/${body}`,
      "root/1.json",
      "root/2.json",
      "halt.jws",
      "r/",
      "r/.half.tmp",
      `r/${"A".repeat(43)}`,
      "",
      "nothing",
    ];
    for (const path of paths.map((name) => `/v2/${name}`))
      for (const method of ["GET", "HEAD", "POST"]) {
        const theirs = await ask(path, { method });
        const ours = answerReadSide(
          set,
          { method, path, ifNoneMatch: undefined },
          { isDevelopment: false },
        );
        const where = `${method} ${path}`;
        expect(theirs.status, where).toBe(ours.status);
        for (const name of same)
          expect(theirs.headers.get(name), `${where} ${name}`).toBe(ours.headers[name] ?? null);
        expect(theirs.headers.get("x-content-type-options"), where).toBe("nosniff");
        expect(theirs.text, where).toBe(method === "HEAD" ? "" : Buffer.from(ours.body).toString());
      }
  });

  test("packs a set for who takes it packed, and hands out the same bytes", async () => {
    const plain = await ask("/v2/bundle.json", { headers: { "accept-encoding": "identity" } });
    const packed = await ask("/v2/bundle.json", { headers: { "accept-encoding": "gzip" } });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(packed.headers.get("vary")).toBe("Accept-Encoding");
    expect(packed.text).toBe(plain.text);
  });

  test("answers 304 to who has the set, and the new one as soon as there is one, within the same second too", async () => {
    let etag = "";
    for (const name of ["First", "Again", "Third", "Other"]) {
      await publish(name);
      const first = await ask("/v2/bundle.json", { headers: { "if-none-match": etag } });
      expect(first).toMatchObject({ status: 200 });
      etag = first.headers.get("etag") ?? "";
      for (const tag of [etag, etag.replace(/^(?:W\/)?/u, "W/"), `"other", ${etag}`, "*"]) {
        const { status, text, headers } = await ask("/v2/bundle.json", {
          headers: { "if-none-match": tag },
        });
        expect({ status, text }).toEqual({ status: 304, text: "" });
        expect(headers.get("cache-control")).toBe("public, max-age=60");
      }
    }
  });

  test("hands out add-ons as such", async () => {
    const path = `extensions/${"0a".repeat(32)}.xpi`;
    await mkdir(join(out(), "extensions"));
    await writeFile(join(out(), path), "an add-on");
    const { status, text, headers } = await ask(`/${path}`);
    expect({ status, text }).toEqual({ status: 200, text: "an add-on" });
    expect(headers.get("content-type")).toBe("application/x-xpinstall");
    expect(headers.get("cache-control")).toContain("immutable");
  });
});

function out(): string {
  return join(folder.path, "out");
}

/** Publishes and exports one recipe, each time with as many bytes. */
async function publish(name: string): Promise<void> {
  const file = join(folder.path, "recipe.json");
  const data = join(folder.path, "data");
  await writeFile(file, asFile(aConsoleLog({ name: name.padEnd(8), slug: "hello" })).text);
  expect(await mulberry(["recipe", "publish", file, "--approve", "--data", data])).toMatchObject({
    code: 0,
  });
  expect(await mulberry(["export", "--out", out(), "--data", data])).toMatchObject({ code: 0 });
}

async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
  const answer = await fetch(`${nginx?.url ?? ""}${path}`, init);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}
