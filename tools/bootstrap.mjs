// Runs a TypeScript file of this repository with Node 24, from a checkout where nothing is installed
// yet: `node tools/bootstrap.mjs <script.ts> [arguments]`. Must itself run on Node 20 without any
// package, so it is plain JavaScript and imports nothing but Node's own modules.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const installedNode = join(
  modules,
  "node",
  "bin",
  process.platform === "win32" ? "node.exe" : "node",
);
const wantedMajor = 24;
const parent = process.ppid;

try {
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) {
    throw new Error("setup/usage: node tools/bootstrap.mjs <script.ts> [arguments]");
  }
  await withLock(join(root, ".cache", "bootstrap.lock"), async () => {
    if (!(await isInstalled())) await install();
    if (!existsSync(installedNode)) await fetchNode();
  });
  process.exitCode = await run(nodeBinary(), [script, ...args]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/**
 * Whether `node_modules` holds exactly what `package-lock.json` names. npm writes its own record
 * last, so a half-finished installation has none.
 */
async function isInstalled() {
  const wanted = await packagesOf(join(root, "package-lock.json"));
  const present = await packagesOf(join(modules, ".package-lock.json"));
  if (wanted === undefined) throw new Error("setup/no-lockfile: package-lock.json is missing");
  if (present === undefined) return false;
  const same = (path) =>
    present[path]?.version === wanted[path]?.version &&
    present[path]?.integrity === wanted[path]?.integrity;
  // Binaries for other platforms are in the lockfile, and rightly not here.
  const mayBeAbsent = (path) => wanted[path].optional === true || wanted[path].devOptional === true;
  return (
    Object.keys(present).every((path) => wanted[path] !== undefined && same(path)) &&
    Object.keys(wanted).every(
      (path) => path === "" || same(path) || (present[path] === undefined && mayBeAbsent(path)),
    )
  );
}

async function packagesOf(path) {
  try {
    return JSON.parse(await readFile(path, "utf8")).packages;
  } catch (error) {
    // A missing or torn record is the same as none: it is installed anew.
    if (error.code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function install() {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  process.stderr.write("Installing dependencies (npm ci; about a minute) …\n");
  const progress = setInterval(() => {
    process.stderr.write(`  still installing, ${seconds()}\n`);
  }, 15_000);
  try {
    await npm(["ci", "--no-audit", "--no-fund", "--loglevel=error"], "setup/install-failed");
  } finally {
    clearInterval(progress);
  }
  process.stderr.write(`Dependencies installed in ${seconds()}.\n`);
}

/** The npm package `node` fetches its binary in an install script, which a machine's settings may forbid. */
async function fetchNode() {
  process.stderr.write(`Fetching Node ${wantedMajor} (npm rebuild node) …\n`);
  await npm(["rebuild", "node", "--loglevel=error", "--ignore-scripts=false"], "setup/no-node");
}

function nodeBinary() {
  if (existsSync(installedNode)) return installedNode;
  if (Number.parseInt(process.versions.node, 10) >= wantedMajor) return process.execPath;
  throw new Error(
    `setup/no-node: the npm package "node" has no binary for ${process.platform} ${process.arch}; ` +
      `install Node ${wantedMajor} and run the same command again`,
  );
}

/** Runs npm quietly; what it said is shown only when it failed. */
async function npm(args, code) {
  const output = [];
  const child = spawn("npm", args, {
    cwd: root,
    // Without node_modules/.bin: npm must not run on the Node binary that it is about to replace.
    env: { ...process.env, PATH: pathWithout(modules) },
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  child.stdout.on("data", (chunk) => output.push(chunk));
  child.stderr.on("data", (chunk) => output.push(chunk));
  const status = await exitOf(child);
  if (status === 0) return;
  process.stderr.write(Buffer.concat(output));
  throw new Error(`${code}: npm ${args[0]} ended with status ${status}; npm's own words are above`);
}

async function run(node, args) {
  const path = [join(modules, ".bin"), dirname(node), pathWithout(modules)].join(delimiter);
  const child = spawn(node, args, {
    env: { ...process.env, PATH: path },
    stdio: "inherit",
  });
  return exitOf(child);
}

function pathWithout(folder) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((entry) => entry !== folder && !entry.startsWith(folder + sep))
    .join(delimiter);
}

/**
 * Waits for a child, which gets every signal that we get.
 * @returns the status that a shell would see
 */
async function exitOf(child) {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  // A signal that reaches npm alone ends npm's shell, not us: what it started must not stay behind.
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) {
      forward("SIGTERM");
    }
  }, 500);
  try {
    return await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (status, signal) => {
        resolve(status ?? 128 + (constants.signals[signal] ?? 0));
      });
    });
  } finally {
    clearInterval(watch);
    for (const signal of signals) process.off(signal, forward);
  }
}

/** Lets one process at a time change `node_modules`; the lock of a process that is gone is taken over. */
async function withLock(lock, work) {
  const mine = `${lock}.${process.pid}`;
  await mkdir(dirname(lock), { recursive: true });
  await writeFile(mine, String(process.pid));
  try {
    // A link appears with its content or not at all.
    while (!(await claim(mine, lock))) {
      const owner = Number(await readFile(lock, "utf8").catch(() => process.pid));
      if (!isRunning(owner)) await rm(lock, { force: true });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function claim(mine, lock) {
  try {
    await link(mine, lock);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function isRunning(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error.code === "EPERM";
  }
}
