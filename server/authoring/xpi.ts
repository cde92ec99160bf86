import {
  configure,
  type Entry,
  type FileEntry,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
} from "@zip.js/zip.js";
import * as v from "valibot";
import { readJson } from "#recipes/json.ts";
import { isObject } from "#recipes/members.ts";
import { ownAddonId } from "#recipes/own-addon.ts";
import { ServerError } from "../errors.ts";

// Workers are for browsers; here they would keep the process alive.
configure({ useWebWorkers: false });

/** Limits of an uploaded add-on, in bytes and counts. */
export const xpiLimits = {
  bytes: 64 * 1024 * 1024,
  entries: 10_000,
  manifestBytes: 256 * 1024,
} as const;

/** What an XPI says about itself. */
export interface XpiIdentity {
  readonly addonId: string;
  readonly version: string;
  readonly name: string;
}

const geckoId = v.optional(
  v.looseObject({ gecko: v.optional(v.looseObject({ id: v.optional(v.string()) })) }),
);
const webExtensionManifest = v.looseObject({
  name: v.optional(v.string(), ""),
  version: v.optional(v.string()),
  browser_specific_settings: geckoId,
  applications: geckoId,
});

/**
 * Reads id and version out of an XPI's own manifest.json, which is the only thing in it that is
 * unpacked.
 *
 * @throws ServerError `extension/too-large`, `extension/not-a-zip`, `extension/malformed`,
 *   `extension/no-id`, `extension/own-id`, `extension/no-version`
 */
export async function readXpi(bytes: Uint8Array): Promise<XpiIdentity> {
  if (bytes.length > xpiLimits.bytes)
    throw new ServerError("extension/too-large", `an XPI may have ${xpiLimits.bytes} bytes`);
  const text = await readManifestText(bytes);
  const reading = readJson(text, { maxDepth: 32, maxKeys: 10_000 });
  if (!reading.ok)
    throw new ServerError("extension/malformed", `manifest.json: ${reading.problem}`, {
      at: reading.at,
    });
  const parsed = v.safeParse(webExtensionManifest, reading.value);
  // The schema library takes a list for an object.
  if (!parsed.success || !isObject(reading.value))
    throw new ServerError("extension/malformed", "manifest.json is not an extension's manifest");
  const { name, version, browser_specific_settings, applications } = parsed.output;
  const addonId = browser_specific_settings?.gecko?.id ?? applications?.gecko?.id;
  if (addonId === undefined || !isAddonId(addonId))
    throw new ServerError(
      "extension/no-id",
      "manifest.json gives no usable browser_specific_settings.gecko.id, by which Firefox knows an add-on",
    );
  // File systems that take upper and lower case for one take these ids for one.
  if (addonId.toLowerCase() === ownAddonId)
    throw new ServerError(
      "extension/own-id",
      `${ownAddonId} is Mulberry's own id: a study with it would replace the extension that runs it`,
    );
  if (version === undefined || !/^[\w.+-]{1,100}$/u.test(version))
    throw new ServerError("extension/no-version", "manifest.json gives no usable version");
  return { addonId, version, name };
}

/** Firefox's two forms: an address-like text or a UUID in braces. */
function isAddonId(id: string): boolean {
  return (
    /^[\w.-]{0,80}@[\w.-]{1,80}$/u.test(id) ||
    /^\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/iu.test(id)
  );
}

async function readManifestText(bytes: Uint8Array): Promise<string> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes));
  try {
    const manifest = await findManifest(reader);
    if (manifest.uncompressedSize > xpiLimits.manifestBytes)
      throw new ServerError(
        "extension/too-large",
        "manifest.json is larger than a manifest may be",
      );
    const content = await manifest.getData(new CappedWriter(xpiLimits.manifestBytes), {
      checkSignature: true,
    });
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch (cause) {
    if (cause instanceof ServerError) throw cause;
    throw new ServerError("extension/not-a-zip", "this is not a readable ZIP file", { cause });
  } finally {
    await reader.close();
  }
}

async function findManifest(reader: ZipReader<unknown>): Promise<FileEntry> {
  const names = new Set<string>();
  let manifest: FileEntry | undefined;
  for await (const entry of reader.getEntriesGenerator()) {
    if (names.size >= xpiLimits.entries)
      throw new ServerError("extension/too-large", "the XPI holds too many files");
    // Of two files with one name, browsers may read the other one than we did.
    if (names.has(entry.filename))
      throw new ServerError("extension/malformed", "the XPI holds two files of one name");
    names.add(entry.filename);
    if (isManifest(entry)) manifest = entry;
  }
  if (manifest !== undefined) return manifest;
  throw new ServerError("extension/malformed", "the XPI holds no manifest.json at its top");
}

function isManifest(entry: Entry): entry is FileEntry {
  return entry.filename === "manifest.json" && !entry.directory;
}

/** The size that a ZIP declares is its author's word; what comes out is counted. */
class CappedWriter extends Uint8ArrayWriter {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override async writeUint8Array(array: Uint8Array): Promise<void> {
    this.#bytes += array.length;
    if (this.#bytes > this.#maxBytes)
      throw new ServerError(
        "extension/too-large",
        "manifest.json is larger than a manifest may be",
      );
    await super.writeUint8Array(array);
  }
}
