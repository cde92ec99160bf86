import { access, constants, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { parseSignedRoot } from "#recipes/manifest-parse.ts";
import { parseDenyFile } from "../authoring/deny-file.ts";
import { addExtension } from "../authoring/extensions.ts";
import { xpiLimits } from "../authoring/xpi.ts";
import { ServerError } from "../errors.ts";
import { readRoot } from "../publish/keys.ts";
import { parseOwn } from "../publish/own-json.ts";
import { makeFolders } from "../store/atomic.ts";
import { keyFolder } from "../store/key-files.ts";
import type { StoredExtension } from "../store/ports.ts";
import { openXpiFiles } from "../store/xpi-files.ts";
import { openStore, serverUrlOf } from "../workplace.ts";
import { readInput, readTextInput, sizeOfInput } from "./input-files.ts";
import { parseServerUrl } from "./options.ts";
import { noteUnreached } from "./presence.ts";
import { configOf, printJson } from "./print.ts";

/** `mulberry extension …`: our own extension, and the add-ons of add-on studies. */
export function addExtensionCommand(program: Command): void {
  const extension = program
    .command("extension")
    .description("build Mulberry's extension; take in the add-ons of studies and list them");
  addBuild(extension);
  addAdd(extension);
  addList(extension);
}

interface BuildOptions {
  readonly browser: "firefox" | "chromium";
  readonly release?: true;
  readonly out: string;
  readonly root?: string;
  readonly server?: string;
  readonly halt?: string;
  readonly deny?: string;
  readonly graduated?: readonly string[];
  readonly json?: true;
}

function addBuild(extension: Command): void {
  extension
    .command("build")
    .description("write an unpacked extension with the root pinned")
    .addOption(
      new Option("--browser <name>", "which browser it is for")
        .choices(["firefox", "chromium"])
        .makeOptionMandatory(),
    )
    .option(
      "--release",
      "for a Firefox that takes only what Mozilla has signed: settings instead of about:config, no add-ons",
    )
    .requiredOption("--out <dir>", "folder to write; emptied first")
    .option("--root <file>", "root to pin (default: DIR/keys/root.json)")
    .option("--server <url>", "server to ask (default: this data folder's server)", parseServerUrl)
    .option(
      "--halt <url>",
      "where halt.jws is, best on another origin (default: beside the bundle)",
      parseServerUrl,
    )
    .option(
      "--deny <file>",
      "preferences that no recipe may set, besides those built in, one a line",
    )
    .option(
      "--graduated <slug...>",
      "preference rollouts that browsers with this build need no longer",
    )
    .option("--json", "print JSON")
    .action(async (options: BuildOptions, command: Command) => {
      const { browser, release = false, graduated = [] } = options;
      if (release && browser !== "firefox")
        command.error("error: --release is a kind of build for Firefox", { exitCode: 2 });
      const config = configOf(command);
      const file = options.root ?? join(keyFolder(config.dataDir), "root.json");
      const text = await readTextInput(file);
      const root = parseOwn(parseSignedRoot, text, { code: "keys/malformed", what: file });
      await readRoot(text, file);
      const serverUrl = options.server ?? (await serverUrlOf(config));
      const denied =
        options.deny === undefined
          ? []
          : parseDenyFile(await readTextInput(options.deny), options.deny);
      const outDir = resolve(options.out);
      await prepareOutFolder(outDir);
      // The bundler is large: a command that does not build starts without it.
      const { buildExtension } = await import("../../extension/vite.config.ts");
      const haltUrl = options.halt;
      await buildExtension({
        browser,
        release,
        outDir,
        root,
        serverUrl,
        haltUrl,
        denied,
        graduated,
      });
      if (options.server === undefined) await noteUnreached(serverUrl);
      if (options.json === true)
        printJson({
          browser,
          release,
          out: outDir,
          root: file,
          server: serverUrl,
          halt: haltUrl ?? null,
          denied,
          graduated,
        });
      else {
        const what = release ? `${browser} (release)` : browser;
        process.stdout.write(`built ${outDir} for ${what}, asking ${serverUrl}\n`);
      }
    });
}

/** The folder is emptied: one that holds anything but an unpacked extension is somebody's own. */
async function prepareOutFolder(outDir: string): Promise<void> {
  const names = await namesIn(outDir);
  if (names.length === 0 || (names.includes("manifest.json") && names.includes("background.js")))
    return;
  throw new ServerError(
    "extension/out-in-use",
    `${outDir} holds files that are no unpacked extension, and would be emptied: name another folder with --out`,
  );
}

async function namesIn(outDir: string): Promise<readonly string[]> {
  try {
    await makeFolders(outDir);
    await access(outDir, constants.W_OK);
    return await readdir(outDir);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${outDir} cannot be written (${why}): name another folder with --out`;
    throw new ServerError("extension/out-not-writable", message, { cause });
  }
}

/** What the store remembers of an XPI, as the commands print it. */
function toLine({ id, name, addonId, version, sha256, size }: StoredExtension): unknown {
  return { id, name, extension_id: addonId, version, sha256, size };
}

function addList(extension: Command): void {
  extension
    .command("list")
    .description("the XPIs of add-on studies, one JSON object a line")
    .option("--json", "accepted for symmetry: the output is JSON anyway")
    .action(async (_options: unknown, command: Command) => {
      const store = await openStore(configOf(command));
      try {
        for (const one of await store.extensions()) printJson(toLine(one));
      } finally {
        await store.close();
      }
    });
}

function addAdd(extension: Command): void {
  extension
    .command("add")
    .description("take in the XPI of an add-on study; prints the id for extensionApiId")
    .argument("<file>", "an XPI with browser_specific_settings.gecko.id and version")
    .option("--name <name>", "a name for whoever picks it (default: the add-on's own)")
    .option("--json", "accepted for symmetry: the output is JSON anyway")
    .action(async (file: string, { name }: { readonly name?: string }, command: Command) => {
      const config = configOf(command);
      if ((await sizeOfInput(file)) > xpiLimits.bytes)
        throw new ServerError(
          "extension/too-large",
          `${file}: an XPI may have ${String(xpiLimits.bytes)} bytes`,
        );
      const bytes = await readInput(file);
      const store = await openStore(config);
      try {
        const files = openXpiFiles(config.dataDir);
        printJson(toLine(await addExtension({ store, files, now: Date.now }, bytes, { name })));
      } finally {
        await store.close();
      }
    });
}
