import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { ServerConfig } from "./config.ts";
import { requireData, type StorePlace, storeFile } from "./data-folder.ts";
import { ServerError, storageCode } from "./errors.ts";
import { openKeyring } from "./keyring.ts";
import { openLegacy } from "./legacy.ts";
import type { Publishing } from "./publish/publication.ts";
import { prepareDataFolder, writeAtomically } from "./store/atomic.ts";
import type { RecipeStore } from "./store/ports.ts";
import { openPostgresStore } from "./store/postgres.ts";
import { openPublicFiles } from "./store/public-files.ts";
import { openSqliteStore } from "./store/sqlite.ts";

const serverFile = "server.json";
const announcement = v.object({ url: v.string(), local: v.optional(v.string()) });

/** The recipe store of a data folder, whichever engine the configuration names. */
export async function openStore({ dataDir, databaseUrl }: StorePlace): Promise<RecipeStore> {
  await prepareDataFolder(dataDir);
  if (databaseUrl !== undefined) return openPostgresStore(databaseUrl);
  const file = join(dataDir, storeFile);
  try {
    return await openSqliteStore(file);
  } catch (cause) {
    if (cause instanceof ServerError) throw cause;
    throw new ServerError(
      storageCode(cause) ?? "data/damaged",
      `${file} cannot be opened: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/**
 * The recipe store of a data folder that is there: for commands that read, which make no folder out
 * of a name that was mistyped.
 *
 * @throws ServerError `data/none`
 */
export async function openExistingStore(place: StorePlace): Promise<RecipeStore> {
  requireData(place);
  return openStore(place);
}

/**
 * Everything that publishing needs of a data folder, for a command beside a server or without one.
 *
 * @param tell - called with a log type when keys were made or renewed
 */
export async function openWorkplace(
  config: StorePlace & Pick<ServerConfig, "env">,
  now: () => number,
  tell?: (type: "keys.made" | "keys.renewed") => void,
): Promise<Publishing & { readonly close: () => Promise<void> }> {
  const store = await openStore(config);
  try {
    const signer = await openKeyring(config, now, tell);
    const files = openPublicFiles(config.dataDir);
    const legacy = openLegacy(config.dataDir, () => signer);
    return {
      store,
      files,
      signer,
      now,
      isLegacyServed: async () => (await legacy()) !== undefined,
      close: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** How a data folder's server is reached. */
export interface AnnouncedServer {
  /** By clients. */
  readonly url: string;
  /** On its own machine. */
  readonly local: string;
}

/** Leaves word where this data folder's server is reached, for commands that look for it. */
export async function announceServer(dataDir: string, server: AnnouncedServer): Promise<void> {
  await writeAtomically(join(dataDir, serverFile), `${JSON.stringify(server)}\n`);
}

/** What the server of a data folder announced last; it may have ended since. */
export async function announcedServer(dataDir: string): Promise<AnnouncedServer | undefined> {
  try {
    const said: unknown = JSON.parse(await readFile(join(dataDir, serverFile), "utf8"));
    const parsed = v.safeParse(announcement, said);
    if (!parsed.success) return undefined;
    const { url, local = url } = parsed.output;
    return { url, local };
  } catch {
    // No server has run here yet, or it was stopped while it wrote.
    return undefined;
  }
}

/** Where clients reach the server of a data folder: as configured, as last announced, else as it would listen. */
export async function serverUrlOf(config: ServerConfig): Promise<string> {
  if (config.publicUrl !== undefined) return config.publicUrl;
  return (await announcedServer(config.dataDir))?.url ?? urlOf(config.host, config.port);
}

/** The origin of a listener; a name for all addresses is not one that anybody can visit. */
export function urlOf(host: string, port: number): string {
  const name = host === "0.0.0.0" || host === "::" ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${String(port)}`;
}
