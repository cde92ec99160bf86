import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "vite";

// A page of the extension as it is built, with a stand-in for the background, served from this machine.

export interface PageLab extends AsyncDisposable {
  /** @param scene - a name from `test/fixtures/<page>-background.ts` */
  url(scene: string): string;
}

/** The modules of `extension/platform` in whose place the stand-in stands. */
const replaced = {
  inspector: ["messages", "words"],
  studies: ["messages", "words"],
  telemetry: ["messages", "words"],
  heartbeat: ["browser-facts", "clock", "messages", "own-tab", "words"],
} as const;

const root = path.join(import.meta.dirname, "../..");
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** Builds the page and serves it on a free port of 127.0.0.1. */
export async function openPageLab(page: keyof typeof replaced): Promise<PageLab> {
  const outDir = await mkdtemp(path.join(tmpdir(), "mulberry-page-"));
  const standIn = path.join(root, `test/fixtures/${page}-background.ts`);
  await build({
    configFile: false,
    root: path.join(root, "extension"),
    base: "./",
    logLevel: "warn",
    plugins: [
      {
        name: "stand-in",
        enforce: "pre",
        resolveId: (id) =>
          replaced[page].some((name) => id.endsWith(`platform/${name}.ts`)) ? standIn : undefined,
      },
    ],
    build: {
      outDir,
      emptyOutDir: true,
      modulePreload: false,
      rolldownOptions: { input: path.join(root, `extension/pages/${page}.html`) },
    },
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = path.join(outDir, path.normalize(pathname));
    readFile(file).then(
      (bytes) => {
        const type = types[path.extname(file)] ?? "application/octet-stream";
        response.writeHead(200, { "content-type": type }).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (scene) => `http://127.0.0.1:${port}/pages/${page}.html?scene=${scene}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
