import { parseJson } from "#recipes/json.ts";
import { decodeUtf8 } from "#recipes/utf8.ts";
import { type ManifestPayload, type RootPayload, wireLimits } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import type { RunnerStatus } from "#telemetry/uptake.ts";
import { type BodyOutcome, fetchBodies } from "./bodies.ts";
import type { NetworkOutcome, Ports } from "./ports.ts";
import { Stopwatch } from "./stopwatch.ts";
import { verifyBundle, verifyRoot } from "./trust.ts";
import { type TrustCode, TrustError } from "./trust-error.ts";
import { readTrust, type TrustRecord, writeTrust } from "./trust-store.ts";

/** What a run works on: a set that this run verified, or why there is none. */
export type SyncOutcome =
  | {
      readonly kind: "verified";
      readonly manifest: Verified<ManifestPayload>;
      readonly bodies: ReadonlyMap<number, BodyOutcome>;
      /** The record of what was believed could not be read, and was built anew. */
      readonly wasDamaged: boolean;
      /** What of the time went into signatures and hashes, in milliseconds. */
      readonly verifyMs: number;
    }
  | { readonly kind: "failed"; readonly status: RunnerStatus; readonly reason: string };

type SyncPorts = Pick<Ports, "store" | "network" | "tokens" | "clock">;

/** Roots are walked one by one; more than this many at once is not a walk but a trap. */
const longestWalk = 32;

class SyncFailure extends Error {
  override readonly name = "SyncFailure";
  readonly status: RunnerStatus;
  readonly reason: string;

