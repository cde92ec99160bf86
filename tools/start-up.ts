import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as v from "valibot";
import { extensionId } from "#extension/manifest.ts";
import { buildExtension } from "#extension/vite.config.ts";
import { parseSignedRoot } from "#recipes/manifest-parse.ts";
import { addExtension } from "#server/authoring/extensions.ts";
import type { RecipeStore } from "#server/store/ports.ts";
import { readKeyFiles } from "#server/store/key-files.ts";
import { openXpiFiles } from "#server/store/xpi-files.ts";
import { launchFirefox, type RunningFirefox } from "./firefox-launcher.ts";
import { SetupError } from "./system.ts";
import { packXpi } from "./xpi.ts";

/** How long after a broken connection Firefox's own end may be seen, in milliseconds. */
const goneLimitMs = 5_000;
const pairsShape = v.array(v.tuple([v.unknown(), v.unknown()]));
const root = path.join(import.meta.dirname, "..");

/**
 * Builds the extension for Firefox with the data folder's root pinned, and packs it.
 * @returns the packed file
 */
export async function buildForFirefox(dataDir: string, serverUrl: string): Promise<string> {
  const { root: pinned } = await readKeyFiles(dataDir);
  const outDir = path.join(dataDir, "client", "firefox");
  await mkdir(outDir, { recursive: true });
  await buildExtension({
    browser: "firefox",
    outDir,
    root: parseSignedRoot(JSON.parse(pinned)),
    serverUrl,
  });
  const file = path.join(dataDir, "client", "mulberry.xpi");
  await writeFile(file, await packXpi(outDir));
  return file;
}

/**
 * Takes in the add-on that the example study installs, unless these very bytes are there already.
 * @returns the id that recipes name it by
 */
export async function addStudyAddon(dataDir: string, store: RecipeStore): Promise<number> {
  const bytes = await packXpi(path.join(root, "test", "fixtures", "study-addon"));
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const known = (await store.extensions()).find((extension) => extension.sha256 === sha256);
  if (known !== undefined) return known.id;
  const files = openXpiFiles(dataDir);
  return (await addExtension({ store, files, now: Date.now }, bytes)).id;
}

export interface PreferenceOnShow {
  /** In force now; `null` is nothing. */
  readonly value: unknown;
  readonly default: unknown;
}

/** A Firefox of ours, whose profile goes when it goes. */
export interface OwnFirefox {
  readonly exited: Promise<void>;
  /** What about:config shows for each name, and what its default is. */
  preferences(names: readonly string[]): Promise<Readonly<Record<string, PreferenceOnShow>>>;
  /** Makes the extension run at once. */
  runNow(): Promise<void>;
  /** Ends it and removes its profile; may be called when it has ended by itself. */
  end(): Promise<void>;
}

/** Starts Firefox on a new profile with the packed extension installed for good. */
export async function startFirefox(options: {
  readonly binary: string;
  readonly xpi: string;
  readonly serverUrl: string;
}): Promise<OwnFirefox> {
  const profileDir = await mkdtemp(path.join(tmpdir(), "mulberry-start-"));
  const removeProfile = () => rm(profileDir, { recursive: true, force: true, maxRetries: 5 });
  let firefox: RunningFirefox;
  try {
    firefox = await launchFirefox({
      binary: options.binary,
      profileDir,
      xpi: { id: extensionId, file: options.xpi },
      prefs: {
        "extensions.mulberry.server_url": options.serverUrl,
        "extensions.mulberry.dev_mode": true,
      },
    });
  } catch (error) {
    await removeProfile();
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError("setup/firefox-failed", `${options.binary} did not start: ${reason}`);
  }
  // The last resort against an orphan: whatever ends this process, Firefox goes with it.
  const killAtExit = () => {
    try {
      process.kill(firefox.pid, "SIGKILL");
    } catch {
      // It has gone by itself in this very moment.
    }
  };
  process.on("exit", killAtExit);
  const exited = firefox.exited.then(() => {
    process.off("exit", killAtExit);
  });
  // A question that finds Firefox gone is answered with nothing; `exited` tells the rest.
  const gone = async (error: unknown): Promise<readonly never[]> => {
    const isGone = exited.then(() => true);
    if (await Promise.race([isGone, delay(goneLimitMs, false, { ref: false })])) return [];
    throw error;
  };
  return {
    exited,
    async preferences(names) {
      const answer = await firefox.runPrivileged(readPreferences, names).catch(gone);
      const pairs = v.parse(pairsShape, answer);
      return Object.fromEntries(
        names.map((name, index) => {
          const [value, byDefault] = pairs[index] ?? [];
          return [name, { value, default: byDefault }];
        }),
      );
    },
    async runNow() {
      await firefox.runPrivileged(askForRun, "extensions.mulberry.run_now").catch(gone);
    },
    async end() {
      // A Ctrl-C reaches Firefox too, and one that is going no longer answers.
      const asked = firefox.close().catch(() => firefox.kill());
      await Promise.race([asked, exited]);
      await removeProfile();
    },
  };
}

/** Runs inside Firefox. Any other number than before asks for a run. */
const askForRun = `(name) => {
  Services.prefs.setIntPref(name, Services.prefs.getIntPref(name, 0) + 1);
}`;

/** Runs inside Firefox. */
const readPreferences = `(names) => {
  const valueOn = (branch, name) => {
    try {
      switch (branch.getPrefType(name)) {
        case branch.PREF_BOOL: return branch.getBoolPref(name);
        case branch.PREF_INT: return branch.getIntPref(name);
        case branch.PREF_STRING: return branch.getStringPref(name);
        default: return null;
      }
    } catch {
      // A name that holds something on the other branch only.
      return null;
    }
  };
  const defaults = Services.prefs.getDefaultBranch("");
  return names.map((name) => [valueOn(Services.prefs, name), valueOn(defaults, name)]);
}`;
