import { execFile } from "node:child_process";
import type { X509Certificate } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyBundle, verifyRoot } from "#core/trust.ts";
import { asFile, type Desk, openDesk } from "#kit/desk.ts";
import { certificatesOf, isSigned, signedBytes, toDer } from "#kit/legacy.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { aConfig, expectRefusal, mulberry, temporaryFolder } from "#kit/server.ts";
import type { SignedRecipe } from "#server/publish/content-signature.ts";
import { type PrivateJwk, signManifest } from "#server/publish/jose-signing.ts";
import { joseTokens } from "#server/publish/jose-verifying.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { disableRecipe, publishDrafts } from "#server/authoring/publish.ts";
import { openWorkplace } from "#server/workplace.ts";

const run = promisify(execFile);

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk[Symbol.asyncDispose]());

describe("recipes for Normandy's own clients", () => {
  test("are found through the index, and verified with node from what was fetched alone", async () => {
    await keys("legacy-init");
    await desk.server.publishFiles([asFile(aPreferenceStudy()), asFile(aRollout())]);
    const [study, rollout] = await signedRecipes();
    expect(study?.recipe).toMatchObject({
      id: 1,
      action: "multi-preference-experiment",
      revision_id: "1",
      capabilities: ["action.multi-preference-experiment", "capabilities-v1"],
      uses_only_baseline_capabilities: false,
    });
    expect(rollout?.recipe).toMatchObject({
      action: "preference-rollout",
      uses_only_baseline_capabilities: true,
    });
    expect(study?.recipe).not.toHaveProperty("slug");
    for (const one of [study, rollout]) {
      const [endEntity] = await chainOf(one);
      expect(one?.signature.timestamp).toBe(new Date(desk.now()).toISOString());
      expect(one?.signature.signature).toMatch(/^[A-Za-z0-9_-]{128}$/u);
      expect(isSigned(one, endEntity)).toBe(true);
      const changed = one && { ...one, recipe: { ...one.recipe, id: 7 } };
      expect(isSigned(changed, endEntity)).toBe(false);
    }
    expect(await signedRecipes("?only_baseline_capabilities=true")).toHaveLength(1);
  });

  test("are verified by openssl: the chain, its purpose and the signature", async ({ skip }) => {
    const openssl = (...args: readonly string[]) => run("openssl", args, { cwd: folder.path });
    await using folder = await temporaryFolder();
    await openssl("version").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT")
        return skip("openssl is not here, whose own verification this test asks");
      throw error;
    });
    await keys("legacy-init");
    await desk.server.publishFiles([asFile(aRollout())]);
    const [one] = await signedRecipes();
    const chain = await chainOf(one);
    for (const [index, name] of ["ee", "intermediate", "root"].entries())
      await writeFile(join(folder.path, `${name}.pem`), chain[index]?.toString() ?? "");
    const checked = [
      "verify",
      "-x509_strict",
      "-CAfile",
      "root.pem",
      "-untrusted",
      "intermediate.pem",
    ];
    const name = "normandy.content-signature.mulberry.example";
    expect((await openssl(...checked, "-verify_hostname", name, "ee.pem")).stdout).toBe(
      "ee.pem: OK\n",
    );
    await expect(
      openssl(...checked, "-verify_hostname", "mulberry.example", "ee.pem"),
    ).rejects.toThrow(/mismatch/u);
    const { stdout } = await openssl(
      "x509",
      "-in",
      "ee.pem",
      "-noout",
      "-ext",
      "extendedKeyUsage,keyUsage",
    );
    expect(stdout).toContain("Code Signing");
    expect(stdout).toContain("Digital Signature");

    await writeFile(
      join(folder.path, "key.pem"),
      (await openssl("x509", "-in", "ee.pem", "-noout", "-pubkey")).stdout,
    );
    await writeFile(join(folder.path, "signature.der"), toDer(one?.signature.signature ?? ""));
    const data = signedBytes(one);
    await writeFile(join(folder.path, "data"), data);
    const signature = ["dgst", "-sha384", "-verify", "key.pem", "-signature", "signature.der"];
    expect((await openssl(...signature, "data")).stdout).toBe("Verified OK\n");
    await writeFile(join(folder.path, "other"), data.subarray(1));
    await expect(openssl(...signature, "other")).rejects.toThrow();
  });

  test("are the live ones and no others", async () => {
    await keys("legacy-init");
    await desk.server.publishFiles([asFile(aRollout()), asFile(aPreferenceStudy())]);
    const workplace = await openWorkplace(aConfig(desk.dataDir), desk.now);
    await disableRecipe(workplace, 1, "operator");
    await publishDrafts(workplace, readDrafts([asFile(aPreferenceStudy({ name: "Waits" }))]), {
      by: "operator",
      approval: "waiting",
      comment: "",
      serverUrl: desk.url,
    });
    await workplace.close();
    expect((await signedRecipes()).map(({ recipe }) => recipe)).toMatchObject([
      { action: "multi-preference-experiment", revision_id: "2" },
    ]);
  });

  test("are refused, with the place, where their clients would not agree on a text; without such clients they are not", async () => {
    const odd = asFile(
      aPreferenceStudy({
        arguments: {
          branches: [
            {
              slug: "a",
              ratio: 1,
              preferences: {
                "test:tabs": {
                  preferenceType: "boolean",
                  preferenceBranchType: "default",
                  preferenceValue: true,
                },
              },
            },
          ],
        },
      }),
    );
    await desk.server.publishFiles([odd]);
    await keys("legacy-init");
    // What was live before stays out of what is signed.
    expect(await signedRecipes()).toEqual([]);
    await expect(desk.server.publishFiles([odd])).rejects.toMatchObject({
      name: "RefusedFiles",
      findings: [
        {
          code: "legacy/no-agreed-form",
          file: "recipe.json",
          at: "/arguments/branches/0/preferences/test:tabs",
        },
      ],
    });
  });

  test("are not there where nobody made keys for them", async () => {
    const answer = await desk.get("/api/v1/recipe/signed/");
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "legacy/not-served" });
    expect(await index()).toMatchObject({ "recipe-signed": `${desk.url}/api/v1/recipe/signed/` });
    expect((await desk.get("/api/v1/action/signed/")).text).toBe("[]");
    for (const name of ["0".repeat(64), "0", "..%2f..%2fsigning"])
      expect((await desk.get(`/api/v1/x5u/${name}.pem`)).status).toBe(404);
  });
});