  constructor(status: RunnerStatus, reason: string) {
    super(`${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * Fetches and verifies the set of live recipes. Nothing that is stored changes unless all of it verified.
 *
 * @param pinnedRoot - the root that the build carries
 * @param nowMs - the run's one time
 */
export async function sync(
  serverUrl: string,
  pinnedRoot: unknown,
  nowMs: number,
  ports: SyncPorts,
): Promise<SyncOutcome> {
  const watch = new Stopwatch(ports.clock);
  try {
    const stored = await readTrust(ports.store);
    // A damaged record is built anew from the pinned root and what the server serves.
    const trust = stored === "damaged" ? undefined : stored;
    const { root, signed } = await walkRoots(serverUrl, pinnedRoot, trust, ports, watch);
    const { manifest, record } = await fetchManifest(serverUrl, root, trust, nowMs, ports, watch);
    await writeTrust(ports.store, { ...record, root: signed });
    const bodies = await fetchBodies(manifest.recipes, serverUrl, ports, watch);
    return {
      kind: "verified",
      manifest,
      bodies,
      wasDamaged: stored === "damaged",
      verifyMs: watch.total,
    };
  } catch (error) {
    if (error instanceof SyncFailure)
      return { kind: "failed", status: error.status, reason: error.reason };
    if (error instanceof TrustError)
      return { kind: "failed", status: statusOfTrust(error.code), reason: error.code };
    throw error;
  }
}

async function walkRoots(
  serverUrl: string,
  pinnedRoot: unknown,
  trust: TrustRecord | undefined,
  ports: SyncPorts,
  watch: Stopwatch,
): Promise<{ readonly signed: unknown; readonly root: Verified<RootPayload> }> {
  const verify = (input: unknown, previous?: RootPayload): ReturnType<typeof verifyRoot> =>
    watch.time(() => verifyRoot(input, ports.tokens, previous));
  const pinned = await verify(pinnedRoot);
  let current = pinned;
  if (trust !== undefined && !isSameRoot(trust.root, pinnedRoot)) {
    // A copy that was damaged is walked to again.
    const kept = await verify(trust.root).catch(unbelieved);
    // A newer build may pin a newer root than the one that was walked to.
    if (kept?.root.env === pinned.root.env && kept.root.version > pinned.root.version)
      current = kept;
  }
  for (let step = 0; step < longestWalk; step += 1) {
    const next = `${serverUrl}/v2/root/${String(current.root.version + 1)}.json`;
    const answer = await ports.network.get(next, { maxBytes: wireLimits.rootBytes });
    // No next root, or none that arrives: the one we have holds until it expires.
    if (answer.kind !== "answer" || answer.status !== 200 || !isJson(answer)) break;
    current = await verify(jsonOf(answer.bytes), current.root);
  }
  return current;
}

/** @returns `undefined` for what was refused; a fault of ours is thrown on */
function unbelieved(error: unknown): undefined {
  if (!(error instanceof TrustError)) throw error;
}

/** Until a root is rotated, the stored one is the pinned one: its signatures need no second look. */
function isSameRoot(stored: unknown, pinned: unknown): boolean {
  return JSON.stringify(stored) === JSON.stringify(pinned);
}

async function fetchManifest(
  serverUrl: string,
  root: Verified<RootPayload>,
  trust: TrustRecord | undefined,
  nowMs: number,
  ports: SyncPorts,
  watch: Stopwatch,
): Promise<{ readonly manifest: Verified<ManifestPayload>; readonly record: TrustRecord }> {
  const url = `${serverUrl}/v2/bundle.json`;
  const maxBytes = wireLimits.bundleBytes;
  const verify = async (input: unknown, etag: string | null): ReturnType<typeof fetchManifest> => {
    const { bundle, manifest, state } = await watch.time(() =>
      verifyBundle(input, root, trust, Math.floor(nowMs / 1000), ports.tokens),
    );
    return { manifest, record: { v: 1, root: undefined, ...state, bundle: { ...bundle }, etag } };
  };
  const take = (answer: NetworkOutcome): ReturnType<typeof fetchManifest> => {
    const { bytes, headers } = accept(answer);
    return verify(jsonOf(bytes), headers["etag"] ?? null);
  };
  const etag = trust?.etag ?? null;
  if (trust !== undefined && etag !== null) {
    const answer = await ports.network.get(url, { maxBytes, headers: { "if-none-match": etag } });
    if (answer.kind !== "answer" || answer.status !== 304) return take(answer);
    // A 304 extends nothing: what is stored is verified again, at this run's time. Where it does not
    // hold, the copy was damaged or a cache on the way is stale: the server is asked for all of it.
    const kept = await verify(trust.bundle, etag).catch(unbelieved);
    if (kept !== undefined) return kept;
  }
  return take(await ports.network.get(url, { maxBytes, bypassCaches: etag !== null }));
}

/** @throws SyncFailure for every answer that is not a bundle */
function accept(answer: NetworkOutcome): Extract<NetworkOutcome, { kind: "answer" }> {
  switch (answer.kind) {
    case "unreachable":
      throw new SyncFailure("network_error", "unreachable");
    case "offline":
      throw new SyncFailure("offline_error", "offline");
    case "timeout":
      throw new SyncFailure("timeout_error", "timeout");
    case "too-large":
      throw new SyncFailure("content_error", "size");
    case "redirected":
      throw new SyncFailure("content_error", "redirect");
    case "answer":
      break;
  }
  const { status, headers } = answer;
  if (status === 429 || (status === 503 && headers["retry-after"] !== undefined))
    throw new SyncFailure("backoff", `status-${String(status)}`);
  if (status >= 500) throw new SyncFailure("server_error", `status-${String(status)}`);
  if (status !== 200) throw new SyncFailure("content_error", `status-${String(status)}`);
  if (!isJson(answer)) throw new SyncFailure("content_error", "content-type");
  return answer;
}

/** By its type: a captive portal answers every path with a page, and with 200. */
function isJson({ headers }: Extract<NetworkOutcome, { kind: "answer" }>): boolean {
  return /^application\/json\b/u.test(headers["content-type"] ?? "");
}

function jsonOf(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new SyncFailure("parse_error", "utf-8");
  try {
    return parseJson(text, { maxDepth: wireLimits.jsonDepth, code: "manifest/malformed" });
  } catch (cause) {
    throw Object.assign(new SyncFailure("parse_error", "json"), { cause });
  }
}

/** What each refusal of `trust.ts` is called on the wire. */
function statusOfTrust(code: TrustCode): RunnerStatus {
  switch (code) {
    case "keycert-expired":
    case "root-expired":
      return "certificate_error";
    case "manifest-expired":
      return "sync_error";
    case "clock":
      return "custom_1_error";
    case "unknown-feature":
      return "backoff";
    default:
      return "signature_error";
  }
}
