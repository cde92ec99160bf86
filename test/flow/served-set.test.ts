import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asFile, type Desk, openDesk } from "#kit/desk.ts";
import { aPreferenceStudy, aRollout } from "#kit/recipes.ts";
import { aConfig } from "#kit/server.ts";
import { readDrafts } from "#server/authoring/drafts.ts";
import { publishDrafts } from "#server/authoring/publish.ts";
import { makeKeys } from "#server/publish/keys.ts";
import { openPublishedSet } from "#server/publish/published-set.ts";
import { openPublicFiles } from "#server/store/public-files.ts";
import { openWorkplace } from "#server/workplace.ts";

// What a server hands out is what a client believes: before another set takes the place of the one
// that is served, the client's own verifier has gone through it.

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.server.publishFiles([asFile(aPreferenceStudy()), asFile(aRollout())]);
});
afterEach(() => desk[Symbol.asyncDispose]());

const file = (name: string): string => join(desk.dataDir, "public/v2", name);
const isBehind = async (): Promise<unknown> => {
  const { text } = await desk.get("/__heartbeat__");
  return (JSON.parse(text) as { readonly checks: Readonly<Record<string, unknown>> }).checks[
    "served"
  ];
};
async function tampered(change: (bundle: Record<string, string>) => void): Promise<string> {
  const bundle = { ...(await desk.bundle()) };
  change(bundle);
  return JSON.stringify(bundle);
}
/** A signature with one bit turned, in the middle of it. */
function bent(token: string): string {
  const place = token.length - 60;
  return token.slice(0, place) + (token[place] === "A" ? "B" : "A") + token.slice(place + 1);
}

describe("a server", () => {
  test.each([
    [
      "a manifest whose signature is wrong",
      (bundle) => (bundle["manifest"] = bent(bundle["manifest"] ?? "")),
    ],
    [
      "a keycert whose signature is wrong",
      (bundle) => (bundle["keycert"] = bent(bundle["keycert"] ?? "")),
    ],
    ["no manifest", (bundle) => (bundle["manifest"] = "x")],
  ] satisfies [string, (bundle: Record<string, string>) => unknown][])(
    "goes on serving the set before when the folder holds %s, and says so",
    async (_what, change) => {
      const before = await desk.get("/v2/bundle.json");
      const genuine = await readFile(file("bundle.json"));
      await writeFile(file("bundle.json"), await tampered(change));
      await desk.look();
      expect((await desk.get("/v2/bundle.json")).text).toBe(before.text);
      expect([await isBehind(), (await desk.get("/__heartbeat__")).status]).toEqual(["error", 500]);

      await writeFile(file("bundle.json"), genuine);
      await desk.look();
      expect(await isBehind()).toBe("ok");
    },
  );

  test("does not go back to an older set of its own", async () => {
    const older = await readFile(file("bundle.json"));
    await desk.server.publishLive([]);
    const { text } = await desk.get("/v2/bundle.json");
    await writeFile(file("bundle.json"), older);
    await desk.look();
    expect((await desk.get("/v2/bundle.json")).text).toBe(text);
  });

  test("hands out no root that does not follow the one before", async () => {
    const { root } = await makeKeys("development", desk.now());
    await writeFile(file("root/2.json"), root);
    await desk.look();
    expect((await desk.get("/v2/root/2.json")).status).toBe(404);
    expect(await isBehind()).toBe("error");
  });

  test("hands out no halt that browsers would refuse", async () => {
    const { manifest } = await desk.bundle();
    await writeFile(file("halt.jws"), manifest);
    await desk.look();
    expect((await desk.get("/v2/halt.jws")).status).toBe(404);
    expect(await isBehind()).toBe("error");
  });

  test("begins with a set that is over, and lets none take the place of one that holds", async () => {
    let nowMs = desk.now();
    const files = openPublicFiles(desk.dataDir);
    const set = openPublishedSet(files, () => nowMs);
    await set.reload();
    const first = set.bundle()?.etag;
    await desk.server.publishLive([]);
    nowMs += 8 * 86_400_000;
    await expect(set.reload()).rejects.toMatchObject({ code: "publish/unverifiable" });
    expect([set.bundle()?.etag, set.isBehind()]).toEqual([first, true]);

    const later = openPublishedSet(files, () => nowMs);
    expect(await later.reload()).toBe(true);
    expect(later.bundle()).toBeDefined();
  });

  test("takes a set over once a body that was missing has come", async () => {
    const workplace = await openWorkplace(aConfig(desk.dataDir), desk.now);
    const draft = readDrafts([asFile(aRollout({ name: "Faster" }))]);
    const options = {
      by: "operator",
      approval: "approved",
      comment: "",
      serverUrl: desk.url,
    } as const;
    const [published] = await publishDrafts(workplace, draft, options);
    await workplace.close();
    await rm(file(`r/${published?.sha256 ?? ""}`));
    await desk.look();
    expect((await desk.payload()).value.n).toBe((published?.n ?? 0) - 1);

    await desk.pass(11_000);
    await desk.look();
    expect((await desk.payload()).value.n).toBe(published?.n);
    expect(await isBehind()).toBe("ok");
  });

  test("mends a body that was damaged in the folder when it starts", async () => {
    const { recipes } = (await desk.payload()).value;
    const path = `r/${recipes[0]?.sha256 ?? ""}`;
    const body = await readFile(file(path), "utf8");
    await writeFile(file(path), body.replace("{", "["));
    await desk.restart();
    expect((await desk.get(`/v2/${path}`)).text).toBe(body);
    expect(await readFile(file(path), "utf8")).toBe(body);
  });

  test("puts every root back where the folder was lost", async () => {
    await rm(file("."), { recursive: true });
    await desk.restart();
    expect((await desk.get("/v2/root/1.json")).status).toBe(200);
    expect((await desk.get("/v2/bundle.json")).status).toBe(200);
  });
});
