import { execFile, spawn } from "node:child_process";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { untilPrinted } from "#kit/server.ts";
import { foldersOf, locate } from "#tools/system.ts";

/** A PostgreSQL of its own, reached by a socket in its folder only. `await using` ends it. */
export interface Postgres extends AsyncDisposable {
  readonly socket: string;
}

/** Where Debian keeps the server's programs, beside the PATH. */
const debian = "/usr/lib/postgresql";
/** It refuses to run as root: this user has nothing. */
const nobody = 65_534;

/**
 * Starts one on a folder that goes with it.
 *
 * @returns a reason in place of it where this machine has none
 */
export async function startPostgres(): Promise<Postgres | string> {
  const [initdb, postgres] = await Promise.all(["initdb", "postgres"].map(find));
  if (initdb === undefined || postgres === undefined) return "PostgreSQL is not here";
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  const folder = await mkdtemp(join(tmpdir(), "mulberry-postgres-"));
  if (isRoot) await chown(folder, nobody, nobody);
  const data = join(folder, "data");
  const options = { ...user, env: { ...process.env, HOME: folder }, cwd: folder };
  await promisify(execFile)(
    initdb,
    ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync"],
    options,
  );
  const child = spawn(postgres, ["-D", data, "-k", folder, "-c", "listen_addresses="], {
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      resolve();
    });
  });
  await untilPrinted(child, /ready to accept connections/u);
  return {
    socket: folder,
    async [Symbol.asyncDispose]() {
      // At once, without waiting for connections: nothing in it is needed again.
      child.kill("SIGQUIT");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function find(name: string): Promise<string | undefined> {
  const versions = await readdir(debian).catch(() => []);
  const folders = versions.toSorted().map((version) => join(debian, version, "bin"));
  return locate(name, [...foldersOf(process.env), ...folders.toReversed()]);
}