describe("the key of a manifest and the key of such recipes", () => {
  test("never stand for each other", async () => {
    await keys("legacy-init");
    await desk.server.publishFiles([asFile(aRollout())]);
    const [one] = await signedRecipes();
    const [endEntity] = await chainOf(one);
    const { key: legacy } = JSON.parse(await readKey("legacy/signing.json")) as { key: PrivateJwk };
    const online = JSON.parse(await readKey("online.json")) as PrivateJwk;
    expect(legacy.d).not.toBe(online.d);

    // A manifest by the key of recipes.
    const { root } = await verifyRoot(JSON.parse(await readKey("root.json")), joseTokens);
    const { keycert } = await desk.bundle();
    const manifest = await signManifest((await desk.payload()).text, legacy);
    const nowSeconds = desk.now() / 1_000;
    await expect(
      verifyBundle({ keycert, manifest }, root, undefined, nowSeconds, joseTokens),
    ).rejects.toMatchObject({ code: "unknown-key" });
    // A recipe by the key of manifests: what it signs never begins as a recipe's bytes do.
    const [header = "", payload = "", signature = ""] = (await desk.bundle()).manifest.split(".");
    expect(isSigned(one && { ...one, signature: { ...one.signature, signature } }, endEntity)).toBe(
      false,
    );
    expect(`${header}.${payload}`.startsWith("Content-Signature:")).toBe(false);
  });
});

describe("mulberry keys legacy-…", () => {
  test("renews beside a running server; what was signed before can still be verified", async () => {
    const { stdout } = await keys("legacy-init", "--json");
    await desk.server.publishFiles([asFile(aRollout())]);
    const [before] = await signedRecipes();
    const chain = await chainOf(before);
    expect(JSON.parse(stdout)).toMatchObject({ rootHash: chain[2]?.fingerprint256 });

    await keys("legacy-renew");
    const [after] = await signedRecipes();
    expect(after?.signature.x5u).not.toBe(before?.signature.x5u);
    expect(isSigned(after, (await chainOf(after))[0])).toBe(true);
    expect(isSigned(before, (await chainOf(before))[0])).toBe(true);
    expect((await chainOf(after))[2]?.fingerprint256).toBe(chain[2]?.fingerprint256);
  });

  test("keeps private what is private, and stands in the health report", async () => {
    await keys("legacy-init", "--name", "normandy.content-signature.example.org");
    for (const name of [
      "legacy",
      "legacy/signing.json",
      "legacy/intermediate.json",
      "legacy/root.json",
    ])
      expect((await stat(join(desk.dataDir, "keys", name))).mode & 0o077, name).toBe(0);
    await desk.server.publishFiles([asFile(aRollout())]);
    const [endEntity] = await chainOf((await signedRecipes())[0]);
    expect(endEntity?.checkHost("normandy.content-signature.example.org")).toBeDefined();
    expect((await desk.get("/__heartbeat__")).text).toContain("legacy end entity");
  });

  test("says in one line what it does not do", async () => {
    const at = ["--data", desk.dataDir];
    expectRefusal(
      await mulberry(["keys", "legacy-renew", ...at]),
      /^keys\/missing: .*legacy-init/u,
    );
    await keys("legacy-init");
    expectRefusal(await mulberry(["keys", "legacy-init", ...at]), /^keys\/exist: /u);
    for (const name of [
      "localhost",
      "example.org",
      "a b.example.org",
      `${"x".repeat(60)}.example.org`,
    ])
      expect(await mulberry(["keys", "legacy-init", "--name", name, ...at])).toMatchObject({
        code: 2,
      });
  });
});

async function keys(...args: readonly string[]): ReturnType<typeof mulberry> {
  const outcome = await mulberry(["keys", ...args, "--data", desk.dataDir]);
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  return outcome;
}

function readKey(name: string): Promise<string> {
  return readFile(join(desk.dataDir, "keys", name), "utf8");
}

async function index(): Promise<Readonly<Record<string, string>>> {
  return JSON.parse((await desk.get("/api/v1/")).text) as Record<string, string>;
}

async function signedRecipes(query = ""): Promise<readonly SignedRecipe[]> {
  const { "recipe-signed": url = "" } = await index();
  return (await (await fetch(url + query)).json()) as SignedRecipe[];
}

async function chainOf(one: SignedRecipe | undefined): Promise<readonly X509Certificate[]> {
  const answer = await fetch(one?.signature.x5u ?? "");
  expect(answer.headers.get("cache-control")).toContain("immutable");
  return certificatesOf(await answer.text());
}
