import { type Settings, turnableNames } from "#core/ports.ts";

/** Settings as they are stored: the rest of the preference's name, and whatever it holds. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** The names of this machine that the extension's content security policy can spell. */
const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "localhost"]);
const branchPrefix = "force_branch.";

/** Before the name of every setting of ours, wherever it is kept. */
export const settingPrefix = "extensions.mulberry.";

/** The rest of the name. */
export function ownName(key: string): string {
  return key.slice(settingPrefix.length);
}

/**
 * Reads the settings of docs/preferences.md. What holds a value of the wrong type counts as unset:
 * a typing error in about:config must neither stop a browser nor change where it asks.
 *
 * @param raw - by name without `extensions.mulberry.`; under `administered` what an administrator holds
 * @param builtInServerUrl - where the build asks unless told otherwise
 */
export function parseSettings(raw: RawSettings, builtInServerUrl: string): Settings {
  const devMode = bool(raw["dev_mode"], false);
  return {
    serverUrl: serverUrlOf(raw["server_url"] ?? builtInServerUrl),
    enabled: bool(raw["enabled"], true),
    studiesEnabled: bool(raw["studies_enabled"], true),
    rolloutsEnabled: bool(raw["rollouts_enabled"], true),
    telemetryEnabled: bool(raw["telemetry_enabled"], true),
    extendedTelemetryEnabled: bool(raw["extended_telemetry_enabled"], false),
    administered: administered(raw["administered"]),
    runIntervalSeconds: positiveInteger(raw["run_interval_seconds"], 21_600),
    staleRollouts: raw["stale_rollouts"] === "revert" ? "revert" : "keep",
    loggingLevel: integer(raw["logging.level"], 50),
    devMode,
    runNow: devMode ? integer(raw["run_now"], 0) : 0,
    userId: typeof raw["user_id"] === "string" ? raw["user_id"] : "",
    forcedBranches: devMode ? forcedBranches(raw) : {},
    // Only the Inspector moves it; what it says is kept in the store.
    clockDays: 0,
  };
}

/** `undefined` unless it is `https:`, or `http:` to this very machine, and holds no secret and no query. */
export function serverUrlOf(value: unknown): string | undefined {
  if (typeof value !== "string" || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const isLoopback = loopback.has(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) return undefined;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/u, "")}`;
}

function forcedBranches(raw: RawSettings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(raw).flatMap(([name, value]) =>
      name.startsWith(branchPrefix) && typeof value === "string" && value !== ""
        ? [[name.slice(branchPrefix.length), value]]
        : [],
    ),
  );
}

function administered(names: unknown): Settings["administered"] {
  return Array.isArray(names) ? turnableNames.filter((name) => names.includes(name)) : [];
}

function bool(value: unknown, fallback: boolean): boolean {
  return typeof value === "boolean" ? value : fallback;
}

function integer(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : fallback;
}

function positiveInteger(value: unknown, fallback: number): number {
  const read = integer(value, fallback);
  return read > 0 ? read : fallback;
}
