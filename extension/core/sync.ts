import type { KillList, ManifestPayload } from "#recipes/manifest.ts";
import type { Verified } from "#recipes/recipe.ts";
import type { RunnerStatus } from "#telemetry/uptake.ts";
import { SyncFailure } from "./answers.ts";
import { type BodyOutcome, fetchBodies } from "./bodies.ts";
import { fetchBundle, type FoundBundle } from "./bundle.ts";
import { type Floor, isUnder, lowestHalt, noFloor, writeFloor } from "./floor.ts";
import { type CurrentHalt, currentHalt } from "./halt.ts";
import { joined, noKill } from "./kill.ts";
import type { Ports } from "./ports.ts";
import { isApart, runTime, type RunTime } from "./run-time.ts";
import { Stopwatch } from "./stopwatch.ts";
import { type TrustCode, TrustError, UntimelyError } from "./trust-error.ts";
import { readTrust, type TrustRecord, writeTrust } from "./trust-store.ts";
import { readPinned, type Walk, walkRoots } from "./walk.ts";

/** What a run works on: a set that this run verified, or why there is none. */
export type SyncOutcome =
  | {
      readonly kind: "verified";
      readonly manifest: Verified<ManifestPayload>;
      readonly bodies: ReadonlyMap<number, BodyOutcome>;
      /** What manifest and halt stop. */
      readonly kill: KillList;
      /** The record of what was believed could not be read, and was made good. */
      readonly wasDamaged: boolean;
      /** Two halts bear one number: what either stops is stopped. */
      readonly isHaltEquivocal: boolean;
      /** What of the time went into signatures and hashes, in milliseconds. */
      readonly verifyMs: number;
    }
  | {
      readonly kind: "failed";
      readonly status: RunnerStatus;
      readonly reason: string;
      /** When the last set that was believed was over, in seconds since 1970; absent while it holds, or while the clock is doubted. */
      readonly overSince?: number;
    };

type SyncPorts = Pick<Ports, "store" | "mirror" | "network" | "tokens" | "clock" | "log">;

/** What a build knows of whom to believe. */
export interface Build {
  /** Signed; the first root of the walk. */
  readonly pinnedRoot: unknown;
  /** Where halts are, if not beside the bundle: best another origin. */
  readonly haltUrl?: string | undefined;
  /** The extension's own. */
  readonly version?: string | undefined;
  /** It cannot be earlier. Seconds since 1970. */
  readonly buildTimeSeconds?: number | undefined;
}

export interface SyncInput extends Build {
  readonly serverUrl: string;
  /** The run's one time, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Called with what is to stop as soon as it is known, which may be long before the rest has arrived. */
  readonly obey?: ((kill: KillList) => Promise<void>) | undefined;
}

/**
 * Fetches and verifies the set of live recipes. Nothing that is stored changes unless all of it
 * verified; what a genuine set stops is stopped even where it is too late for anything else.
 */
export async function sync(input: SyncInput, ports: SyncPorts): Promise<SyncOutcome> {
  const watch = new Stopwatch(ports.clock);
  const { obey = () => Promise.resolve() } = input;
  const { wasDamaged, ...kept } = await readTrust(ports.store, ports.mirror);
  let ground: Ground = { ...kept, now: timeOf(input, kept.floor) };
  const dates: (number | undefined)[] = [];
  try {
    const found = await believeHalt(input, ground, ports, watch);
    ground = found.ground;
    const { walk, halt } = found;
    const halted = halt.halt?.kill ?? noKill;
    await obey(halted);
    if (walk.failure !== undefined) throw walk.failure;
    const set = await fetchBundle(
      {
        serverUrl: input.serverUrl,
        // 5: no epoch that root or halt has declared over.
        root: { ...walk.root, min_ep: Math.max(walk.root.min_ep, halt.halt?.min_ep ?? 0) },
        version: input.version,
        ...found.ground,
        hear: (dateSeconds) => {
          dates.push(dateSeconds);
        },
      },
      ports,
      watch,
    );
    const record = recordOf(set, walk, halt, found.ground.floor);
    const kill = joined(halted, set.manifest.kill);
    try {
      await keep(record, ports);
    } finally {
      // Also where there is no room to store the set: what is to stop needs none of it.
      await obey(kill);
    }
    const bodies = await fetchBodies(set.manifest.recipes, input.serverUrl, ports, watch);
    const { manifest } = set;
    const isHaltEquivocal = halt.isEquivocal === true;
    const verifyMs = watch.total;
    return { kind: "verified", manifest, bodies, kill, wasDamaged, isHaltEquivocal, verifyMs };
  } catch (error) {
    if (error instanceof UntimelyError) await obey(error.kill);
    return {
      kind: "failed",
      ...failureOf(error),
      ...overSince(error, ground, dates),
    };
  }
}

/**
 * What a start of the browser looks at: whether something is to stop, and nothing else.
 *
 * @returns what is to stop
 */
