import { join } from "node:path";
import type { SignedRoot } from "#recipes/manifest.ts";
import type { ServerConfig } from "./config.ts";
import { hasStore, type StorePlace } from "./data-folder.ts";
import { ServerError } from "./errors.ts";
import { readKeyring } from "./keyring.ts";
import { proveSigner } from "./publish/check.ts";
import { believedHalt } from "./publish/halt.ts";
import { loadSigner, readRoot, type Signer } from "./publish/keys.ts";
import { refuseOrphans } from "./publish/next-root.ts";
import { refreshPublication, writeOut } from "./publish/publication.ts";
import {
  type KeyFiles,
  promoteNextOnline,
  writeKeycert,
  writeNextOnline,
  writeNextRoot,
} from "./store/key-files.ts";
import { openPublicFiles } from "./store/public-files.ts";
import { openWorkplace } from "./workplace.ts";

// Other keys for a data folder. Each change is held against the client's rules before anything is
// written, is made by one rename, and is published at once; a command that is cut off is run again.

type Place = StorePlace & Pick<ServerConfig, "env">;

/** Lays an online key ready. It is used once a keycert names it. */
export async function layReady({ dataDir, env }: Place, online: string): Promise<void> {
  const { signer } = await readKeyring({ dataDir, env });
  // A rotation that was cut off: what lies ready is the key in use.
  if (signer.usesNext) await promoteNextOnline(dataDir);
  await writeNextOnline(dataDir, online);
}

/**
 * Takes a keycert into use, with the online key that it names.
 *
 * @throws ServerError `keys/malformed` where it names no key of this folder, `keys/not-accepted`
 */
export async function takeKeycert(
  place: Place,
  keycert: string,
  now: () => number,
): Promise<Signer> {
  const { files, signer: before } = await readKeyring(place);
  const signer = await accepted({ ...files, keycert }, place.env, now());
  if (signer.claims.ep < before.claims.ep)
    throw new ServerError(
      "keys/not-accepted",
      `the keycert is of epoch ${String(signer.claims.ep)}, and epoch ${String(before.claims.ep)} has begun`,
    );
  await writeKeycert(place.dataDir, keycert);
  if (signer.usesNext) await promoteNextOnline(place.dataDir);
  await publishAnew(place, now);
  return signer;
}

/**
 * Takes a root into use. Those before it stay, and go on being served.
 *
 * @throws ServerError `keys/not-accepted`, `keys/orphaned`
 */
export async function takeRoot(
  place: Place,
  signed: SignedRoot,
  now: () => number,
): Promise<Signer> {
  const { files, signer: before } = await readKeyring(place);
  const text = `${JSON.stringify(signed)}\n`;
  const next = await readRoot(text, "the new root", before.rootPayload).catch(notAccepted);
  refuseOrphans(next, before);
  const signer = await accepted(
    { ...files, root: text, olderRoots: before.roots },
    place.env,
    now(),
  );
  await refuseOrphanedHalt(place, signer, now());
  const { version } = before.rootPayload;
  await writeNextRoot(place.dataDir, text, { version, text: `${before.root}\n` });
  await publishAnew(place, now);
  return signer;
}

/** Signs the present set with other keys, where one was ever published; a server begins with its own. */
async function publishAnew(place: Place, now: () => number): Promise<void> {
  if (!hasStore(place)) return;
  const workplace = await openWorkplace(place, now);
  try {
    await refreshPublication(workplace, Infinity);
    await writeOut(workplace);
  } finally {
    await workplace.close();
  }
}

/** Keys with which a client would believe what is published next. */
async function accepted(files: KeyFiles, env: string, nowMs: number): Promise<Signer> {
  const signer = await loadSigner(files, env).catch(notAccepted);
  await proveSigner(signer, nowMs);
  return signer;
}

function notAccepted(error: unknown): never {
  if (!(error instanceof ServerError) || error.code !== "keys/malformed") throw error;
  throw new ServerError("keys/not-accepted", `${error.message}; nothing was changed`, {
    cause: error,
  });
}

/** A root that does not name the key of the halt in force would lift it without a word. */
async function refuseOrphanedHalt(
  { dataDir }: Place,
  { rootPayload }: Signer,
  nowMs: number,
): Promise<void> {
  const halt = await openPublicFiles(dataDir).halt();
  if (halt === undefined) return;
  try {
    await believedHalt(halt, rootPayload, nowMs);
  } catch (cause) {
    if (!(cause instanceof ServerError)) throw cause;
    throw new ServerError(
      "keys/orphaned",
      `under root ${String(rootPayload.version)} ${join(dataDir, "public/v2/halt.jws")} would not hold: first sign it anew with a key that stays ("mulberry halt sign")`,
      { cause },
    );
  }
}
