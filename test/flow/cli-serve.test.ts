import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  expectRefusal,
  mulberry,
  type Outcome,
  startMulberry,
  temporaryFolder,
  untilPrinted,
} from "#kit/server.ts";
import { aConsoleLog } from "#kit/recipes.ts";
import { packXpi } from "#tools/xpi.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let data: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  data = join(folder.path, "data");
});
afterEach(() => folder[Symbol.asyncDispose]());

describe("mulberry extension add", () => {
  test("takes an XPI in; a study that names it is published with all that a client needs", async () => {
    const xpi = join(folder.path, "study.xpi");
    const source = join(folder.path, "addon");
    await mkdir(source);
    const manifest = {
      manifest_version: 3,
      name: "Study",
      version: "1.0",
      browser_specific_settings: { gecko: { id: "study@example.com" } },
    };
    const bytes = await packXpi(source, { "manifest.json": JSON.stringify(manifest) });
    await writeFile(xpi, bytes);
    const added = await mulberry(["extension", "add", xpi, "--data", data]);
    expect(JSON.parse(added.stdout)).toMatchObject({ id: 1, extension_id: "study@example.com" });
    expect((await mulberry(["extension", "list", "--data", data])).stdout).toBe(added.stdout);

    const study = await recipeFile("addon.json", {
      name: "Add-on",
      action: "addon-study",
      arguments: {
        slug: "addon",
        userFacingName: "A",
        userFacingDescription: "A",
        branches: [
          { slug: "with", ratio: 1, extensionApiId: 1 },
          { slug: "without", ratio: 1, extensionApiId: null },
        ],
      },
    });
    const server = startMulberry(["serve", "--port", "0", "--data", data]);
    try {
      const [, url = ""] = await untilPrinted(server, /url=(\S+)/u);
      const { stdout, stderr } = await run("publish", study, "--approve");
      expect(stderr).not.toContain("server/not-running");
      const { sha256 } = JSON.parse(stdout) as { sha256: string };
      // The command waits for the server: what it published is there as soon as it ends.
      const answer = await fetch(`${url}/v2/r/${sha256}`);
      expect(answer.status).toBe(200);
      const body = (await answer.json()) as { arguments: StudyArguments };
      const [withAddon, without] = body.arguments.branches;
      expect(without?.addon).toBeUndefined();
      expect(withAddon?.addon).toMatchObject({
        addon_id: "study@example.com",
        version: "1.0",
        size: bytes.length,
      });
      const fetched = await fetch(withAddon?.addon?.url ?? "");
      expect(new Uint8Array(await fetched.arrayBuffer())).toEqual(bytes);
      const described = await fetch(`${url}/api/v1/extension/1/`);
      expect(await described.json()).toMatchObject({
        extension_id: "study@example.com",
        hash: withAddon?.addon?.sha256,
        hash_algorithm: "sha256",
        xpi: withAddon?.addon?.url,
      });
    } finally {
      await ended(server);
    }
  }, 60_000);
});

describe("a command says so when", () => {
  /** Answers in the place of this folder's server while a command runs. */
  async function disableBeside(answer: (path: string) => Promise<Buffer | undefined>) {
    const server = createServer(({ url = "" }, response) => {
      void answer(url).then((bytes) => {
        response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${String(port)}`;
      await writeFile(join(data, "server.json"), JSON.stringify({ url, local: url }));
      return await run("disable", "1");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const inFolder = (path: string): Promise<Buffer | undefined> =>
    readFile(join(data, "public", path)).catch(() => undefined);
  beforeEach(async () => {
    const files = [1, 2].map((number) =>
      recipeFile(`${String(number)}.json`, { ...aConsoleLog({ slug: `log-${String(number)}` }) }),
    );
    for (const file of await Promise.all(files))
      expect(await run("publish", file, "--approve")).toMatchObject({ code: 0 });
  });

  test("the server goes on handing out an older set", async () => {
    const older = await inFolder("v2/bundle.json");
    const { code, stderr } = await disableBeside(async (path) =>
      path === "/v2/bundle.json" ? older : inFolder(path),
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^server\/behind: /mu);
  }, 60_000);

  test("what comes through its address is not what a client believes", async () => {
    const { stderr } = await disableBeside(async (path) =>
      path.startsWith("/v2/r/") ? Buffer.from("{}") : inFolder(path),
    );
    expect(stderr).toMatch(/^server\/unverifiable: .*body-mismatch/mu);
  }, 60_000);
});

describe("mulberry serve", () => {
  test("stops cleanly on SIGTERM, and says who has its port or its folder", async () => {
    const server = startMulberry(["serve", "--port", "0", "--data", data]);
    const [, url = ""] = await untilPrinted(server, /url=(\S+)/u);
    const { port } = new URL(url);
    const other = join(folder.path, "other");
    expectRefusal(
      await mulberry(["serve", "--port", port, "--data", other]),
      /^server\/port-in-use: .*--port/u,
    );
    expectRefusal(
      await mulberry(["serve", "--port", "0", "--data", data]),
      new RegExp(`^ingest/locked: a server runs on .* answers at ${url}: .*Ctrl-C.*--data`, "u"),
    );
    expect(await ended(server)).toBe(0);
  }, 60_000);
});

interface StudyArguments {
  readonly branches: readonly {
    readonly addon?: { readonly url: string; readonly sha256: string };
  }[];
}

function run(...args: readonly string[]): Promise<Outcome> {
  return mulberry(["recipe", ...args, "--data", data]);
}

async function recipeFile(name: string, recipe: object): Promise<string> {
  const { id: _id, revision_id: _revision, ...draft } = { id: 0, revision_id: "", ...recipe };
  const file = join(folder.path, name);
  await writeFile(file, JSON.stringify(draft));
  return file;
}

function ended(server: ReturnType<typeof startMulberry>): Promise<number | null> {
  return new Promise((resolve) => {
    server.on("close", (code) => {
      resolve(code);
    });
    server.kill("SIGTERM");
  });
}
