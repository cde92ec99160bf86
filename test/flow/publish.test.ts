import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compactVerify, flattenedVerify, importJWK, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseManifest, parseRoot, parseSignedRoot } from "#recipes/manifest-parse.ts";
import { asFile, type Desk, openDesk } from "#kit/desk.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { aConfig } from "#kit/server.ts";
import { disableRecipe } from "#server/authoring/publish.ts";
import { RefusedFiles } from "#server/errors.ts";
import { openWorkplace } from "#server/workplace.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk[Symbol.asyncDispose]());

describe("a recipe that is published", () => {
  test("is fetched and verified by hand, from the pinned root down to its bytes", async () => {
    const [published] = await desk.server.publishFiles([asFile(aPreferenceStudy())]);
    const { keycert, manifest } = await desk.bundle();

    const signed = parseSignedRoot(
      JSON.parse(await readFile(join(desk.dataDir, "keys/root.json"), "utf8")),
    );
    const root = parseRoot(JSON.parse(Buffer.from(signed.payload, "base64url").toString()));
    for (const [index, kid] of root.roles.root.k.entries())
      await flattenedVerify(
        { payload: signed.payload, ...signed.signatures[index] } as never,
        await importJWK({ ...root.keys[kid] }, "ES384"),
      );
    const issuer = JSON.parse(Buffer.from(keycert.split(".")[0] ?? "", "base64url").toString()) as {
      kid: string;
    };
    expect(root.roles.keycert.k).toContain(issuer.kid);
    const { payload: claims } = await jwtVerify<{ cnf: { jwk: object } }>(
      keycert,
      await importJWK({ ...root.keys[issuer.kid] }, "ES384"),
      { issuer: "mulberry-root", audience: "mulberry-client", currentDate: new Date(desk.now()) },
    );
    const { payload, protectedHeader } = await compactVerify(
      manifest,
      await importJWK({ ...claims.cnf.jwk }, "ES384"),
    );
    expect(protectedHeader.kid).toBe(claims.sub);
    const { recipes, ...rest } = parseManifest(JSON.parse(new TextDecoder().decode(payload)));
    expect(rest).toMatchObject({ env: "development", ep: 1, n: published?.n, must: [] });
    expect(recipes).toEqual([
      {
        id: 1,
        slug: "tab-study",
        rev: "1",
        act: "preference-study",
        sha256: published?.sha256,
        len: expect.any(Number) as unknown,
        mod: desk.now() / 1_000,
      },
    ]);
    const body = await desk.get(`/v2/r/${published?.sha256 ?? ""}`);
    expect(body.text).toHaveLength(recipes[0]?.len ?? 0);
    expect(createHash("sha256").update(body.text).digest("base64url")).toBe(recipes[0]?.sha256);
    expect(JSON.parse(body.text)).toMatchObject({
      id: 1,
      slug: "tab-study",
      revision_id: "1",
      action: "preference-study",
      capabilities: ["action.preference-study", "capabilities-v1"],
    });
    const rootServed = await desk.get("/v2/root/1.json");
    expect(JSON.parse(rootServed.text)).toEqual(signed);
  });

  test("is not sent again to who has it", async () => {
    const first = await desk.get("/v2/bundle.json");
    const headers = { "if-none-match": first.etag };
    expect(await desk.get("/v2/bundle.json", { headers })).toMatchObject({ status: 304, text: "" });

    await desk.server.publishFiles([asFile(aRollout())]);
    const second = await desk.get("/v2/bundle.json", { headers });
    expect(second.status).toBe(200);
    expect(second.etag).not.toBe(first.etag);
  });

  test("gets a new revision when it changes, and nothing when it does not", async () => {
    const [first] = await desk.server.publishFiles([asFile(aRollout())]);
    const [same] = await desk.server.publishFiles([asFile(aRollout())]);
    const [changed] = await desk.server.publishFiles([asFile(aRollout({ name: "Faster" }))]);

    expect(first).toMatchObject({ revision_id: "1", replaces: null });
    expect(same).toEqual({ ...first, replaces: "1" });
    expect(changed).toMatchObject({ id: first?.id, revision_id: "2", n: (first?.n ?? 0) + 1 });
    expect(changed).toMatchObject({ replaces: "1" });
    expect((await desk.get(`/v2/r/${first?.sha256 ?? ""}`)).status).toBe(200);
  });

  test("names the manifest before it", async () => {
    const digestOf = async (): Promise<string> =>
      createHash("sha256")
        .update((await desk.payload()).text)
        .digest("base64url");
    const before = await digestOf();
    await desk.server.publishFiles([asFile(aRollout())]);
    expect((await desk.payload()).value.prev).toBe(before);
  });

  test("lets a browser that was off end what was taken away before it, for 30 days", async () => {
    const demands = async () => (await desk.payload()).value.must;
    await desk.server.publishFiles([asFile(aPreferenceStudy())]);
    await using stack = new AsyncDisposableStack();
    const workplace = await openWorkplace(aConfig(desk.dataDir), desk.now);
    stack.defer(() => workplace.close());
    await disableRecipe(workplace, 1, "operator");
    await desk.server.publishFiles([asFile(aRollout())]);
    expect(await demands()).toEqual(["mass-ok"]);

    await desk.pass(30 * 86_400_000);
    await desk.server.publishFiles([asFile(aRollout({ name: "Faster" }))]);
    expect(await demands()).toEqual([]);
  });

  test("takes none of its files when one is refused", async () => {
    const before = await desk.get("/v2/bundle.json");
    const addon = {
      name: "Add-on",
      action: "addon-study",
      arguments: {
        slug: "addon",
        userFacingName: "A",
        userFacingDescription: "A",
        branches: [{ slug: "a", ratio: 1, extensionApiId: 99 }],
      },
    };
    const publishing = desk.server.publishFiles([
      asFile(aRollout()),
      { file: "addon.json", text: JSON.stringify(addon) },
    ]);

    await expect(publishing).rejects.toThrow(RefusedFiles);
    await expect(publishing).rejects.toMatchObject({
      findings: [
        {
          code: "extension/not-found",
          file: "addon.json",
          at: "/arguments/branches/0/extensionApiId",
        },
      ],
    });
    expect((await desk.get("/v2/bundle.json")).etag).toBe(before.etag);
  });

  test("may not take the slug of another live recipe", async () => {
    await desk.server.publishFiles([asFile(aRollout())]);
    const { id: _id, ...twin } = aRollout();
    const text = JSON.stringify({ ...twin, id: 50 });
    await expect(desk.server.publishFiles([{ file: "twin.json", text }])).rejects.toMatchObject({
      findings: [{ code: "recipe/duplicate-slug", file: "twin.json" }],
    });
  });
});
