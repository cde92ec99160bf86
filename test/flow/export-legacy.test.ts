import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asFile } from "#kit/desk.ts";
import { serveByNginx } from "#kit/exported.ts";
import { certificatesOf, isSigned } from "#kit/legacy.ts";
import { anAddonStudy, aRollout } from "#kit/recipes.ts";
import { aConfig, mulberry, temporaryFolder } from "#kit/server.ts";
import { startServer } from "#server/main.ts";
import type { SignedRecipe } from "#server/publish/content-signature.ts";
import { findNginx, noNginx } from "#tools/nginx.ts";
import { packXpi } from "#tools/xpi.ts";

// What Normandy's own clients fetch, out of files: docs/nginx.conf over an export, beside the server.

const same = ["content-type", "cache-control"];

test("an export serves Normandy's own clients as the server does, signatures that verify included", async ({
  skip,
}) => {
  const binary = findNginx();
  if (binary === undefined) return skip(noNginx);
  await using folder = await temporaryFolder();
  const [data, out] = [join(folder.path, "data"), join(folder.path, "out")];
  const run = async (...args: readonly string[]): Promise<void> => {
    expect(await mulberry([...args, "--data", data])).toMatchObject({ code: 0 });
  };
  await run("keys", "init");
  await run("keys", "legacy-init");
  await run("extension", "add", await anXpi(folder.path));
  const server = await startServer(aConfig(data));
  const branches = [{ slug: "b", ratio: 1, extensionApiId: 1 }];
  await server.publishFiles([
    asFile(aRollout()),
    asFile(anAddonStudy({ arguments: { slug: "addon", branches } })),
  ]);
  await run("export", "--out", out);
  await using nginx = await serveByNginx(binary, join(folder.path, "nginx"), out);
  const ask = async (at: string, path: string) => {
    const answer = await fetch(at + path);
    const headers = same.map((name) => answer.headers.get(name)?.replace("; charset=utf-8", ""));
    return { status: answer.status, headers, text: await answer.text() };
  };

  const signedAt = "/api/v1/recipe/signed/";
  const baselineAt = `${signedAt}?only_baseline_capabilities=true`;
  const read = async (at: string, path: string) =>
    JSON.parse((await ask(at, path)).text) as readonly SignedRecipe[];
  const signed = await read(nginx.url, signedAt);
  expect(signed.map(({ recipe }) => recipe)).toEqual(
    (await read(server.url, signedAt)).map(({ recipe }) => recipe),
  );
  expect(signed).toHaveLength(2);
  expect((await read(nginx.url, baselineAt)).map(({ recipe }) => recipe.action)).toEqual([
    "preference-rollout",
  ]);
  const chainAt = new URL(signed[0]?.signature.x5u ?? "").pathname;
  const [endEntity] = certificatesOf((await ask(nginx.url, chainAt)).text);
  for (const one of signed) expect(isSigned(one, endEntity)).toBe(true);

  for (const path of ["/api/v1/", "/api/v1/action/signed/", "/api/v1/extension/1/", chainAt])
    expect(await ask(nginx.url, path), path).toEqual(await ask(server.url, path));
  for (const path of [signedAt, baselineAt])
    expect((await ask(nginx.url, path)).headers, path).toEqual(
      (await ask(server.url, path)).headers,
    );
  for (const path of ["/api/v1/extension/2/", "/api/v1/index.json", "/api/v1/recipe/"])
    expect((await ask(nginx.url, path)).status, path).toBe(404);
  const classified = await ask(nginx.url, "/api/v1/classify_client/");
  const { headers } = await ask(server.url, "/api/v1/classify_client/");
  expect(classified.headers).toEqual(headers);
  const { country, request_time } = JSON.parse(classified.text) as Record<string, string>;
  expect(country).toBeNull();
  expect(Math.abs(Date.parse(request_time ?? "") - Date.now())).toBeLessThan(60_000);
  await server.close();
});

async function anXpi(folder: string): Promise<string> {
  const source = join(folder, "addon");
  await mkdir(source);
  const manifest = {
    manifest_version: 3,
    name: "Quiet",
    version: "1.0",
    browser_specific_settings: { gecko: { id: "quiet@example.com" } },
  };
  const xpi = join(folder, "quiet.xpi");
  await writeFile(xpi, await packXpi(source, { "manifest.json": JSON.stringify(manifest) }));
  return xpi;
}
