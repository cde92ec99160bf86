import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { runProcess } from "./run-process.ts";

// The browsers of this machine: found, or installed from the system's own packages where that is
// allowed without a password.

/** Something that set-up needs and cannot get; the message says what a person can do. */
export class SetupError extends Error {
  override readonly name = "SetupError";
  readonly code: SetupErrorCode;

  constructor(code: SetupErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
export type SetupErrorCode =
  | "setup/no-firefox"
  | "setup/firefox-failed"
  | "setup/no-chromium"
  | "setup/no-nginx"
  | "setup/no-postgres"
  | "setup/no-server"
  | "setup/port-in-use";

interface BrowserSpec {
  /** An environment variable that names the binary and wins over everything found. */
  readonly variable: string;
  /** Commands and paths, the most suitable first. */
  readonly candidates: readonly string[];
  /** Debian's package. */
  readonly package: string;
  readonly missing: SetupErrorCode;
  readonly advice: string;
}

const browsers = {
  firefox: {
    variable: "MULBERRY_FIREFOX",
    // Release Firefox runs no privileged extension of ours, so it comes last.
    candidates: [
      "firefox-esr",
      "firefox-developer-edition",
      "firefox-nightly",
      "/usr/lib/firefox-esr/firefox-esr",
      "/opt/firefox-esr/firefox",
      "/Applications/Firefox Developer Edition.app/Contents/MacOS/firefox",
      "/Applications/Firefox Nightly.app/Contents/MacOS/firefox",
      "firefox",
      "/opt/firefox/firefox",
    ],
    package: "firefox-esr",
    missing: "setup/no-firefox",
    advice: "install Firefox ESR (Debian: `apt-get install firefox-esr`)",
  },
  chromium: {
    variable: "MULBERRY_CHROMIUM",
    candidates: [
      "chromium",
      "chromium-browser",
      "google-chrome-for-testing",
      "/usr/lib/chromium/chromium",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
    ],
    package: "chromium",
    missing: "setup/no-chromium",
    advice: "install Chromium (Debian: `apt-get install chromium`)",
  },
} as const satisfies Readonly<Record<string, BrowserSpec>>;

export type BrowserName = keyof typeof browsers;
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where this machine has that browser.
 * @throws SetupError when the environment names a binary that cannot be run
 */
export function findBrowser(
  browser: BrowserName,
  environment: Environment = process.env,
): string | undefined {
  const spec: BrowserSpec = browsers[browser];
  const folders = foldersOf(environment);
  const named = environment[spec.variable];
  if (named !== undefined && named !== "") {
    const path = locate(named, folders);
    if (path !== undefined) return path;
    throw new SetupError(spec.missing, `${spec.variable} names ${named}, which cannot be run`);
  }
  return spec.candidates.map((candidate) => locate(candidate, folders)).find(Boolean);
}

/**
 * Where this machine has that browser, after installing it when it had none.
 * @param tell - told what is being done, one line at a time
 * @throws SetupError with `setup/no-firefox` or `setup/no-chromium` and what to do
 */
export async function ensureBrowser(
  browser: BrowserName,
  tell: (line: string) => void,
  environment: Environment = process.env,
): Promise<string> {
  const found = findBrowser(browser, environment);
  if (found !== undefined) return found;

  const spec: BrowserSpec = browsers[browser];
  const advice = `${spec.advice}, or name its binary in ${spec.variable}`;
  const prefix = await packagePrivilege(environment);
  if (prefix === undefined) {
    throw new SetupError(
      spec.missing,
      `no ${browser} here and no right to install it: ${advice}, then run the same command again`,
    );
  }
  await installPackage(spec, prefix, advice, tell);
  const installed = findBrowser(browser, environment);
  if (installed === undefined) {
    throw new SetupError(
      spec.missing,
      `the package ${spec.package} brought no binary that is known here: ${advice}`,
    );
  }
  return installed;
}

async function installPackage(
  spec: BrowserSpec,
  prefix: readonly string[],
  advice: string,
  tell: (line: string) => void,
): Promise<void> {
  const steps = [
    { what: "Reading the system's package lists", args: ["update"] },
    {
      what: `Installing ${spec.package} from the system's packages`,
      args: ["install", "-y", "--no-install-recommends", spec.package],
    },
  ];
  for (const { what, args } of steps) {
    tell(`${what} …`);
    // Another package job may hold the lock for a while: a machine's own updates, for example.
    const options = ["-q", "-o", "DPkg::Lock::Timeout=120"];
    const [command = "apt-get", ...rest] = [...prefix, "apt-get", ...options, ...args];
    const { status, output } = await runProcess(command, rest, {
      env: { DEBIAN_FRONTEND: "noninteractive" },
    });
    // Lists that could not all be read may still hold the package: only its installation decides.
    if (status !== 0 && args[0] !== "update") {
      throw new SetupError(
        spec.missing,
        `apt-get ${args.join(" ")} ended with status ${status}: ${advice}\n${lastLines(output, 15)}`,
      );
    }
  }
}

/** How to run apt-get here: as we are, through sudo without a password, or not at all. */
export async function packagePrivilege(
  environment: Environment,
): Promise<readonly string[] | undefined> {
  const folders = foldersOf(environment);
  if (locate("apt-get", folders) === undefined) return undefined;
  if (process.getuid?.() === 0) return [];
  if (locate("sudo", folders) === undefined) return undefined;
  const { status } = await runProcess("sudo", ["-n", "true"]);
  return status === 0 ? ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"] : undefined;
}

/** The folders in which commands are looked for. */
export function foldersOf(environment: Environment): readonly string[] {
  return (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** A command among these folders, or a path as it stands; `undefined` where nothing can be run. */
export function locate(candidate: string, folders: readonly string[]): string | undefined {
  const paths = isAbsolute(candidate)
    ? [candidate]
    : folders.map((folder) => join(folder, candidate));
  return paths.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the cause, the answer to the question is no.
    return false;
  }
}

function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
