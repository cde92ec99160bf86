import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { runProcess } from "./run-process.ts";
import { type Environment, foldersOf, locate, packagePrivilege, SetupError } from "./system.ts";

// nginx, for the tests of docs/nginx.conf and for what bench/ measures against. Debian's package is
// unpacked, not installed: installing it would start a server on port 80.

const unpacked = path.join(import.meta.dirname, "..", ".cache", "nginx");
const candidates = ["nginx", "/usr/sbin/nginx", path.join(unpacked, "usr", "sbin", "nginx")];

/** Why a test of nginx was left out. */
export const noNginx = "nginx is not here; `npm test` and `npm run bench` bring it where they may";

/** Where this machine has nginx. */
export function findNginx(environment: Environment = process.env): string | undefined {
  const folders = foldersOf(environment);
  return candidates.map((candidate) => locate(candidate, folders)).find(Boolean);
}

/**
 * Where this machine has nginx, after unpacking Debian's package under `.cache` when it had none.
 *
 * @param tell - told what is being done, one line at a time
 * @throws SetupError `setup/no-nginx` with what a person can do
 */
export async function ensureNginx(tell: (line: string) => void): Promise<string> {
  const found = findNginx();
  if (found !== undefined) return found;
  if (locate("apt-get", foldersOf(process.env)) === undefined) throw refusal("apt-get is not here");
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked, { recursive: true });
  tell("Fetching nginx from the system's packages …");
  const download = () => runProcess("apt-get", ["-q", "download", "nginx"], { cwd: unpacked });
  let fetched = await download();
  const privilege = await packagePrivilege(process.env);
  if (fetched.status !== 0 && privilege !== undefined) {
    const [command, ...args] = [...privilege, "apt-get", "-q", "update"];
    await runProcess(command, args);
    fetched = await download();
  }
  const file = (await readdir(unpacked)).find((name) => name.endsWith(".deb"));
  if (file === undefined) throw refusal(fetched.output.trim());
  const { output } = await runProcess("dpkg-deb", ["-x", file, "."], { cwd: unpacked });
  return findNginx() ?? noBinary(output);
}

function noBinary(output: string): never {
  throw refusal(`Debian's package brought none that is known here; ${output.trim()}`);
}

function refusal(why: string): SetupError {
  return new SetupError(
    "setup/no-nginx",
    `no nginx here (${why.split("\n").at(-1) ?? ""}): install it (Debian: \`apt-get install nginx-light\`), then run the same command again`,
  );
}
