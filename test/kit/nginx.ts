import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { untilPrinted } from "./server.ts";

/** An nginx with one worker. `await using` ends it. */
export interface Nginx extends AsyncDisposable {
  readonly url: string;
  /** Of the master, whose child the worker is. */
  readonly pid: number;
}

/**
 * Starts nginx on a configuration of ours.
 *
 * @param binary - as tools/nginx.ts finds it
 * @param folder - of its own: what it writes lies there
 * @param http - what stands in its http block, for the port that it is given
 */
export async function startNginx(
  binary: string,
  folder: string,
  http: (port: number) => string,
): Promise<Nginx> {
  const port = await freePort();
  await mkdir(folder, { recursive: true });
  const file = join(folder, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(" ");
  await writeFile(
    file,
    [
      // A worker of another user could not read a test's folder.
      process.getuid?.() === 0 ? "user root;" : "",
      "worker_processes 1; daemon off;",
      `pid ${join(folder, "nginx.pid")};`,
      "events { worker_connections 1024; }",
      `http { access_log off; sendfile on; ${temporary}`,
      http(port),
      "}",
    ].join("\n"),
  );
  const args = ["-p", folder, "-c", file, "-e", "stderr", "-g", "error_log stderr notice;"];
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      resolve();
    });
  });
  await untilPrinted(child, /start worker process \d/u);
  return {
    url: `http://127.0.0.1:${String(port)}`,
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A port that nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  });
}
