import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { build, type Plugin, type Rolldown } from "vite";
import type { SignedRoot } from "#recipes/manifest.ts";
import {
  type BrowserName,
  type BuildTarget,
  managedSchema,
  managedSchemaFile,
  manifest,
  targetOf,
} from "./manifest.ts";

const here = import.meta.dirname;

export interface BuildOptions {
  readonly browser: BrowserName;
  /** For a Firefox that takes only what Mozilla has signed: without privileged APIs. */
  readonly release?: boolean;
  /** Emptied first. */
  readonly outDir: string;
  /** Pinned for good. */
  readonly root: SignedRoot;
  /** `https:`, or `http:` on loopback. */
  readonly serverUrl: string;
  /** Where the signed stop is, whole; default: beside the bundle. `https:`, or `http:` on loopback. */
  readonly haltUrl?: string | undefined;
  /** Preferences that no recipe may set, beside `recipes/denied.ts` and spelt as there. */
  readonly denied?: readonly string[];
  /** Slugs of preference rollouts that are no longer needed where this build runs. */
  readonly graduated?: readonly string[];
  /** Default: `extension/background.ts`. */
  readonly background?: string;
  /** Seconds since 1970; default: now. */
  readonly buildTimeSeconds?: number;
}

/** Sizes in bytes after minifying, before compression. */
export interface BuildResult {
  /** What a browser reads whenever the background starts. */
  readonly backgroundBytes: number;
  /** What it reads besides when a run is due; 0 where all of it is in one file. */
  readonly laterBytes: number;
  /** Bytes that each package contributes, before minifying, largest first. */
  readonly contributions: Readonly<Record<string, number>>;
}

/**
 * Builds one unpacked extension.
 * @throws Error when a source does not compile or the folder cannot be written
 */
export async function buildExtension(options: BuildOptions): Promise<BuildResult> {
  const outDir = path.resolve(options.outDir);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });

  const version = await packageVersion();
  const target = targetOf(options);
  const plugins = [pin({ ...options, version, target }), nativeApi(options.browser)];
  const background = await bundle(
    { background: options.background ?? path.join(here, "background.ts") },
    // A service worker cannot load a part of itself later.
    { outDir, plugins, form: options.browser === "chromium" ? "oneFile" : "parts" },
  );
  const pages = await buildPages(outDir, plugins);
  await cp(path.join(here, "_locales"), path.join(outDir, "_locales"), { recursive: true });
  if (target === "firefox") {
    await cp(path.join(here, "experiments"), path.join(outDir, "experiments"), { recursive: true });
    await bundle({ rules: path.join(here, "privileged.ts") }, { outDir, plugins, form: "script" });
  }
  if (target === "chromium")
    await writeFile(
      path.join(outDir, managedSchemaFile),
      `${JSON.stringify(managedSchema, undefined, 2)}\n`,
    );
  const keys = manifest(target, { ...options, version, pages });
  await writeFile(path.join(outDir, "manifest.json"), `${JSON.stringify(keys, undefined, 2)}\n`);
  const sizes = await Promise.all(
    background.map(async ({ fileName }) => (await stat(path.join(outDir, fileName))).size),
  );
  const backgroundBytes = (await stat(path.join(outDir, "background.js"))).size;
  return {
    backgroundBytes,
    laterBytes: sizes.reduce((sum, size) => sum + size, -backgroundBytes),
    contributions: contributionsOf(background),
  };
}

/** Into what an entry is built. */
const forms = {
  parts: {},
  oneFile: { codeSplitting: false },
  // The scope of an experiment takes no modules: what it may use of a script is one variable.
  script: { entryFileNames: "experiments/[name].js", format: "iife", name: "mulberryRules" },
} as const satisfies Readonly<Record<string, Rolldown.OutputOptions>>;

async function bundle(
  input: Readonly<Record<string, string>>,
  {
    outDir,
    plugins,
    form,
  }: { readonly outDir: string; readonly plugins: Plugin[]; readonly form: keyof typeof forms },
): Promise<readonly Rolldown.OutputChunk[]> {
  const result = await build({
    configFile: false,
    root: here,
    base: "./",
    logLevel: "warn",
    plugins,
    build: {
      outDir,
      emptyOutDir: false,
      target: ["firefox140", "chrome120"],
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input,
        // What a script exports is used by another script, what a page exports by nobody.
        preserveEntrySignatures: form === "script" ? "strict" : false,
        output: {
          entryFileNames: "[name].js",
          chunkFileNames: "parts/[name].js",
          assetFileNames: "assets/[name][extname]",
          ...forms[form],
        },
      },
    },
  });
  const outputs = "output" in result ? [result] : Array.isArray(result) ? result : [];
  return outputs.flatMap(({ output }) => output.filter((part) => part.type === "chunk"));
}

/** Every `extension/pages/*.html`, each an entry of its own so that the background stays one file. */
async function buildPages(outDir: string, plugins: Plugin[]): Promise<readonly string[]> {
  const folder = path.join(here, "pages");
  const files = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  const pages = files.filter((file) => file.endsWith(".html")).sort();
  if (pages.length === 0) return [];
  const input = Object.fromEntries(
    pages.map((page) => [`pages/${page.slice(0, -".html".length)}`, path.join(folder, page)]),
  );
  await bundle(input, { outDir, plugins, form: "parts" });
  return pages.map((page) => `pages/${page}`);
}

/** Both browsers answer with promises by themselves: the polyfill would add 9 KB and do nothing. */
function nativeApi(browser: BrowserName): Plugin {
  const name = browser === "firefox" ? "browser" : "chrome";
  return {
    name: "mulberry-native-api",
    enforce: "pre",
    resolveId: (id) => (id === "webextension-polyfill" ? "\0native-api" : undefined),
    load: (id) => (id === "\0native-api" ? `export default globalThis.${name};` : undefined),
  };
}

/** Serves `virtual:mulberry/build`. */
function pin(
  options: BuildOptions & { readonly version: string; readonly target: BuildTarget },
): Plugin {
  const name = "virtual:mulberry/build";
  const values = {
    root: options.root,
    denied: options.denied ?? [],
    serverUrl: options.serverUrl.replace(/\/+$/u, ""),
    haltUrl: options.haltUrl ?? "",
    version: options.version,
    target: options.target,
    graduated: options.graduated ?? [],
    buildTimeSeconds: options.buildTimeSeconds ?? Math.floor(Date.now() / 1000),
  };
  return {
    name: "mulberry-build",
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    load: (id) =>
      id === `\0${name}`
        ? Object.entries(values)
            .map(([key, value]) => `export const ${key} = ${JSON.stringify(value)};`)
            .join("\n")
        : undefined,
  };
}

function contributionsOf(
  chunks: readonly Rolldown.OutputChunk[],
): Readonly<Record<string, number>> {
  const bytes = new Map<string, number>();
  for (const chunk of chunks)
    for (const [id, module] of Object.entries(chunk.modules)) {
      const owner = /node_modules\/((?:@[^/]+\/)?[^/]+)/u.exec(id)?.[1] ?? "mulberry";
      bytes.set(owner, (bytes.get(owner) ?? 0) + (module.code?.length ?? 0));
    }
  return Object.fromEntries([...bytes].sort(([, a], [, b]) => b - a));
}

async function packageVersion(): Promise<string> {
  const text = await readFile(path.join(here, "..", "package.json"), "utf8");
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === "object" && parsed !== null && "version" in parsed) {
    if (typeof parsed.version === "string") return parsed.version;
  }
  throw new Error("package.json names no version");
}