export async function checkHalt(
  input: Omit<SyncInput, "obey">,
  ports: SyncPorts,
): Promise<KillList> {
  const { floor, record } = await readTrust(ports.store, ports.mirror);
  const ground = { floor, record, now: timeOf(input, floor) };
  try {
    const { halt } = await believeHalt(input, ground, ports, new Stopwatch(ports.clock));
    return halt.halt?.kill ?? noKill;
  } catch (error) {
    // The pinned root itself is wrong: the next run says so.
    if (error instanceof TrustError) return noKill;
    throw error;
  }
}

/** What is known before anything is asked. */
interface Ground {
  readonly record: TrustRecord | undefined;
  readonly floor: Floor | undefined;
  readonly now: RunTime;
}

/** Clauses 2 and 3, in this order: whoever spoils the roots does not keep a halt from being heard. */
async function believeHalt(
  input: SyncInput,
  known: Ground,
  ports: SyncPorts,
  watch: Stopwatch,
): Promise<{
  readonly walk: Walk;
  readonly halt: CurrentHalt;
  readonly ground: Ground & { readonly floor: Floor };
}> {
  const pinned = await readPinned(input.pinnedRoot, ports, watch);
  const isForeign = known.floor !== undefined && !isUnder(known.floor, pinned.root);
  const ground = isForeign
    ? { record: undefined, floor: undefined, now: timeOf(input, undefined) }
    : known;
  const { record, floor, now } = ground;
  const walk = await walkRoots(input.serverUrl, pinned, record?.root, ports, watch);
  const halt = await currentHalt(
    {
      haltUrl: input.haltUrl ?? `${input.serverUrl}/v2/halt.jws`,
      root: walk.root,
      kept: record?.halt ?? null,
      hn: floor === undefined ? 0 : lowestHalt(floor, walk.root),
      nowSeconds: now.seconds,
    },
    ports,
    watch,
  );
  const steps = stepsOf(walk, halt, floor);
  const raised = { ...(floor ?? noFloor), ...steps };
  // Kept at once: the set may not arrive, and the next time root or halt may be held back.
  if (record === undefined) {
    if (walk.root.version > pinned.root.version || raised.hn > 0) await writeFloor(raised, ports);
  } else if (halt.token !== record.halt || walk.root.version !== record.version)
    try {
      await writeTrust({ ...record, ...steps, root: walk.signed, halt: halt.token }, ports);
    } catch (error) {
      // The halt is obeyed all the same; that the store is broken the run finds out after it.
      ports.log.write("error", "a root or halt could not be kept", { cause: String(error) });
    }
  return { walk, halt, ground: { ...ground, floor: raised } };
}

/** @throws SyncFailure where nothing can be stored: what cannot be remembered is not believed */
async function keep(record: TrustRecord, { store, mirror, log }: SyncPorts): Promise<void> {
  try {
    await writeTrust(record, { store, mirror, log });
  } catch (cause) {
    log.write("error", "what is believed could not be stored", { cause: String(cause) });
    throw new SyncFailure("custom_1_error", "storage");
  }
}

function timeOf({ nowMs, buildTimeSeconds = 0 }: SyncInput, floor: Floor | undefined): RunTime {
  return runTime(nowMs, Math.max(buildTimeSeconds, floor?.tmax ?? 0));
}

/** How far clauses 2 and 3 have raised the floor. */
function stepsOf(
  { root, names }: Walk,
  { halt, kid }: CurrentHalt,
  floor: Floor | undefined,
): Pick<Floor, "version" | "keys" | "hn" | "hk"> {
  return {
    version: Math.max(floor?.version ?? 0, root.version),
    keys: [...new Set([...(floor?.keys ?? []), ...names])],
    ...(halt === undefined || kid === undefined
      ? { hn: floor?.hn ?? 0 }
      : { hn: halt.hn, hk: kid }),
  };
}

function recordOf(
  { bundle, etag, manifest, state }: FoundBundle,
  { signed }: Walk,
  { token }: CurrentHalt,
  floor: Floor,
): TrustRecord {
  return {
    v: 1,
    root: signed,
    ...floor,
    ...state,
    tmax: Math.max(floor.tmax, manifest.iat),
    exp: manifest.exp,
    bundle: { ...bundle },
    etag,
    halt: token,
  };
}

/** @param dates - what the answers of this run took for now: one alone puts the clock in doubt */
function overSince(
  error: unknown,
  { record, now }: Ground,
  dates: readonly (number | undefined)[],
): { readonly overSince?: number } {
  const isDoubted =
    now.isBehind ||
    (error instanceof TrustError && error.code === "clock") ||
    dates.some((dateSeconds) => isApart(now, dateSeconds));
  return record === undefined || isDoubted || now.seconds <= record.exp
    ? {}
    : { overSince: record.exp };
}

/** What a failure is called on the wire. A fault of ours is thrown on. */
function failureOf(error: unknown): { readonly status: RunnerStatus; readonly reason: string } {
  if (error instanceof SyncFailure) return { status: error.status, reason: error.reason };
  if (error instanceof TrustError) return { status: statusOfTrust(error.code), reason: error.code };
  throw error;
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
    case "client-version":
      return "backoff";
    default:
      return "signature_error";
  }
}
