import { createHash } from "node:crypto";
import { execFile, spawn } from "node:child_process";
import { chown, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { findPostgres, noPostgres, type PostgresPrograms, programsIn } from "#tools/postgres.ts";
import { untilPrinted } from "./server.ts";

/** A PostgreSQL of its own, reached by a socket in its folder only. `await using` ends it. */
export interface Postgres extends AsyncDisposable {
  readonly socket: string;
  /** Of the process whose children answer. */
  readonly pid: number;
  /** A schema of its own for what is named so, made when it is not there; for `DATABASE_URL`. */
  schema(name: string): Promise<string>;
}

/** It refuses to run as root: this user has nothing. */
const nobody = 65_534;

/**
 * Starts one on a folder that goes with it.
 *
 * @returns a reason in place of it where this machine has none
 */
export async function startPostgres(): Promise<Postgres | string> {
  const found = await findPostgres();
  if (found === undefined) return noPostgres;
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: nobody, gid: nobody } : {};
  const folder = await mkdtemp(join(tmpdir(), "mulberry-postgres-"));
  if (isRoot) await chown(folder, nobody, nobody);
  const programs = isRoot ? await reachable(found, folder) : found;
  const data = join(folder, "data");
  const options = { ...user, env: { ...process.env, HOME: folder }, cwd: folder };
  await promisify(execFile)(
    programs.initdb,
    ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"],
    options,
  );
  // What it has answered is on the disk: so by itself, said here because benchmarks compare with it.
  const settings = ["listen_addresses=", "fsync=on", "synchronous_commit=on"];
  const flags = ["-D", data, "-k", folder, ...settings.flatMap((setting) => ["-c", setting])];
  const child = spawn(programs.postgres, flags, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      resolve();
    });
  });
  await untilPrinted(child, /ready to accept connections/u);
  return {
    socket: folder,
    pid: child.pid ?? 0,
    schema: (name) => schemaIn(folder, name),
    async [Symbol.asyncDispose]() {
      // At once, without waiting for connections: nothing in it is needed again.
      child.kill("SIGQUIT");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A checkout may lie where only root gets to: the programs come along then. */
async function reachable(programs: PostgresPrograms, folder: string): Promise<PostgresPrograms> {
  if (programs.movable === undefined) return programs;
  const to = join(folder, "programs");
  await cp(programs.movable, to, { recursive: true, verbatimSymlinks: true });
  return programsIn(join(to, "bin"));
}

async function schemaIn(socket: string, name: string): Promise<string> {
  const url = `postgres:///postgres?user=postgres&host=${encodeURIComponent(socket)}`;
  const schema = `of_${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create schema if not exists ${schema}`);
  } finally {
    await client.end();
  }
  return `${url}&options=${encodeURIComponent(`-c search_path=${schema}`)}`;
}
